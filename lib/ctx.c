/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The context's lifetime, hooks, root and cancel. Looks at no machine itself.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ctx.h"

int ctx_new_with_io(struct io *io, struct memhp_ctx **ret_ctx)
{
	struct memhp_ctx *ctx = calloc(1, sizeof(*ctx));

	if (ctx == NULL)
		return -ENOMEM;
	ctx->refcount = 1;
	ctx->io = io;
	ctx->cancel_fd = -1;
	*ret_ctx = ctx;
	return 0;
}

EXPORT int memhp_ctx_new(struct memhp_ctx **ret_ctx)
{
	_cleanup_(ctx_cleanup) struct memhp_ctx *ctx = NULL;
	int rc = ctx_new_with_io(NULL, &ctx);

	if (rc < 0)
		return rc;
	ctx->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ctx->cancel_fd < 0)
		return -errno;
	rc = io_host_new(ctx->cancel_fd, &ctx->error, &ctx->io);
	if (rc < 0)
		return rc;
	*ret_ctx = take_pointer(ctx);
	return 0;
}

EXPORT struct memhp_ctx *memhp_ctx_ref(struct memhp_ctx *ctx)
{
	__atomic_add_fetch(&ctx->refcount, 1, __ATOMIC_RELAXED);
	return ctx;
}

EXPORT struct memhp_ctx *memhp_ctx_unref(struct memhp_ctx *ctx)
{
	if (ctx == NULL || __atomic_sub_fetch(&ctx->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	io_free(ctx->io);
	if (ctx->cancel_fd >= 0)
		close(ctx->cancel_fd);
	free(ctx->config);
	free(ctx);
	return NULL;
}

void ctx_cleanup(struct memhp_ctx **ctx)
{
	*ctx = memhp_ctx_unref(*ctx);
}

EXPORT int memhp_ctx_set_root(struct memhp_ctx *ctx, const char *path)
{
	struct io *io = NULL;
	int rc;

	error_clear(&ctx->error);
	rc = io_recorded_new(path, &ctx->error, &io);
	if (rc < 0)
		return rc;
	io_free(ctx->io);
	ctx->io = io;
	return 0;
}

EXPORT int memhp_ctx_set_config(struct memhp_ctx *ctx, const char *path)
{
	char *copy = NULL;

	error_clear(&ctx->error);
	if (path != NULL) {
		copy = strdup(path);
		if (copy == NULL)
			return error_memory(&ctx->error);
	}
	free(ctx->config);
	ctx->config = copy;
	return 0;
}

EXPORT void memhp_ctx_set_log(struct memhp_ctx *ctx, memhp_log_fn fn, void *data)
{
	ctx->log = fn;
	ctx->log_data = data;
}

EXPORT void memhp_ctx_set_progress(struct memhp_ctx *ctx, memhp_progress_fn fn, void *data)
{
	ctx->progress = fn;
	ctx->progress_data = data;
}

/* Runs in signal handlers: one write, and errno as it was. */
EXPORT void memhp_ctx_cancel(struct memhp_ctx *ctx)
{
	uint64_t once = 1;
	int saved = errno;

	if (ctx->cancel_fd >= 0 && write(ctx->cancel_fd, &once, sizeof(once)) < 0) {
		/* Only a counter near 2^64 refuses more: it is cancelled already. */
	}
	errno = saved;
}

EXPORT const struct memhp_error *memhp_ctx_get_error(const struct memhp_ctx *ctx)
{
	return &ctx->error;
}

void ctx_log(const struct memhp_ctx *ctx, int priority, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	if (ctx->log == NULL)
		return;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	ctx->log(ctx->log_data, priority, message);
}

void ctx_progress(const struct memhp_ctx *ctx, const struct memhp_progress *progress)
{
	if (ctx->progress != NULL)
		ctx->progress(ctx->progress_data, progress);
}
