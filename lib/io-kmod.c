/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel modules by libkmod, which is opened for the call and closed after it. Nothing else of the
 * library knows libkmod.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>

#include "config.h"
#include "dl.h"
#include "io-helper.h"
#include "io-kmod.h"
#include "io.h"

#if HAVE_KMOD
#include <dirent.h>
#include <libkmod.h>

#define KMOD_LIBRARY "libkmod.so.2"

struct kmod_functions {
	__typeof__(kmod_new) *new;
	__typeof__(kmod_unref) *unref;
	__typeof__(kmod_set_log_fn) *set_log_fn;
	__typeof__(kmod_load_resources) *load_resources;
	__typeof__(kmod_list_next) *list_next;
	__typeof__(kmod_module_new_from_lookup) *lookup;
	__typeof__(kmod_module_get_module) *get_module;
	__typeof__(kmod_module_get_initstate) *get_initstate;
	__typeof__(kmod_module_probe_insert_module) *probe_insert;
	__typeof__(kmod_module_unref) *module_unref;
	__typeof__(kmod_module_unref_list) *module_unref_list;
};

#define KMOD_SYMBOL(function, member)                              \
	{                                                          \
#function, offsetof(struct kmod_functions, member) \
	}
static const struct dl_symbol kmod_symbols[] = {
	KMOD_SYMBOL(kmod_new, new),
	KMOD_SYMBOL(kmod_unref, unref),
	KMOD_SYMBOL(kmod_set_log_fn, set_log_fn),
	KMOD_SYMBOL(kmod_load_resources, load_resources),
	KMOD_SYMBOL(kmod_list_next, list_next),
	KMOD_SYMBOL(kmod_module_new_from_lookup, lookup),
	KMOD_SYMBOL(kmod_module_get_module, get_module),
	KMOD_SYMBOL(kmod_module_get_initstate, get_initstate),
	KMOD_SYMBOL(kmod_module_probe_insert_module, probe_insert),
	KMOD_SYMBOL(kmod_module_unref, module_unref),
	KMOD_SYMBOL(kmod_module_unref_list, module_unref_list),
};

struct loading {
	struct kmod_functions kmod;
	struct kmod_ctx *ctx;
	struct kmod_list *list;
};

/* libkmod says what it thinks on stderr, unless somebody listens. */
static void be_quiet(void *data, int priority, const char *file, int line, const char *fn,
		     const char *format, va_list arguments)
{
}

static bool is_there(const struct loading *loading, struct kmod_module *module)
{
	int state = loading->kmod.get_initstate(module);

	return state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN;
}

/* Every module that the name stands for, with dependencies, softdeps and options. */
static int insert(void *data)
{
	struct loading *loading = data;
	struct kmod_list *item = loading->list;
	int rc = 0;

	while (item != NULL && rc == 0) {
		struct kmod_module *module = loading->kmod.get_module(item);

		if (!is_there(loading, module))
			rc = loading->kmod.probe_insert(module,
							KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, NULL,
							NULL, NULL, NULL);
		loading->kmod.module_unref(module);
		item = loading->kmod.list_next(loading->list, item);
	}
	/* Above 0: a blacklist stopped it. -EEXIST: somebody else has just loaded it. */
	if (rc > 0)
		return -EPERM;
	return rc == -EEXIST ? 0 : rc;
}

static bool all_there(const struct loading *loading)
{
	struct kmod_list *item = loading->list;
	bool there = true;

	while (item != NULL && there) {
		struct kmod_module *module = loading->kmod.get_module(item);

		there = is_there(loading, module);
		loading->kmod.module_unref(module);
		item = loading->kmod.list_next(loading->list, item);
	}
	return there;
}

/* Whether this process has one thread, so that a copy of it may use malloc(). */
static bool single_threaded(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	unsigned int count = 0;

	if (tasks == NULL)
		return false;
	while ((entry = readdir(tasks)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count == 1;
}

/*
 * Loading can wait for other hotplug work for minutes, so it goes to a process that can be left
 * behind. libkmod allocates memory, which the copy of a process with threads must not; there it is
 * done in place, beyond the reach of deadline and cancel.
 */
static int load_found(struct loading *loading, struct io_helper *helper, uint64_t deadline)
{
	int rc = loading->kmod.load_resources(loading->ctx);

	if (rc < 0)
		return rc;
	if (all_there(loading))
		return 0;
	if (!single_threaded())
		return insert(loading);
	return io_helper_run(helper, insert, loading, deadline);
}

int io_kmod_load(struct io_helper *helper, const char *module, uint64_t deadline)
{
	struct loading loading = { .list = NULL };
	void *handle = NULL;
	int rc = dl_open(KMOD_LIBRARY, kmod_symbols, ARRAY_SIZE(kmod_symbols), &loading.kmod,
			 &handle);

	if (rc < 0)
		return rc;
	loading.ctx = loading.kmod.new(NULL, NULL);
	if (loading.ctx == NULL) {
		dl_close(handle);
		return -ENOMEM;
	}
	loading.kmod.set_log_fn(loading.ctx, be_quiet, NULL);
	rc = loading.kmod.lookup(loading.ctx, module, &loading.list);
	if (rc == 0 && loading.list == NULL)
		rc = -ENOENT;
	if (rc == 0)
		rc = load_found(&loading, helper, deadline);
	loading.kmod.module_unref_list(loading.list);
	loading.kmod.unref(loading.ctx);
	dl_close(handle);
	return rc;
}

#else

int io_kmod_load(struct io_helper *helper, const char *module, uint64_t deadline)
{
	return -ENOSYS;
}

#endif
