/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens a recorded machine: a directory is one as it stands, anything else is read and must be a
 * dump. Only what it was given is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io-dump.h"

/* All of a file, which may be a pipe; with room for a terminator. -EFBIG. */
static int read_all(int fd, char **ret_text, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0, size = 0;

	for (;;) {
		ssize_t got;
		char *grown;

		if (len == DUMP_SIZE_MAX)
			return -EFBIG;
		if (len == size) {
			size = size == 0 ? 65536 : MIN(size * 2, (size_t)DUMP_SIZE_MAX);
			grown = realloc(text, size + 1);
			if (grown == NULL)
				return -ENOMEM;
			text = grown;
		}
		got = read(fd, text + len, size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	text[len] = '\0';
	*ret_text = take_pointer(text);
	*ret_len = len;
	return 0;
}

static int open_dump(const char *path, int fd, struct memhp_error *error, struct io **ret_io)
{
	struct dump *dump;
	char *text = NULL;
	size_t len = 0;
	int rc = read_all(fd, &text, &len);

	if (rc == -ENOMEM)
		return error_memory(error);
	if (rc == -EFBIG)
		return error_set(error, MEMHP_ERROR_USAGE, rc, path,
				 "is longer than any dump: more than %u MiB", DUMP_SIZE_MAX >> 20);
	if (rc < 0)
		return error_system(error, rc, path, "cannot be read");
	rc = dump_parse(path, text, len, error, &dump);
	if (rc < 0)
		return rc;
	return io_dump_new(dump, ret_io) < 0 ? error_memory(error) : 0;
}

int io_recorded_new(const char *path, struct memhp_error *error, struct io **ret_io)
{
	struct stat status;
	int fd, rc;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return io_root_new(path, error, ret_io);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(error, MEMHP_ERROR_USAGE, -errno, path,
				 "there is no such file or directory");
	if (fd < 0)
		return error_system(error, -errno, path, "cannot be opened as a recorded machine");
	rc = open_dump(path, fd, error, ret_io);
	close(fd);
	return rc;
}
