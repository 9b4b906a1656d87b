/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that things happen to, for the program's monitor: each time it listens the fake kernel's clock
 * moves on a little, and what is due happens. In the end the program is told to stop; "monitor-endless" goes on.
 */
#include "fake-monitor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctx.h"
#include "../fakekern.h"

#define STEP (50 * MILLISECOND)

/* What is written when, in seconds; PATH NULL is the end. %u of a path runs over blocks. */
static const struct {
	double when;
	const char *path;
	const char *word;
	uint32_t first, last;
} script[] = {
	{ 1, "sys/bus/dax/drivers/kmem/new_id", "dax0.0", 0, 0 },
	{ 3, "sys/devices/system/memory/memory%u/state", "online_movable", 64, 71 },
	{ 6, "sys/devices/system/memory/memory%u/state", "offline", 66, 66 },
	{ 6, "sys/devices/system/memory/memory%u/state", "offline", 70, 71 },
	{ 6.1, "sys/devices/system/memory/memory%u/state", "online_kernel", 71, 71 },
	{ 15, "sys/devices/system/memory/auto_online_blocks", "online_movable", 0, 0 },
	{ 25, "sys/devices/system/memory/memory%u/state", "offline", 64, 65 },
	{ 25, "sys/devices/system/memory/memory%u/state", "offline", 67, 69 },
	{ 25, "sys/devices/system/memory/memory%u/state", "offline", 71, 71 },
	{ 25.2, "sys/bus/dax/drivers/kmem/unbind", "dax0.0", 0, 0 },
	{ 35, NULL, NULL, 0, 0 },
};

static struct fakekern *machine;
static struct io_ops listening;
static int (*heard)(struct io *io, bool *ret_any, bool *ret_lost);

static int listen_and_wait(struct io *io, bool *ret_any, bool *ret_lost)
{
	fakekern_advance(machine, STEP);
	return heard(io, ret_any, ret_lost);
}

static void act(struct fakekern *kernel, void *data)
{
	size_t index = (size_t)data;
	uint32_t block = script[index].first;
	char path[128];

	if (script[index].path == NULL) {
		raise(SIGTERM);
		return;
	}
	do {
		snprintf(path, sizeof(path), script[index].path, block);
		if (fakekern_write(kernel, path, script[index].word) < 0)
			fprintf(stderr, "fake: %s refuses %s\n", path, script[index].word);
	} while (block++ < script[index].last);
}

static void toggle(struct fakekern *kernel, void *data)
{
	bool on = data != NULL;

	fakekern_write(kernel, "sys/devices/system/memory/memory64/state",
		       on ? "online_movable" : "offline");
	fakekern_after(kernel, SECOND, toggle, on ? NULL : kernel);
}

static void make_machine(void)
{
	struct fakekern_config config = fakekern_6_12;

	config.auto_online = "offline";
	config.modules[0] = "kmem";
	config.modules[1] = NULL;
	machine = fakekern_new(&config);
	fakekern_add_node(machine, &(struct fakekern_node){
					   .node = 0,
					   .cpus = "0-1",
					   .memory = { { 4096, 640 * 1024 - 4096 },
						       { MIB, 3 * GIB - MIB },
						       { 4 * GIB, GIB } },
					   .taken = 256 * MIB,
				   });
	fakekern_add_dax(machine, &(struct fakekern_dax){ .name = "dax0.0",
							  .provider = FAKEKERN_PMEM,
							  .mappings = { { 8 * GIB, GIB } },
							  .target_node = 1 });
	fakekern_file(machine, "etc/memhp.conf",
		      "[policy]\nauto-online = offline\n"
		      "[device far]\nmatch-driver = pmem\nonline = yes\nzone = movable\n");
}

static void free_machine(void)
{
	fakekern_free(machine);
}

int fake_monitor_open(bool endless, struct memhp_ctx **ret_ctx)
{
	struct io *io;
	size_t i;

	make_machine();
	atexit(free_machine);
	for (i = 0; i < sizeof(script) / sizeof(script[0]) && !endless; i++)
		fakekern_after(machine, (uint64_t)(script[i].when * 1e9), act, (void *)i);
	if (endless) {
		act(machine, (void *)0);
		toggle(machine, machine);
	}
	io = fakekern_open(machine);
	listening = *io->ops;
	heard = listening.heard;
	listening.heard = listen_and_wait;
	io->ops = &listening;
	return ctx_new_with_io(io, ret_ctx);
}
