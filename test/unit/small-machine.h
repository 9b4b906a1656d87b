/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small machine of the fake kernel, what can be added to it, and requests made of it.
 */
#ifndef MEMHP_TEST_SMALL_MACHINE_H
#define MEMHP_TEST_SMALL_MACHINE_H

#include "../scenario.h"

/* 1 GiB on node 0, with two processors: blocks 0 to 7. */
void small_boot_memory(struct fakekern *kernel);
/* Linux 6.12 with 1 GiB on one node, which onlines nothing by itself. To be freed. */
struct fakekern *small_machine(void);
/* dax0.0: blocks 64 to 71. */
void small_hmem(struct fakekern *kernel);
/* PNP0C80:00: blocks 112 to 115. EJECT_TIME: as of struct fakekern_dimm. */
void small_dimm(struct fakekern *kernel, uint64_t eject_time);
/* A request that is carried out, whatever comes of it; and one that must end well. */
void small_ask(struct fakekern *kernel, const char *request, struct outcome *ret_outcome);
void small_stage(struct fakekern *kernel, const char *request);

#endif
