/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry point for any bytes. Linked with libFuzzer it searches; linked with driver.c it goes
 * through a corpus and a fixed series of changes to it.
 */
#ifndef MEMHP_FUZZ_H
#define MEMHP_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0; what is wrong aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
