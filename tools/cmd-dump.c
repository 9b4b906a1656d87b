/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: records the machine into one file, which appears whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

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

static int write_file(const char *path, const char *text, size_t len)
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

static void write_dump(struct invocation *invocation, const char *path, const char *text,
		       size_t len)
{
	int rc;

	if (strcmp(path, "-") == 0) {
		render_text(&invocation->render, text, len);
		return;
	}
	rc = write_file(path, text, len);
	if (rc < 0)
		failure_set(&invocation->failure, EXIT_SYSTEM, "system", path,
			    "cannot be written: %s", strerror(-rc));
}

static void answer(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		   const char *path)
{
	struct render *render = &invocation->render;

	if (invocation->failure.code != EXIT_DONE)
		return;
	if (!render->json) {
		render_errors(render, snapshot);
		return;
	}
	json_begin(render, invocation->command->name, NULL, snapshot);
	json_text(render, "file", path);
	json_end(render);
	invocation->answered = true;
}

static const char *find_path(struct invocation *invocation)
{
	char **arguments = invocation->arguments;
	struct failure *failure = &invocation->failure;

	if (arguments[0] == NULL || arguments[1] != NULL) {
		failure_set(failure, EXIT_USAGE, "usage", "", "dump takes the name of one file");
		failure_hint(failure, "- is standard output");
	} else if (strcmp(arguments[0], "-") == 0 && invocation->render.json) {
		failure_set(failure, EXIT_USAGE, "usage", "--json",
			    "standard output cannot take both the dump and an object");
		failure_hint(failure, "give the name of a file");
	} else if (invocation->options->target != NULL && !invocation->options->pages) {
		failure_set(failure, EXIT_USAGE, "usage", "--target",
			    "but for page flags the whole machine is recorded");
		failure_hint(failure, "leave it out, or give --pages too");
	}
	return arguments[0];
}

void command_dump(struct invocation *invocation)
{
	const char *path = find_path(invocation);
	struct memhp_snapshot *snapshot;
	const struct options *options = invocation->options;
	uint32_t flags = (options->anonymous ? MEMHP_RECORD_ANONYMOUS : 0) |
			 (options->pages ? MEMHP_RECORD_PAGES : 0);
	char *text;
	size_t len;
	int rc;

	if (invocation->failure.code != EXIT_DONE)
		return;
	rc = memhp_record(invocation->ctx, flags, options->target, &text, &len, &snapshot);
	if (rc < 0) {
		failure_of(&invocation->failure, invocation->ctx, rc);
		return;
	}
	write_dump(invocation, path, text, len);
	answer(invocation, snapshot, path);
	memhp_snapshot_unref(snapshot);
	free(text);
}
