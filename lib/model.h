/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine as data: a snapshot and what is in it. Filled by scan, copied and changed only by
 * simulate, read by everyone. Nothing here knows where it came from.
 */
#ifndef MEMHP_MODEL_H
#define MEMHP_MODEL_H

#include <memhp/libmemhp.h>
#include "error.h"
#include "model-setup.h"
#include "util.h"

/*
 * A zone is a set of bits: one as observed, several where the kernel will choose, all kernel names
 * if unknown, none if offline. ZONE_SPANS: the block lies in several zones ("none" in valid_zones).
 */
enum zone_index {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_HIGHMEM,
	ZONE_MOVABLE,
	ZONE_DEVICE,
	ZONE_COUNT,
	ZONE_INDEX_NONE = 255,
};
typedef uint8_t zone_set;
#define ZONE_BIT(index) ((zone_set)(1U << (index)))
#define ZONES_NONE ((zone_set)0)
#define ZONES_KERNEL ((zone_set)(ZONE_BIT(ZONE_DMA) | ZONE_BIT(ZONE_DMA32) | ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_HIGHMEM)))
#define ZONES_UNKNOWN ((zone_set)(ZONES_KERNEL | ZONE_BIT(ZONE_MOVABLE)))
#define ZONE_SPANS ((zone_set)(1U << 7))

/* Words that the kernel's state and auto_online_blocks files take. */
enum online_word {
	WORD_UNKNOWN,		/* absent, or not one of these */
	WORD_OFFLINE,
	WORD_ONLINE,
	WORD_ONLINE_KERNEL,
	WORD_ONLINE_MOVABLE,
};

enum driver {
	DRIVER_NONE,
	DRIVER_DEVICE_DAX,
	DRIVER_KMEM,
	DRIVER_FSDEV_DAX,
	DRIVER_OTHER,
	DRIVER_UNKNOWN,
};

/* memory_hotplug.memmap_on_memory */
enum memmap_mode {
	MEMMAP_MODE_UNKNOWN,
	MEMMAP_MODE_OFF,
	MEMMAP_MODE_ON,
	MEMMAP_MODE_FORCE,
};

#define NODE_NONE (-1)
#define NO_DEVICE UINT16_MAX
#define SIZE_UNKNOWN UINT64_MAX

enum block_flags {
	BLOCK_MEMMAP_ON_MEMORY = 1 << 0,	/* its memmap lies on itself (known) */
	BLOCK_MEMMAP_ELSEWHERE = 1 << 1,	/* ... does not (known). Neither: unknown */
	BLOCK_NO_NODE_LINK = 1 << 2,		/* no node claims it while others are claimed */
	BLOCK_HOLES = 1 << 3,			/* not wholly covered by System RAM (iomem known) */
	BLOCK_SHARES_PMEM = 1 << 4,		/* one of its sections holds persistent memory too */
};

/* At most 24 bytes: a machine can have 131072 of them. */
struct memhp_block {
	uint32_t number;	/* physical address / block size */
	uint16_t device;	/* index of its owner in snapshot->devices, or NO_DEVICE */
	int16_t node;		/* the lowest of its nodes; NODE_NONE: unknown */
	uint16_t nodes;		/* index in snapshot->node_sets when it has several, else 0 */
	uint8_t state;		/* enum memhp_state */
	zone_set zones;		/* online: where it is; else ZONES_NONE */
	zone_set candidates;	/* offline: where it can go */
	uint8_t default_zone;	/* offline: enum zone_index of the first candidate */
	uint8_t origin;		/* enum memhp_origin */
	uint8_t flags;		/* enum block_flags */
	uint8_t state_errno;	/* why state could not be read, or 0 */
	uint8_t zones_errno;	/* why valid_zones could not be read, or 0 */
};
_Static_assert(sizeof(struct memhp_block) <= 24, "a block is at most 24 bytes");

