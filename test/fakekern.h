/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that behaves, behind lib/io.h: a machine in memory with nodes, zones, memory blocks, dax
 * devices, DIMMs and a clock of its own. It serves the text of the files that the library reads and
 * answers writes with the effects and errnos of the real thing. What it does is taken from what was
 * seen on real kernels and read in their source; it must never look at how the library predicts it.
 *
 * A struct fakekern is the machine; fakekern_open() gives one process's view of it, which is a
 * struct io. Several can be open, one after the other or at once; files under run/ outlive them.
 */
#ifndef TEST_FAKEKERN_H
#define TEST_FAKEKERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/io.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define MILLISECOND (UINT64_C(1000000))
#define SECOND (UINT64_C(1000000000))

#define FAKEKERN_RANGES 8

struct fakekern;

struct fakekern_range {
	uint64_t start;
	uint64_t size;
};

/* A kernel as its features. Copy a preset and change what a test is about. */
struct fakekern_config {
	const char *release;
	const char *command_line;
	const char *auto_online;	/* as booted */
	const char *online_policy;	/* NULL: contig-zones */
	const char *memmap_on_memory;	/* the parameter; NULL: N */
	const char *modules[6];		/* loaded at boot, in this order */
	uint64_t block_size;		/* 0: 128 MiB */
	uint64_t page_size;		/* 0: 4096 */
	uint64_t struct_page_size;	/* 0: 64 */
	unsigned int auto_movable_ratio;/* 0: 301 */
	bool numa_blind;		/* auto_movable_numa_aware is N */
	bool movable_node;		/* booted with it */
	/* features */
	bool kmem_autobind;		/* hmem and CXL regions are of kmem's type */
	bool memmap_attribute;		/* a dax device can ask for memmap_on_memory */
	bool size_takes_lock;		/* a device's size is not told while it is bound or unbound */
	bool soft_reserved_in_iomem;
	bool hmem_in_iomem;		/* hmem.N stands between Soft Reserved and daxN.0 */
	bool hmem_platform;		/* ... and below hmem_platform.0 in sys/devices */
	bool nid_set_late;		/* valid_zones of a block without node link is out of bounds */
	bool counts_memmap_pages;	/* nr_memmap_pages */
	bool tracks_poison;		/* a poisoned block does not come online again */
	bool crash_hotplug;
	bool promo_watermark;
	bool node_memory_failure;
	bool node_reclaim;
	bool gigantic_sysctl;
};

extern const struct fakekern_config fakekern_6_1;
extern const struct fakekern_config fakekern_6_12;
extern const struct fakekern_config fakekern_7_2;

struct fakekern *fakekern_new(const struct fakekern_config *config);
void fakekern_free(struct fakekern *kernel);

/* A node as the machine boots. Without ranges it has no memory, and exists only with CPUs. */
struct fakekern_node {
	int node;
	const char *cpus;			/* "0-1"; NULL: none */
	struct fakekern_range memory[FAKEKERN_RANGES];
	uint64_t taken;				/* bytes of it that the kernel itself uses */
	uint64_t idle;				/* the highest IDLE bytes hold nothing unmovable */
	uint64_t cma;
	uint64_t file;				/* bytes of page cache */
};
void fakekern_add_node(struct fakekern *kernel, const struct fakekern_node *node);
void fakekern_set_distance(struct fakekern *kernel, int from, int to, int distance);

enum fakekern_provider {
	FAKEKERN_HMEM,
	FAKEKERN_CXL,
	FAKEKERN_PMEM,
};

/* A dax device. As it appears, a loaded driver that matches takes it at once. */
struct fakekern_dax {
	const char *name;			/* "dax0.0" */
	enum fakekern_provider provider;
	struct fakekern_range mappings[FAKEKERN_RANGES];
	int target_node;			/* -1: none */
	int numa_node;
	uint64_t align;				/* 0: 2 MiB */
	bool dynamic;				/* in a region that makes and takes away devices */
};
void fakekern_add_dax(struct fakekern *kernel, const struct fakekern_dax *dax);
void fakekern_remove_dax(struct fakekern *kernel, const char *name);

/* An ACPI memory device. Size 0: an empty slot. */
struct fakekern_dimm {
	const char *name;			/* "PNP0C80:00" */
	int node;
	uint64_t start;
	uint64_t size;
	uint64_t eject_time;			/* until an eject has come to its end; 0: 10 ms */
	bool boot;				/* part of the memory that the machine booted with */
};
void fakekern_add_dimm(struct fakekern *kernel, const struct fakekern_dimm *dimm);

/* A virtio-mem device on RANGE; nothing of it is plugged yet. */
void fakekern_add_virtio_mem(struct fakekern *kernel, const char *name, int node,
			     struct fakekern_range range);
/* The device plugs or takes away its next COUNT blocks. Returns how many it did. */
size_t fakekern_plug(struct fakekern *kernel, const char *name, size_t count);
size_t fakekern_unplug(struct fakekern *kernel, const char *name, size_t count);

