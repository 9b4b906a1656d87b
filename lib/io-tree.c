/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens, reads and lists beneath a directory descriptor. Writes nothing, makes no thread, and knows
 * of the kernel's file systems only how their reads end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "io-tree.h"

#define LIST_BUFFER_SIZE (1024 * 1024)
/* A renamed ".." makes openat2() give up with EAGAIN: try again, but not for ever. */
#define OPEN_ATTEMPTS 16
/*
 * A sysfs file ends with the first read that gives less than the smallest page (fs/kernfs/file.c, 7.2),
 * and so does a sysctl, whose second read gives nothing (kernel/sysctl.c, 7.2).
 */
#define SYSFS_SHORT_READ 4096
/* From what size on a file is mapped, if it can be. */
#define MAPPED_READ_SIZE (256 * 1024)

struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static int open_confined(int fd, const char *path, int flags, uint64_t resolve)
{
	/* O_NONBLOCK: a FIFO in a recorded tree must not hold us up. */
	int more = (flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct open_how how = {
		.flags = (uint64_t)(flags | more),
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	unsigned int attempt;
	long opened = -1;

	for (attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
		opened = syscall(SYS_openat2, fd, path, &how, sizeof(how));
		if (opened >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return opened < 0 ? -errno : (int)opened;
}

/* By syscall(2), as what is read here and the one above: see closing_alone(). */
static int open_free(int fd, const char *path, int flags)
{
	long opened;

	do
		opened = syscall(SYS_openat, fd, path, flags | O_CLOEXEC | O_NOCTTY | O_LARGEFILE);
	while (opened < 0 && errno == EINTR);
	return opened < 0 ? -errno : (int)opened;
}

/* PATH from the root of the tree. A path through what is no directory is not there. */
static int tree_open(const struct tree *tree, const char *path, int flags)
{
	int fd;

	if (path[0] == '\0')
		path = ".";
	if (tree->confined)
		fd = open_confined(tree->fd, path, flags, RESOLVE_IN_ROOT);
	else
		fd = open_free(tree->fd, path, flags);
	return fd == -ENOTDIR ? -ENOENT : fd;
}

int tree_init(struct tree *tree, const char *path, bool confined)
{
	int fd = open_free(AT_FDCWD, path, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	*tree = (struct tree){ .fd = fd, .confined = confined, .link_fd = -1 };
	return 0;
}

void tree_clear(struct tree *tree)
{
	close(tree->fd);
	if (tree->link_fd >= 0)
		close(tree->link_fd);
	free(tree->list_buffer);
	kept_free(tree->kept);
}

static ssize_t read_retried(int fd, void *buffer, size_t size, bool seek, uint64_t offset)
{
	ssize_t len;

	do
		len = seek ? pread(fd, buffer, size, (off_t)offset) :
			     syscall(SYS_read, fd, buffer, size);
	while (len < 0 && errno == EINTR);
	if (len >= 0)
		return len;
	/* A device that went away after its file was opened; a FIFO that nobody writes to. */
	return errno == ENODEV ? -ENOENT : -errno;
}

/*
 * What a read of a running kernel's gives is a page; some files it lets be mapped too, from their
 * beginning on (kernel/bpf/sysfs_btf.c, 7.2), which is fewer calls for large pieces. Whether it does is
 * found by trying. Returns how much of FD's SIZE bytes from OFFSET are in BUFFER; 0 if none are.
 */
static size_t read_mapped(const struct tree *tree, int fd, uint64_t offset, void *buffer,
			  size_t size)
{
	struct stat status;
	void *mapping;

	/* Not of a recording: a file that is cut short while it is mapped ends the program. */
	if (tree->confined || size < MAPPED_READ_SIZE || fstat(fd, &status) < 0 ||
	    (uint64_t)status.st_size <= MAX(offset, (uint64_t)MAPPED_READ_SIZE))
		return 0;
	size = (size_t)MIN((uint64_t)size, (uint64_t)status.st_size - offset);
	mapping = mmap(NULL, (size_t)offset + size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapping == MAP_FAILED)
		return 0;
	memcpy(buffer, (const char *)mapping + offset, size);
	munmap(mapping, (size_t)offset + size);
	return size;
}

/* Whether another file has taken the place of the one behind FD; a kernel's own files are never moved. */
static bool is_replaced(const struct tree *tree, int fd)
{
	struct stat status;

	return !tree->kernel_files && (fstat(fd, &status) < 0 || status.st_nlink == 0);
}

/* All of an open file from OFFSET on. SEEK: it may have been read before. */
static int read_open(const struct tree *tree, int fd, const char *path, bool seek, uint64_t offset,
		     void *buffer, size_t size, size_t *ret_len)
{
	bool short_ends = text_starts_with(path, "sys/") || text_starts_with(path, "proc/sys/");
	size_t len = 0;
	ssize_t got = 0;

	if (text_starts_with(path, "sys/"))
		len = read_mapped(tree, fd, offset, buffer, size);
	while (len < size) {
		got = read_retried(fd, (char *)buffer + len, size - len, seek, offset + len);
		if (got <= 0)
			break;
		len += (size_t)got;
		if (short_ends && got < SYSFS_SHORT_READ)
			break;
	}
	if (got < 0)
		return (int)got;
	if (len == size)
		return -E2BIG;
	*ret_len = len;
	return 0;
}

/* By a descriptor that is open from before. False: there is none, or the file is gone. */
static bool read_kept(const struct tree *tree, const char *path, uint64_t offset, void *buffer,
		      size_t size, size_t *ret_len, int *ret_rc)
{
	int fd = tree->keeping ? kept_find(tree->kept, path) : -1, rc;

	if (fd < 0)
		return false;
	rc = is_replaced(tree, fd) ? -ENOENT :
				     read_open(tree, fd, path, true, offset, buffer, size, ret_len);
	if (rc < 0 && rc != -E2BIG) {
		kept_drop(tree->kept, path);
		return false;
	}
	*ret_rc = rc;
	return true;
}

/* Files that are saved are replaced, not written; what is not of the kernel's is not read often. */
static bool may_keep(const struct tree *tree, const char *path)
{
	return tree->keeping && (text_starts_with(path, "sys/") || text_starts_with(path, "proc/"));
}

int tree_read(const struct tree *tree, const char *path, uint64_t offset, void *buffer, size_t size,
	      size_t *ret_len)
{
	int fd, rc;

	if (read_kept(tree, path, offset, buffer, size, ret_len, &rc))
		return rc;
	fd = tree_open(tree, path, O_RDONLY);
	if (fd < 0)
		return fd;
	rc = read_open(tree, fd, path, offset > 0, offset, buffer, size, ret_len);
	if (rc < 0 || !may_keep(tree, path) || !kept_add(tree->kept, path, fd))
		close(fd);
	return rc;
}

#define SYSFS_MAGIC 0x62656572

void tree_keep(struct tree *tree, bool keep)
{
	struct statfs status;
	int fd;

	if (!keep) {
		if (tree->keeping)
			kept_end(tree->kept);
		tree->keeping = false;
		return;
	}
	if (tree->kept == NULL)
		tree->kept = kept_new();
	if (tree->kept == NULL)
		return;
	kept_begin(tree->kept);
	tree->keeping = true;
	fd = tree_open(tree, "sys", O_PATH | O_DIRECTORY);
	tree->kernel_files = fd >= 0 && fstatfs(fd, &status) == 0 && status.f_type == SYSFS_MAGIC;
	if (fd >= 0)
		close(fd);
}

int io_read_outside(const char *path, void *buffer, size_t size, size_t *ret_len)
{
	struct tree tree;
	int rc = tree_init(&tree, ".", false);

	if (rc < 0)
		return rc;
	rc = tree_read(&tree, path, 0, buffer, size, ret_len);
	tree_clear(&tree);
	return rc;
}

/* What one getdents64() gave. Returns what FN returned if not 0. */
static int list_entries(const char *buffer, size_t len, io_list_fn fn, void *data)
{
	size_t at = 0;

	while (at < len) {
		const struct directory_entry *entry = (const void *)(buffer + at);
		const char *name = entry->name;
		int rc = 0;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			rc = fn(data, name, entry->type);
		if (rc != 0)
			return rc;
		at += entry->size;
	}
	return 0;
}

/* Links stand in the directory that was listed or looked at last, more often than not. */
static void remember_directory(struct tree *tree, const char *path, int fd)
{
	if (strlen(path) >= sizeof(tree->link_directory)) {
		close(fd);
		return;
	}
	if (tree->link_fd >= 0)
		close(tree->link_fd);
	tree->link_fd = fd;
	text_copy(tree->link_directory, sizeof(tree->link_directory), path);
}

int tree_list(struct tree *tree, const char *path, io_list_fn fn, void *data)
{
	/* Taken away while in use, so that FN may list too. */
	_cleanup_free_ char *buffer = take_pointer(tree->list_buffer);
	int fd, rc = 0;
	long len;

	if (buffer == NULL)
		buffer = malloc(LIST_BUFFER_SIZE);
	if (buffer == NULL)
		return -ENOMEM;
	fd = tree_open(tree, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		rc = fd;
	while (rc == 0) {
		len = syscall(SYS_getdents64, fd, buffer, LIST_BUFFER_SIZE);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0) {
			rc = len < 0 ? -errno : 0;
			break;
		}
		rc = list_entries(buffer, (size_t)len, fn, data);
	}
	if (fd >= 0)
		remember_directory(tree, path, fd);
	free(tree->list_buffer);
	tree->list_buffer = take_pointer(buffer);
	return rc;
}

/*
 * The directory of a link, opened within the tree; what stands in it by name is then in the tree too. -1:
 * one has to go by the whole path, which in a tree that is not confined is as good.
 */
static int link_directory(struct tree *tree, const char *path, size_t len)
{
	char directory[IO_PATH_MAX];
	int fd;

	if (len >= sizeof(directory))
		return -ENAMETOOLONG;
	memcpy(directory, path, len);
	directory[len] = '\0';
	if (tree->link_fd >= 0 && strcmp(directory, tree->link_directory) == 0)
		return tree->link_fd;
	if (!tree->confined)
		return -EBADF;
	fd = tree_open(tree, directory, O_PATH | O_DIRECTORY);
	if (fd >= 0)
		remember_directory(tree, directory, fd);
	return fd;
}

int tree_readlink(struct tree *tree, const char *path, char *buffer, size_t size)
{
	const char *slash = strrchr(path, '/');
	int fd = link_directory(tree, path, slash == NULL ? 0 : (size_t)(slash - path));
	ssize_t len = -1;

	if (fd < 0 && tree->confined)
		return fd;
	errno = ENOENT;
	if (fd >= 0)
		len = readlinkat(fd, slash == NULL ? path : slash + 1, buffer, size);
	/* The directory may have been replaced by another of its name. */
	if (len < 0 && errno == ENOENT && !tree->confined)
		len = readlinkat(tree->fd, path, buffer, size);
	if (len < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if ((size_t)len >= size)
		return -ENAMETOOLONG;
	buffer[len] = '\0';
	return 0;
}

int tree_open_directory(const struct tree *tree, const char *path, int *ret_fd)
{
	int fd = tree_open(tree, path, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/*
 * From FD is cheaper than from the root, and a path without links or ".." stays below it, which spares
 * the kernel to look; a link takes the long way.
 */
static int open_in(const struct tree *tree, int fd, const char *dir, const char *path)
{
	char whole[IO_PATH_MAX];
	int opened;

	if (!tree->confined) {
		opened = open_free(fd, path, O_RDONLY);
		return opened == -ENOTDIR ? -ENOENT : opened;
	}
	opened = open_confined(fd, path, O_RDONLY, RESOLVE_NO_SYMLINKS);
	if (opened == -ELOOP) {
		text_format(whole, sizeof(whole), "%s/%s", dir, path);
		return tree_open(tree, whole, O_RDONLY);
	}
	return opened == -ENOTDIR ? -ENOENT : opened;
}

/* What LEN, as a read returned it, comes to. */
static int end_text(char *buffer, size_t size, ssize_t len, size_t *ret_len)
{
	if (len < 0)
		return (int)len;
	if ((size_t)len == size)
		return -E2BIG;
	buffer[len] = '\0';
	*ret_len = (size_t)len;
	return 0;
}

bool tree_read_slot(const struct tree *tree, int *slot, char *buffer, size_t size, int *ret_rc,
		    size_t *ret_len)
{
	ssize_t len = -1;

	if (*slot < 0)
		return false;
	if (!is_replaced(tree, *slot))
		len = read_retried(*slot, buffer, size, true, 0);
	if (len < 0) {
		close(*slot);
		*slot = -1;
		return false;
	}
	*ret_rc = end_text(buffer, size, len, ret_len);
	return true;
}

int tree_read_in(const struct tree *tree, int fd, const char *dir, const char *path, int *slot,
		 struct closing *closing, char *buffer, size_t size, size_t *ret_len)
{
	int opened = open_in(tree, fd, dir, path);
	ssize_t len;

	if ((opened == -EMFILE || opened == -ENFILE) && closing->count > 0) {
		closing_finish(closing);
		opened = open_in(tree, fd, dir, path);
	}
	if (opened < 0)
		return opened;
	len = read_retried(opened, buffer, size, false, 0);
	if (len >= 0 && slot != NULL && kept_may_keep(tree->kept, opened))
		*slot = opened;
	else
		closing_add(closing, opened);
	return end_text(buffer, size, len, ret_len);
}