/* What a page is, as far as it bears on whether it can be moved. */
enum page_word {
	PAGE_FREE,
	PAGE_ANONYMOUS,		/* programs' memory */
	PAGE_FILE,		/* cached files, shared memory */
	PAGE_HUGE,		/* hugetlb, of the usual size */
	PAGE_GIGANTIC,		/* hugetlb, of a larger one */
	PAGE_SLAB,		/* small objects of the kernel's */
	PAGE_TABLE,		/* page tables */
	PAGE_RESERVED,		/* never given to the page allocator */
	PAGE_MEMMAP,		/* struct pages of the block itself */
	PAGE_OFFLINE,		/* given back to the hypervisor */
	PAGE_POISONED,
	PAGE_ABSENT,		/* no page at all */
	PAGE_OTHER,		/* the kernel's, or free and at hand of a processor */
	PAGE_WORDS,
};

/* What was read of the pages of one block. */
struct block_pages {
	uint32_t number;	/* of the block */
	uint32_t error;		/* a positive errno: why they are not known; then no count is */
	uint32_t counts[PAGE_WORDS];
};

struct mapping {
	uint64_t start;
	uint64_t end;		/* inclusive */
};

/* A memory device behind a CXL region. */
struct memdev {
	const char *name;
	const char *serial;
	const char *pci_address;
};

/* What the kernel takes for one group: pages online, undecided ones in Movable or not, and all of them. */
struct group_pages {
	uint64_t movable;
	uint64_t kernel;
	uint64_t undecided;
	uint64_t all;
	int16_t node;
};

/* Parts of what a device is, by which a policy's sections may know it. */
enum device_unread {
	DEVICE_UNREAD_PLACE = 1 << 0,	/* provider, path, region, uuid, memdevs */
	DEVICE_UNREAD_NODE = 1 << 1,
	DEVICE_UNREAD_SIZE = 1 << 2,
	DEVICE_UNREAD_NAME = 1 << 3,	/* never: by its name it was found */
	DEVICE_UNREAD_MEMDEVS = 1 << 4,	/* which they are: some are missing, or all */
};

struct memhp_device {
	const char *name;		/* "dax0.0", "PNP0C80:00" */
	enum memhp_device_kind kind;
	enum driver driver;
	const char *driver_name;	/* the kernel's word, NULL: none */
	const char *provider;		/* "cxl" "hmem" "pmem": what made it; NULL: unknown */
	const char *path;		/* below sys/devices */
	const char *region;		/* "cxl:region0", "nd:region0", "dax:region0"; NULL: none known */
	const char *uuid;		/* or NULL */
	uint64_t size;			/* SIZE_UNKNOWN */
	uint64_t align;			/* 0: unknown */
	int target_node;		/* NODE_NONE */
	int numa_node;			/* where it hangs: of nodes with memory the nearest; NODE_NONE */
	enum tristate memmap_on_memory;	/* the attribute; UNKNOWN: the kernel has none */
	bool has_memmap_attribute;
	int mappings_errno;		/* why mappings are not known, or 0 */
	unsigned int unread;		/* a DEVICE_UNREAD for each part that is there and could not be read */
	int unread_errno;		/* of the first of them ... */
	const char *unread_path;	/* ... and its file */
	bool leaked;			/* no driver, but "System RAM (kmem)" still stands in iomem */
	bool leaving;			/* ... which may be because it waits for another block that is going offline */
	bool region_dynamic;		/* its dax region makes and destroys devices */
	uint64_t region_available;	/* ... of so many bytes yet; SIZE_UNKNOWN */
	int slot;			/* ACPI: physical slot or _UID, -1: none */
	bool ejectable;			/* ACPI: the kernel can take it out */
	struct mapping *mappings;	/* ascending */
	size_t mapping_count;
	struct memdev *memdevs;
	size_t memdev_count;
	struct group_pages group;	/* kept by simulate.c alone, on working copies */
};

