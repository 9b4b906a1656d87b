/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only caller of dlopen(). Knows no library; those who use one say which functions they want.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "dl.h"

int dl_open(const char *library, const struct dl_symbol *symbols, size_t count, void *functions,
	    void **ret_handle)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	size_t i;

	if (handle == NULL)
		return -ENOSYS;
	for (i = 0; i < count; i++) {
		void *address = dlsym(handle, symbols[i].name);

		if (address == NULL) {
			dlclose(handle);
			return -ENOSYS;
		}
		memcpy((char *)functions + symbols[i].offset, &address, sizeof(address));
	}
	*ret_handle = handle;
	return 0;
}

void dl_close(void *handle)
{
	if (handle != NULL)
		dlclose(handle);
}
