/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a file that others read.
 */
#ifndef MEMHP_TOOLS_FILE_H
#define MEMHP_TOOLS_FILE_H

#include <stddef.h>

/*
 * file_write - replaces PATH atomically; what is no plain file (a pipe, a terminal) is written to as it is.
 * -errno leaves what was there.
 */
int file_write(const char *path, const char *text, size_t len);

#endif
