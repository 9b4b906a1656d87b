/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs: made of a name, for plan_id and fingerprint, and compared, for match-uuid. */
#ifndef MEMHP_UUID_H
#define MEMHP_UUID_H

#include <stdbool.h>

#define UUID_TEXT_SIZE 37

/* uuid_from_text - the name-based (SHA-1) UUID of TEXT, in lower case. */
void uuid_from_text(const char *text, char ret_uuid[UUID_TEXT_SIZE]);
bool uuid_is_valid(const char *text);
/* uuid_is_same - both are UUIDs and the same one, in whatever case. */
bool uuid_is_same(const char *a, const char *b);

#endif
