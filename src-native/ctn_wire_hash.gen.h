/* Made from ctn_wire.h by `npm run gen`. Do not edit. */
#define CTN_WIRE_HASH 0xb6ccc2edu
