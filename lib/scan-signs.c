/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tells cheaply that a machine may have changed: two small files, for those who wait. No snapshot is
 * made, and nothing is concluded.
 */
#include "scan-signs.h"

#include <string.h>

#include "parse.h"

#define AUTO_ONLINE_PATH "sys/devices/system/memory/auto_online_blocks"
#define EVENTS_PATH "sys/kernel/uevent_seqnum"

static bool read_small(struct io *io, const char *path, char *text, size_t size)
{
	size_t len = 0;

	if (io->ops->read(io, path, 0, text, size - 1, &len) < 0)
		return false;
	text[len] = '\0';
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return true;
}

void scan_signs(struct io *io, bool count, struct signs *ret_signs)
{
	struct signs signs = { .auto_online = WORD_UNKNOWN };
	char text[64];

	if (read_small(io, AUTO_ONLINE_PATH, text, sizeof(text)))
		signs.auto_online = online_word_from_name(text);
	if (count && read_small(io, EVENTS_PATH, text, sizeof(text)))
		(void)parse_uint(text, strlen(text), 10, &signs.events);
	*ret_signs = signs;
}
