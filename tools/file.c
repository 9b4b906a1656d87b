/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that appears whole or not at all. Knows nothing of what is in it.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, text, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		len -= (size_t)written;
	}
	return 0;
}

/* What is no plain file (a pipe, a terminal) is written to as it is. */
static int write_into(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, len);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* A new file may be read by whom the user's mask lets read it. */
static int finish_file(int fd, const char *text, size_t len)
{
	mode_t mask = umask(0);
	int rc = write_all(fd, text, len);

	umask(mask);
	if (rc == 0 && (fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static int replace_file(const char *path, const char *text, size_t len)
{
	size_t size = strlen(path) + sizeof(".XXXXXX");
	char *temporary = malloc(size);
	int fd, rc;

	if (temporary == NULL)
		return -ENOMEM;
	snprintf(temporary, size, "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		rc = -errno;
	} else {
		rc = finish_file(fd, text, len);
		if (rc == 0 && rename(temporary, path) < 0)
			rc = -errno;
		if (rc < 0)
			unlink(temporary);
	}
	free(temporary);
	return rc;
}

int file_write(const char *path, const char *text, size_t len)
{
	struct stat status;
	char *whole;
	int rc;

	if (stat(path, &status) < 0)
		return replace_file(path, text, len);
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return write_into(path, text, len);
	/* What a link leads to is replaced, not the link. */
	whole = realpath(path, NULL);
	rc = replace_file(whole != NULL ? whole : path, text, len);
	free(whole);
	return rc;
}
