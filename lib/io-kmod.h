/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loading a kernel module with what it needs, as modprobe does.
 */
#ifndef MEMHP_IO_KMOD_H
#define MEMHP_IO_KMOD_H

#include <stdint.h>

struct io_helper;

/* io_ops.load. Loaded already and built in are success. */
int io_kmod_load(struct io_helper *helper, const char *module, uint64_t deadline);

#endif
