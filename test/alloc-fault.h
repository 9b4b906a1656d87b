/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes an allocation fail. Executables that link this wrap malloc, calloc, realloc, reallocarray,
 * strdup and strndup (-Wl,--wrap): what their own objects call counts, what libc calls does not.
 */
#ifndef TEST_ALLOC_FAULT_H
#define TEST_ALLOC_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* From now on allocations are counted, and number N (from 0) fails; SIZE_MAX: none does. */
void alloc_fault_arm(size_t n);
/* No more of it. Returns how many allocations were asked for since. */
size_t alloc_fault_disarm(void);
bool alloc_fault_fired(void);

#endif
