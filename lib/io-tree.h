/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading beneath a directory descriptor: what io-host (root "/") and io-root (a recorded machine)
 * have in common. A confined tree resolves every link and every ".." within itself.
 */
#ifndef MEMHP_IO_TREE_H
#define MEMHP_IO_TREE_H

#include "io-closing.h"
#include "io-kept.h"

struct tree {
	int fd;
	bool confined;
	struct kept *kept;	/* NULL: nothing was ever kept */
	bool keeping;		/* now */
	bool kernel_files;	/* what is kept is a running kernel's */
	char *list_buffer;	/* kept from one list to the next */
	/* The directory that was listed, or that a link was read in, last: there are many in one. */
	int link_fd;		/* -1: none */
	char link_directory[IO_PATH_MAX];
};

int tree_init(struct tree *tree, const char *path, bool confined);
void tree_clear(struct tree *tree);
int tree_read(const struct tree *tree, const char *path, uint64_t offset, void *buffer, size_t size,
	      size_t *ret_len);
int tree_list(struct tree *tree, const char *path, io_list_fn fn, void *data);
int tree_readlink(struct tree *tree, const char *path, char *buffer, size_t size);
/* A descriptor of a directory, for tree_read_in(). */
int tree_open_directory(const struct tree *tree, const char *path, int *ret_fd);
/*
 * tree_read_in - a short file PATH below the directory FD, which is DIR, in one read. Text is
 * terminated; SIZE counts the terminator. SLOT: where its descriptor is kept from now on, if it may be;
 * NULL: nowhere. One that is not kept goes to CLOSING.
 */
int tree_read_in(const struct tree *tree, int fd, const char *dir, const char *path, int *slot,
		 struct closing *closing, char *buffer, size_t size, size_t *ret_len);
/*
 * tree_read_slot - the same by the descriptor in SLOT, RET_RC as what tree_read_in() returns. False: none is
 * kept there, or not any more, because the file is gone or has been replaced.
 */
bool tree_read_slot(const struct tree *tree, int *slot, char *buffer, size_t size, int *ret_rc,
		    size_t *ret_len);
/* tree_keep - io_ops.keep of a tree. */
void tree_keep(struct tree *tree, bool keep);

/* tree_sweep - io_ops.sweep of a tree; in io-host.c, which owns the library's threads. */
int tree_sweep(const struct tree *tree, const struct io_sweep *sweep);

#endif
