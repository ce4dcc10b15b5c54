/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include <errno.h>
#include <string.h>

long ctn_frame_read(const void *bytes, size_t size, uint64_t page_size, struct ctn_frame *frame)
{
	if (size < sizeof *frame)
		return 0;
	memcpy(frame, bytes, sizeof *frame);
	switch (frame->kind) {
	case FRAME_HELLO:
		if (frame->length || frame->pages != FRAME_VERSION || frame->address != page_size)
			return -EBADMSG;
		break;
	case FRAME_PAGES:
		if (!frame->pages || frame->pages > FRAME_PAGES_MOST || frame->length != frame->pages * page_size)
			return -EBADMSG;
		break;
	case FRAME_DONE:
		if (frame->length)
			return -EBADMSG;
		break;
	default:
		return -EBADMSG;
	}
	return size - sizeof *frame < frame->length ? 0 : (long)(sizeof *frame + frame->length);
}