struct memhp_node {
	int id;
	enum tristate has_cpu;
	const int *distances;		/* by index of node in snapshot->nodes; NULL: unknown */
	uint64_t total_bytes;		/* SIZE_UNKNOWN */
	uint64_t free_bytes;
	int tier;			/* -1: unknown */
	int64_t gigantic_pages;		/* of 1 GiB in its pool; -1: unknown, or there are none such */
	int64_t poisoned_pages;		/* memory_failure/total; -1: this kernel does not count by node */
	int64_t read_latency_ns, write_latency_ns, read_bandwidth_mbs, write_bandwidth_mbs; /* -1 */
};

/* Counts are pages. A zone that is not populated has zeroes. */
struct memhp_zone {
	int node;
	uint8_t zone;			/* enum zone_index */
	uint64_t start_pfn;
	uint64_t spanned;
	uint64_t present;
	uint64_t managed;
	uint64_t cma;
	uint64_t free;
	uint64_t high;			/* the high watermark */
	uint64_t at_hand;		/* free, on lists of processors: not counted in free */
	uint64_t file;			/* nr_zone_inactive_file + nr_zone_active_file */
	uint64_t programs;		/* what programs have besides: it can move */
	/* Kept by simulate.c alone, of what is present: added after boot, that or not known, undecided. */
	uint64_t added;
	uint64_t maybe_added;
	uint64_t undecided;
};

/* Who told of a range. */
enum region_source {
	REGION_IOMEM,
	REGION_FIRMWARE,	/* the firmware's map: iomem does not have it */
	REGION_DEVICE,		/* a dax device's mapping: iomem does not have it */
};

/* One line of the iomem tree that bears on memory; parents stand before their children. */
struct memhp_region {
	uint64_t start;
	uint64_t end;			/* inclusive */
	const char *name;
	uint16_t depth;
	uint8_t source;			/* enum region_source */
};

/* The firmware's own memory map, with what add_memory() appended to it. */
struct firmware_range {
	uint64_t start;
	uint64_t end;
	const char *type;
};

/* What could not be read, gathered by attribute and run of blocks. */
struct scan_error {
	const char *path;
	int rc;			/* a positive errno */
	const char *message;
};

struct node_set {
	const int16_t *nodes;
	size_t count;
};

/* A run of block numbers; blocks in it need not exist (yet). */
struct block_run {
	uint32_t first;
	uint32_t last;
};

/* What a run changes for its own time only, and puts back however it ends. */
enum bracket_kind {
	BRACKET_AUTO_ONLINE,		/* auto_online_blocks is parked */
	BRACKET_ID,			/* a driver was told that a device is its own */
	BRACKET_OTHERS,			/* it is back, and what came while it was parked is to be onlined */
};
struct bracket {
	uint8_t kind;			/* enum bracket_kind */
	uint8_t value;			/* AUTO_ONLINE, OTHERS: enum online_word that was there; ID: enum driver */
	char device[64];		/* ID: its name; else "" */
};
#define JOURNAL_BRACKETS_MAX 32
#define JOURNAL_RUNS_MAX 64
/* The brackets that are open, as they are saved before they are written. */
struct journal {
	char boot_id[40];		/* "": unknown */
	uint64_t pid;			/* whose run it is; 0: unknown */
	uint64_t start_time;		/* of that process, in clock ticks since boot */
	bool alive;			/* it still runs, and closes them itself (scan) */
	struct bracket brackets[JOURNAL_BRACKETS_MAX];
	size_t count;
	/* Blocks that there were when auto-online was parked, and those that dax devices may bring. */
	struct block_run runs[JOURNAL_RUNS_MAX];
	size_t run_count;		/* 0: it is not known */
};

/*
 * What is remembered from run to run until the next boot: the word that stood in auto_online_blocks
 * before the policy's, and which blocks have had their turn.
 */