/* What is wrong with a block. */
enum fakekern_trouble {
	FAKEKERN_REFUSES_ONLINE,	/* with RC */
	FAKEKERN_REFUSES_OFFLINE,	/* with RC */
	FAKEKERN_UNMOVABLE,		/* -EBUSY from offline */
	FAKEKERN_STUCK,			/* its offline never ends */
	FAKEKERN_SLOW_ONLINE,		/* takes a minute, then succeeds */
	FAKEKERN_HELD_UP,		/* its online waits for somebody's offline that never ends */
	FAKEKERN_HOLES,			/* -EINVAL from offline */
	FAKEKERN_POISONED,
};
/* TIMES: how often it shows, 0 for always. */
void fakekern_trouble(struct fakekern *kernel, uint32_t block, enum fakekern_trouble trouble, int rc,
		      unsigned int times);
void fakekern_clear_trouble(struct fakekern *kernel, uint32_t block);
/* Adding a range that starts at ADDRESS fails with RC. */
void fakekern_fail_add(struct fakekern *kernel, uint64_t address, int rc);
/* Programs fill PAGES of an online block with movable pages. */
void fakekern_use(struct fakekern *kernel, uint32_t block, uint64_t pages);
/* Somebody's offline of an online block, which does not come to its end before it is given up. */
void fakekern_going_offline(struct fakekern *kernel, uint32_t block, bool going);
/*
 * Somebody's offline of a block, which does not come to its end, holds up what drivers would add or take away: who
 * binds a device waits, its driver is there and its memory is not; who unbinds one waits, its driver is gone and its
 * memory is not. When that is over, it comes or goes.
 */
void fakekern_hold_up(struct fakekern *kernel, uint32_t block, bool held);
/* A block that nobody linked to its node yet, as for a moment after it was added. */
void fakekern_unlink_block(struct fakekern *kernel, uint32_t block);
void fakekern_link_block(struct fakekern *kernel, uint32_t block);
/* The module does not exist; with RC 0 it does again. */
void fakekern_fail_module(struct fakekern *kernel, const char *module, int rc);
/* All processes that are opened from now on lack privilege. */
void fakekern_unprivileged(struct fakekern *kernel);

/* Files beyond what the kernel makes: TEXT NULL removes. Directories are made as needed. */
void fakekern_file(struct fakekern *kernel, const char *path, const char *text);
/* PATH fails with these; 0 does not. */
void fakekern_break(struct fakekern *kernel, const char *path, int read_rc, int write_rc);

/* Another agent (root, a driver, udev) does something: not counted, not logged. */
int fakekern_write(struct fakekern *kernel, const char *path, const char *word);
int fakekern_load(struct fakekern *kernel, const char *module);
/* Agents and devices that act when the clock has moved on by DELAY. */
typedef void (*fakekern_fn)(struct fakekern *kernel, void *data);
void fakekern_after(struct fakekern *kernel, uint64_t delay, fakekern_fn fn, void *data);
void fakekern_advance(struct fakekern *kernel, uint64_t nanoseconds);
uint64_t fakekern_time(const struct fakekern *kernel);

/* How many events the kernel keeps for who listens; what comes then is lost. 0: as many as there are. */
void fakekern_event_room(struct fakekern *kernel, size_t count);

/* "absent", "offline", "going-offline", "online Movable", "online none". */
const char *fakekern_block(struct fakekern *kernel, uint32_t block);
/* The text of a file without its last newline, "" if it cannot be read; until the next call. */
const char *fakekern_text(struct fakekern *kernel, const char *path);
/* The driver's name or "". */
const char *fakekern_driver(struct fakekern *kernel, const char *device);
/*
 * All of the machine that a run may change, as lines of text, for comparing: blocks by runs, drivers,
 * ids, the auto-online word, parameters of devices, iomem. The caller frees it.
 */
char *fakekern_picture(struct fakekern *kernel);
/* What nobody may do to a real kernel and was done to this one. */
size_t fakekern_violations(const struct fakekern *kernel);
const char *fakekern_violation(const struct fakekern *kernel, size_t index);

/* One process. io_free() ends it. */
struct io *fakekern_open(struct fakekern *kernel);

enum fakekern_kind {
	FAKEKERN_READ,
	FAKEKERN_LIST,
	FAKEKERN_READLINK,
	FAKEKERN_WRITE,
	FAKEKERN_LOAD,
	FAKEKERN_SAVE,
	FAKEKERN_LOCK,
	FAKEKERN_SLEEP,
	FAKEKERN_KINDS,
};
struct fakekern_operation {
	enum fakekern_kind kind;
	char path[192];
	char word[64];		/* that was written, or the first line that was read */
	int rc;
	uint64_t time;		/* when it began */
};
/* Operations are numbered from 0 in the order in which this process does them. */
size_t fakekern_operations(struct io *io);
const struct fakekern_operation *fakekern_operation(struct io *io, size_t index);
/* How many operations of one kind there were, whatever came of them. */
size_t fakekern_count(struct io *io, enum fakekern_kind kind);
/* The same of the process that has ended last. */
size_t fakekern_logged(const struct fakekern *kernel);
const struct fakekern_operation *fakekern_log(const struct fakekern *kernel, size_t index);
/* FN acts before operation N of this process. */
void fakekern_before(struct io *io, size_t n, fakekern_fn fn, void *data);
/*
 * The process is killed at operation N, which still has its effect or not: nothing that it asks for
 * afterwards happens, and its lock is free.
 */
void fakekern_kill(struct io *io, size_t n, bool takes_effect);
bool fakekern_killed(struct io *io);
/* The user asks this process to stop. */
void fakekern_cancel(struct io *io);

#endif
