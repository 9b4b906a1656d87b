/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recorded machine: a directory that holds sys/ proc/ etc/ boot/. Nothing outside it is opened,
 * whatever links it holds, and everything that would write is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "io-tree.h"

struct io_root {
	struct io io;
	struct tree tree;
};

static int root_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		     size_t *ret_len)
{
	return tree_read(&((struct io_root *)io)->tree, path, offset, buffer, size, ret_len);
}

static int root_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	return tree_list(&((struct io_root *)io)->tree, path, fn, data);
}

static int root_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	return tree_readlink(&((struct io_root *)io)->tree, path, buffer, size);
}

static int root_sweep(struct io *io, const struct io_sweep *sweep)
{
	return tree_sweep(&((struct io_root *)io)->tree, sweep);
}

static void root_keep(struct io *io, bool keep)
{
	tree_keep(&((struct io_root *)io)->tree, keep);
}

static void root_free(struct io *io)
{
	struct io_root *root = (struct io_root *)io;

	tree_clear(&root->tree);
	free(root);
}

static const struct io_ops root_ops = {
	.read = root_read,
	.list = root_list,
	.readlink = root_readlink,
	.sweep = root_sweep,
	.keep = root_keep,
	.write = io_refuse_write,
	.load = io_refuse_load,
	.save = io_refuse_save,
	.lock = io_refuse_lock,
	.unlock = io_refuse_unlock,
	.now = io_still_now,
	.sleep = io_still_sleep,
	.cancelled = io_still_cancelled,
	.free = root_free,
};

/* A recording without sys/ is most often a path with a slip in it. */
static int root_check(struct io_root *root, const char *path, struct memhp_error *error)
{
	int fd;
	int rc = tree_open_directory(&root->tree, "sys", &fd);

	if (rc == -ENOENT) {
		error_set(error, MEMHP_ERROR_USAGE, -EINVAL, path,
			  "%s: holds no recorded machine: there is no directory sys in it", path);
		return error_hint(error, "give the directory that holds sys/ and proc/");
	}
	if (rc < 0)
		return error_system(error, rc, path, "cannot be opened as a recorded machine");
	close(fd);
	return 0;
}

int io_root_new(const char *path, struct memhp_error *error, struct io **ret_io)
{
	struct io_root *root = calloc(1, sizeof(*root));
	int rc;

	if (root == NULL)
		return error_memory(error);
	root->io = (struct io){ .ops = &root_ops, .read_only = true };
	rc = tree_init(&root->tree, path, true);
	if (rc < 0) {
		free(root);
		if (rc == -ENOENT)
			return error_set(error, MEMHP_ERROR_USAGE, rc, path,
					 "%s: no such directory", path);
		if (rc == -ENOTDIR)
			return error_set(error, MEMHP_ERROR_USAGE, rc, path, "%s: not a directory",
					 path);
		return error_system(error, rc, path, "cannot be opened as a recorded machine");
	}
	rc = root_check(root, path, error);
	if (rc < 0) {
		root_free(&root->io);
		return rc;
	}
	*ret_io = &root->io;
	return 0;
}
