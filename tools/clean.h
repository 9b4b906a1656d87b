/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that comes from files or the command line, on its way to a terminal. Pure.
 */
#ifndef MEMHP_CLEAN_H
#define MEMHP_CLEAN_H

#include <stddef.h>

/* How many bytes of TEXT, which is not empty, make one well-formed UTF-8 character; 0 if none do. */
size_t character_length(const char *text);

/*
 * The next character of *TEXT, which is not empty, as it may be shown: what steers a terminal, or is no character, becomes
 * '?'. *TEXT moves on.
 */
const char *clean_next(const char **text, size_t *ret_len);

/* TEXT so into BUFFER, whole characters as far as there is room. */
void clean_copy(char *buffer, size_t size, const char *text);

/* How many characters TEXT has, which is as many columns but for wide ones and those without width. */
size_t shown_length(const char *text);

#endif
