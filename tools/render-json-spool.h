/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of blocks, written an object at a time while others are still being read.
 */
#ifndef MEMHP_TOOLS_RENDER_JSON_SPOOL_H
#define MEMHP_TOOLS_RENDER_JSON_SPOOL_H

#include "render.h"

struct json_spool {
	const struct render *render;
	const struct columns *columns;	/* NULL: all */
	FILE *file;			/* NULL: nothing is written before the end */
	char *buffer;			/* the file's; NULL: it has a small one */
	bool any;			/* an object has been written */
};

/* json_spool_blocks - a memhp_blocks_fn; DATA is the spool. */
void json_spool_blocks(void *data, struct memhp_cursor *blocks, bool anew);
/*
 * json_spool_array - the array KEY of all that was written. False: nothing of it was, for there are few
 * blocks, no file could be had or it is full, and the caller has to write it.
 */
bool json_spool_array(struct render *render, const char *key, const struct json_spool *spool);
void json_spool_cleanup(struct json_spool *spool);

#endif
