/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What gzip has packed. */
#ifndef MEMHP_GUNZIP_H
#define MEMHP_GUNZIP_H

#include <stddef.h>

/*
 * gunzip - the text that DATA holds, terminated, to be freed; DATA that is not packed is given as it is.
 * -ENOTSUP: there is no zlib. -EINVAL: not what gzip makes. -E2BIG: more than LIMIT bytes.
 */
int gunzip(const void *data, size_t size, size_t limit, char **ret_text, size_t *ret_len);

#endif