struct arrivals {
	char boot_id[40];		/* "": unknown */
	uint8_t set;			/* enum online_word: the policy's; WORD_UNKNOWN: none was written */
	uint8_t replaced;		/* ... and what it took the place of */
	uint64_t time;			/* microseconds since boot, when they had it; 0: unknown */
	const struct block_run *runs;	/* ascending; in the arena of whoever read them */
	size_t run_count;
};

struct machine {
	const char *hostname;		/* each NULL: unknown */
	const char *boot_id;
	const char *kernel;
	const char *arch;
	const char *command_line;
	uint64_t page_size;		/* 0: unknown */
	uint64_t struct_page_size;
	uint64_t block_size;
	enum online_word auto_online;
	const char *online_policy;
	int64_t auto_movable_ratio;	/* -1 */
	enum tristate auto_movable_numa_aware;
	enum memmap_mode memmap_on_memory;
	enum tristate movable_node;	/* booted with movable_node */
	int64_t memmap_pages;		/* nr_memmap_pages, -1: this kernel does not count them */
	int64_t memmap_uncounted;	/* ... or it is so many fewer: kept by simulate.c alone */
	int64_t memmap_boot_pages;	/* nr_memmap_boot_pages, -1 */
	enum tristate movable_gigantic;	/* vm.movable_gigantic_pages: 1 GiB pages may lie in Movable */
	enum tristate crash_loaded;	/* a crash kernel */
	enum tristate crash_hotplug;	/* ... that the kernel tells of memory that comes and goes */
	bool iomem_known;		/* addresses in proc/iomem were not hidden from us */
	bool iomem_silent;		/* there is no such file, or nothing in it */
	int dax_errno;			/* why the dax bus could not be listed (ENOENT: it is not there), or 0 */
	bool one_node;			/* it shows no nodes, and its zones say that there is but one */
	bool has_firmware_map;		/* the kernel shows one */
	uint64_t events;		/* what the kernel had told of when the scan began; 0: unknown */
	bool has_kmem;			/* drivers present on the dax bus */
	bool has_device_dax;
};

/*
 * What a scan reads beyond blocks, zones, iomem and what the machine says of itself: enough to show
 * blocks, and to whom each belongs, at a few system calls besides those for the blocks. The rest costs
 * calls for each node and device.
 */
enum scan_parts {
	SCAN_NODES = 1 << 0,	/* what the files of a node say; else which nodes there are */
	SCAN_DEVICES = 1 << 1,	/* all of a device; else its name and driver, and which blocks it owns */
	SCAN_PLANNING = 1 << 2,	/* what plans and rules go by, and nobody is shown */
	SCAN_ALL = (1 << 3) - 1,
	SCAN_SETUP = 1 << 3,	/* build options of the kernel, udev's rules */
};

struct memhp_snapshot {
	unsigned int refcount;
	unsigned int missing;		/* enum scan_parts: what was not scanned, and is not told of */
	struct memhp_snapshot *base;	/* of a working copy: owns all strings; NULL otherwise */
	struct arena *arena;		/* strings and small arrays of this snapshot */
	struct machine machine;
	struct memhp_block *blocks;	/* ascending by number */
	size_t block_count;
	size_t block_capacity;
	struct memhp_device *devices;	/* by kind, then by name with numbers as numbers */
	size_t device_count;
	struct memhp_node *nodes;	/* ascending */
	size_t node_count;
	struct memhp_zone *zones;	/* by node, then zone */
	size_t zone_count;
	struct memhp_region *regions;	/* as the tree is walked */
	size_t region_count;
	struct firmware_range *firmware;
	size_t firmware_count;
	struct node_set *node_sets;	/* [0] is unused */
	size_t node_set_count;
	struct scan_error *errors;
	size_t error_count;
	struct bracket *brackets;
	size_t bracket_count;
	struct setup setup;
	struct journal journal;		/* of a run under way, or of one that was killed */
	struct arrivals arrivals;	/* with SCAN_PLANNING */
	struct block_pages *pages;	/* ascending; of blocks whose page flags were asked for */
	size_t pages_count;
	bool stray_group;		/* kept by simulate.c: a virtio-mem block of no known device */
};

