/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files under run/memhp, and rules of udev under run: replaced atomically, and one that is locked. Touches no other
 * directory and knows nothing of what is in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io-state.h"
#include "io.h"

#define STATE_DIRECTORY "run/memhp"
#define UDEV_DIRECTORY "run/udev"
#define RULES_DIRECTORY "run/udev/rules.d"

/* The last component of PATH, if it is a plain file of DIRECTORY. */
static const char *name_in(const char *path, const char *directory)
{
	const char *name = path + strlen(directory);

	if (!text_starts_with(path, directory) || *name++ != '/')
		return NULL;
	if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
		return NULL;
	return name;
}

static const char *state_name(const char *path)
{
	return name_in(path, STATE_DIRECTORY);
}

/* Anybody may read the journal, so that an ordinary user's list can tell of what is left open. */
static int open_directory(int root_fd, const char *directory)
{
	int fd;

	if (mkdirat(root_fd, directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(root_fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static int open_state_directory(int root_fd)
{
	return open_directory(root_fd, STATE_DIRECTORY);
}

/* Early at boot udev has not made it yet. */
static int open_rules_directory(int root_fd)
{
	int fd = open_directory(root_fd, UDEV_DIRECTORY);

	if (fd < 0)
		return fd;
	close(fd);
	return open_directory(root_fd, RULES_DIRECTORY);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, text, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		text += written;
		len -= (size_t)written;
	}
	return 0;
}

/* A new file beside the old one, on the medium before it takes the name. */
static int replace(int directory, const char *name, const char *text)
{
	char temporary[IO_NAME_MAX + 8];
	int fd, rc;

	text_format(temporary, sizeof(temporary), ".%s.new", name);
	if (unlinkat(directory, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, strlen(text));
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && renameat(directory, temporary, directory, name) < 0)
		rc = -errno;
	if (rc < 0)
		unlinkat(directory, temporary, 0);
	return rc;
}

static int removed(int directory, const char *name)
{
	return unlinkat(directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int io_state_save(int root_fd, const char *path, const char *text)
{
	const char *name = state_name(path);
	bool is_state = name != NULL;
	int directory, rc;

	if (!is_state)
		name = name_in(path, RULES_DIRECTORY);
	if (name == NULL || strlen(name) >= IO_NAME_MAX)
		return -EINVAL;
	directory = is_state ? open_state_directory(root_fd) : open_rules_directory(root_fd);
	if (directory < 0)
		return directory;
	rc = text == NULL ? removed(directory, name) : replace(directory, name, text);
	if (rc == 0 && fsync(directory) < 0 && errno != EINVAL)
		rc = -errno;
	close(directory);
	return rc;
}

/* "1234 memhp", as the holder wrote it; nothing that could upset a terminal. */
static void read_holder(int fd, char *holder, size_t size)
{
	ssize_t len = size == 0 ? 0 : pread(fd, holder, size - 1, 0);
	size_t i;

	if (size == 0)
		return;
	for (i = 0; len > 0 && i < (size_t)len && holder[i] >= ' ' && holder[i] <= '~'; i++)
		;
	holder[i] = '\0';
}

static int write_holder(int fd)
{
	char text[128];

	text_format(text, sizeof(text), "%ld %s\n", (long)getpid(), program_invocation_short_name);
	if (ftruncate(fd, 0) < 0)
		return -errno;
	return write_all(fd, text, strlen(text));
}

int io_lock_try(struct io_lock *lock, int root_fd, const char *path, char *holder,
		size_t holder_size)
{
	const char *name = state_name(path);
	int directory, fd, rc = 0;

	if (name == NULL)
		return -EINVAL;
	directory = open_state_directory(root_fd);
	if (directory < 0)
		return directory;
	/* 0600: who may open it may lock it, and keep everybody out. */
	fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	rc = fd < 0 ? -errno : 0;
	close(directory);
	if (rc < 0)
		return rc;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		rc = -errno;
		if (rc == -EWOULDBLOCK)
			read_holder(fd, holder, holder_size);
	} else {
		rc = write_holder(fd);
	}
	if (rc < 0) {
		close(fd);
		return rc;
	}
	lock->fd = fd;
	return 0;
}

/* The file stays: to remove it would let two runs hold locks of two files of one name. */
void io_lock_release(struct io_lock *lock)
{
	if (lock->fd < 0)
		return;
	if (ftruncate(lock->fd, 0) < 0) {
		/* Then it names a process that is gone; the lock itself tells the truth. */
	}
	close(lock->fd);
	lock->fd = -1;
}
