/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries that are opened when they are used and never linked.
 */
#ifndef MEMHP_DL_H
#define MEMHP_DL_H

#include <stddef.h>

/* One function wanted: its name, and where its address goes. */
struct dl_symbol {
	const char *name;
	size_t offset;		/* of a function pointer in the caller's structure */
};

/*
 * dl_open - opens LIBRARY ("libkmod.so.2") and fills FUNCTIONS in. -ENOSYS: the library, or one of
 * the functions, is not there.
 */
int dl_open(const char *library, const struct dl_symbol *symbols, size_t count, void *functions,
	    void **ret_handle);
void dl_close(void *handle);	/* NULL is fine */

#endif
