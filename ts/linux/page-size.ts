/** Of a page of memory, in bytes: on x86-64, and on arm64 as most are configured. */
export const pageSize = 4096;
