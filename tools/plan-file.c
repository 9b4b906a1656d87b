/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a plan's file, or of standard input: no more of them than any plan has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan-file.h"

struct text {
	char *bytes;
	size_t len;
	size_t size;
};

/* Up to one byte more than there may be. */
static int read_all(int fd, struct text *text)
{
	while (text->len <= PLAN_FILE_MAX) {
		ssize_t len;

		if (text->len == text->size) {
			size_t size = text->size == 0 ? 1 << 16 : text->size * 2;
			char *bytes = realloc(text->bytes, size);

			if (bytes == NULL)
				return -ENOMEM;
			text->bytes = bytes;
			text->size = size;
		}
		len = read(fd, text->bytes + text->len, text->size - text->len);
		if (len == 0)
			return 0;
		if (len < 0 && errno != EINTR)
			return -errno;
		text->len += len > 0 ? (size_t)len : 0;
	}
	return -EFBIG;
}

static void fail_reading(const char *path, int rc, struct failure *failure)
{
	if (rc == -EFBIG)
		failure_set(failure, EXIT_USAGE, "usage", path,
			    "this is longer than any plan: %u MiB", PLAN_FILE_MAX >> 20);
	else
		failure_set(failure, rc == -ENOENT ? EXIT_USAGE : EXIT_SYSTEM,
			    rc == -ENOENT ? "usage" : "system", path, "cannot be read: %s",
			    strerror(-rc));
}

void plan_file_read(const char *path, struct plan_file *ret_file, struct failure *failure)
{
	bool is_input = strcmp(path, "-") == 0;
	int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct text text = { .bytes = NULL };
	int rc;

	*ret_file = (struct plan_file){ .targets = NULL };
	rc = fd < 0 ? -errno : read_all(fd, &text);
	if (fd >= 0 && !is_input)
		close(fd);
	if (rc < 0)
		fail_reading(path, rc, failure);
	else
		plan_file_parse(path, text.bytes, text.len, ret_file, failure);
	free(text.bytes);
}