/* snapshot.c: lifetime and look-up. */
int snapshot_new(struct memhp_snapshot **ret_snapshot);		/* empty, with an arena */
/* A copy to simulate on: arrays are its own, strings are borrowed from BASE, which it keeps. */
int snapshot_copy(struct memhp_snapshot *base, struct memhp_snapshot **ret_copy);
/* ... of which only nodes and zones are copied: to see what would be left where. */
int snapshot_copy_zones(struct memhp_snapshot *base, struct memhp_snapshot **ret_copy);
void snapshot_cleanup(struct memhp_snapshot **snapshot);	/* for _cleanup_ */
/* snapshot_want_all - -EINVAL, told as usage, of a snapshot that was scanned in part. */
int snapshot_want_all(const struct memhp_snapshot *snapshot, struct memhp_error *error);
const struct memhp_block *snapshot_block(const struct memhp_snapshot *snapshot, uint32_t number);	/* or NULL */
/* The index of the first block whose number is not below NUMBER. */
size_t snapshot_block_index(const struct memhp_snapshot *snapshot, uint32_t number);
/* What is known of its pages; NULL: nobody asked. */
const struct block_pages *snapshot_pages_of(const struct memhp_snapshot *snapshot, uint32_t number);
struct memhp_node node_unknown(int id);		/* of which nothing else is known */
const struct memhp_node *snapshot_node(const struct memhp_snapshot *snapshot, int id);
struct memhp_zone *snapshot_zone(const struct memhp_snapshot *snapshot, int node, enum zone_index zone);
/* All nodes of a block: one, several, or none known. Returns how many there are; writes at most MAX. */
size_t snapshot_block_nodes(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			    int16_t *nodes, size_t max);
const char *snapshot_device_name(const struct memhp_snapshot *snapshot, uint16_t device);	/* or NULL */
/*
 * Walks the whole blocks of each mapping of a device, as kmem takes them: start rounded up, end
 * rounded down. Mapping INDEX gives [first, last]; false if no whole block fits in it.
 */
bool snapshot_mapping_blocks(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
			     size_t index, uint32_t *ret_first, uint32_t *ret_last);
/*
 * Walks the blocks that belong to a device, in ascending order; NULL: there are no more. Only what its
 * mappings touch is looked at, so that many devices cost no more than one; where they are not known, all.
 * Starts as { .device = index }.
 */
struct device_walk {
	uint16_t device;
	size_t mapping;			/* the next to be looked into */
	size_t index, end;		/* what is left of this one, in snapshot->blocks */
};
const struct memhp_block *device_block_next(const struct memhp_snapshot *snapshot, struct device_walk *walk);
/*
 * Pages of a block, and of the struct pages that describe it; 0 if page or block size is unknown. A
 * struct page of unknown size is taken for the usual 64 bytes here, and here only.
 */
uint64_t snapshot_block_pages(const struct memhp_snapshot *snapshot);
uint64_t snapshot_memmap_pages(const struct memhp_snapshot *snapshot);
enum memhp_mode device_mode(const struct memhp_device *device);

/* parse.c: words. Each gives NULL or -EINVAL for what it does not know. */
const char *zone_name(enum zone_index zone);
enum zone_index zone_from_name(const char *name, size_t len);	/* ZONE_INDEX_NONE */
/* The names of a set, SEPARATOR between them; "none" where it spans zones, "" where it is empty. */
void zones_to_text(zone_set zones, char separator, char *text, size_t size);
const char *online_word_name(enum online_word word);
enum online_word online_word_from_name(const char *name);	/* WORD_UNKNOWN */
const char *driver_name(enum driver driver);			/* NULL for NONE, OTHER, UNKNOWN */
enum driver driver_from_name(const char *name);			/* DRIVER_OTHER */
const char *memmap_mode_name(enum memmap_mode mode);

#endif
