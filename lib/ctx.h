/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A context: the machine that is looked at, the hooks, the last error. Public calls clear the error
 * first and hand &ctx->error down.
 */
#ifndef MEMHP_CTX_H
#define MEMHP_CTX_H

#include "error.h"
#include "io.h"

struct memhp_ctx {
	unsigned int refcount;
	struct io *io;
	int cancel_fd;
	char *config;		/* the file of --config, NULL: none */
	struct memhp_error error;
	memhp_log_fn log;
	void *log_data;
	memhp_progress_fn progress;
	void *progress_data;
};

/* ctx_new_with_io - a context over any io, which it then owns; for tests. */
int ctx_new_with_io(struct io *io, struct memhp_ctx **ret_ctx);
void ctx_cleanup(struct memhp_ctx **ctx);	/* for _cleanup_ */
void ctx_log(const struct memhp_ctx *ctx, int priority, const char *format, ...) PRINTF(3, 4);
void ctx_progress(const struct memhp_ctx *ctx, const struct memhp_progress *progress);

#endif
