/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Name-based UUIDs, for plan_id and fingerprint. */
#ifndef MEMHP_UUID_H
#define MEMHP_UUID_H

#define UUID_TEXT_SIZE 37

/* uuid_from_text - the name-based (SHA-1) UUID of TEXT, in lower case. */
void uuid_from_text(const char *text, char ret_uuid[UUID_TEXT_SIZE]);

#endif
