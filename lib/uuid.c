/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UUIDs: name-based ones, the same for the same text on every machine, and those of devices. The only
 * file that includes libuuid.
 */
#include "uuid.h"

#include <string.h>
#include <uuid/uuid.h>

/* The name space of memhp's identifiers: a random UUID, fixed for ever. */
static const uuid_t name_space = { 0x5b, 0x1f, 0x83, 0x0e, 0x6c, 0x44, 0x4f, 0x29,
				   0x9a, 0x0d, 0x3e, 0x72, 0xb1, 0x58, 0xc6, 0x97 };

void uuid_from_text(const char *text, char ret_uuid[UUID_TEXT_SIZE])
{
	uuid_t uuid;

	uuid_generate_sha1(uuid, name_space, text, strlen(text));
	uuid_unparse_lower(uuid, ret_uuid);
}

bool uuid_is_valid(const char *text)
{
	uuid_t uuid;

	return uuid_parse(text, uuid) == 0;
}

bool uuid_is_same(const char *a, const char *b)
{
	uuid_t left, right;

	return uuid_parse(a, left) == 0 && uuid_parse(b, right) == 0 &&
	       uuid_compare(left, right) == 0;
}
