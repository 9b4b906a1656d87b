/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Speaks to systemd by its two datagram sockets, so that no library is needed for it. Where there is none, or
 * this is not a service, nothing is said.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "render-service.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* A path, or after an @ a name that is none. */
static bool send_to(const char *socket_name, const char *text, size_t len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t name_len = strlen(socket_name);
	ssize_t sent;
	int fd;

	if (name_len == 0 || name_len >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, socket_name, name_len);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	sent = sendto(fd, text, len, MSG_NOSIGNAL, (const struct sockaddr *)&address,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_len));
	close(fd);
	return sent == (ssize_t)len;
}

void service_notify(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name != NULL)
		send_to(name, state, strlen(state));
}

bool service_is_logged(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

/* A field is a line; whatever would break it becomes a blank. */
static void put_field(FILE *file, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	fprintf(file, "%s=", key);
	for (; *text != '\0'; text++)
		fputc(*text == '\n' ? ' ' : *text, file);
	fputc('\n', file);
}

static void put_targets(FILE *file, const char *const *targets)
{
	for (; targets != NULL && *targets != NULL; targets++)
		put_field(file, "MEMHP_TARGET", *targets);
}

static void put_message(FILE *file, const struct service_entry *entry)
{
	const struct failure *failure = entry->failure;
	const char *object = failure != NULL ? failure_said_object(failure) : "";
	char message[2048];

	if (failure == NULL || failure->code == EXIT_DONE)
		snprintf(message, sizeof(message), "%s%s%s: %s", entry->verb,
			 entry->targets != NULL && entry->targets[0] != NULL ? " " : "",
			 entry->targets != NULL && entry->targets[0] != NULL ? entry->targets[0] :
									       "",
			 entry->outcome);
	else
		snprintf(message, sizeof(message), "%s%s%s%s%s", object,
			 object[0] != '\0' ? ": " : "", failure->message,
			 failure->hint[0] != '\0' ? "; " : "", failure->hint);
	put_field(file, "MESSAGE", message);
}

static void put_entry(FILE *file, const struct service_entry *entry)
{
	const struct failure *failure = entry->failure;

	put_message(file, entry);
	fprintf(file, "PRIORITY=%d\nSYSLOG_IDENTIFIER=memhp\n", entry->priority);
	put_field(file, "MEMHP_VERB", entry->verb);
	put_targets(file, entry->targets);
	put_field(file, "MEMHP_OUTCOME", entry->outcome);
	fprintf(file, "MEMHP_EXIT=%d\n", failure != NULL ? (int)failure->code : EXIT_DONE);
	if (failure == NULL || failure->code == EXIT_DONE)
		return;
	put_field(file, "MEMHP_ERROR", failure->kind);
	put_field(file, "MEMHP_OBJECT", failure->object);
	put_field(file, "MEMHP_HINT", failure->hint);
}

bool service_log(const struct service_entry *entry)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	bool sent;

	if (file == NULL)
		return false;
	put_entry(file, entry);
	sent = fclose(file) == 0 && send_to(JOURNAL_SOCKET, text, len);
	free(text);
	return sent;
}
