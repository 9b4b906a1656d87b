/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the fake kernel share: the machine's layout and the calls between its parts.
 * Tests never include it.
 */
#ifndef TEST_FAKEKERN_PRIVATE_H
#define TEST_FAKEKERN_PRIVATE_H

#include "fakekern.h"

#define NODES 16
#define EXTENTS 4
#define PAGEBLOCK_BYTES (2 * MIB)
#define PMD_BYTES (2 * MIB)

/* --- fakekern-tree.c: memory that alloc-fault leaves alone, growing text, and the tree of files --- */

void *kernel_alloc(size_t size);		/* zeroed; ends the test when there is none */
void *kernel_grow(void *array, size_t count, size_t *capacity, size_t item_size);
char *kernel_copy(const char *text);

struct output {
	char *data;
	size_t length;
	size_t capacity;
};
void output_add(struct output *output, const char *format, ...) PRINTF(2, 3);
void output_clear(struct output *output);

struct entry;
typedef int (*show_fn)(struct fakekern *kernel, const struct entry *entry, struct output *output);
typedef int (*store_fn)(struct fakekern *kernel, const struct entry *entry, const char *word);

enum entry_type {
	ENTRY_DIRECTORY,
	ENTRY_FILE,
	ENTRY_LINK,
};

struct entry {
	struct entry *parent;
	struct entry **children;	/* by name */
	size_t child_count;
	size_t child_capacity;
	enum entry_type type;
	show_fn show;
	store_fn store;
	void *object;
	size_t index;
	char *text;			/* of a file that never changes; a link's target */
	int read_rc;			/* what a test wants it to fail with */
	int write_rc;
	bool secret;			/* unreadable without privilege */
	char name[];
};

struct attribute {
	const char *name;
	show_fn show;
	store_fn store;
	bool secret;
};
#define READS(name, show) { name, show, NULL, false }
#define SECRET(name, show) { name, show, NULL, true }
#define WRITES(name, show, store) { name, show, store, false }

struct entry *tree_directory(struct fakekern *kernel, const char *path);
struct entry *tree_add(struct entry *directory, const char *name, enum entry_type type);
struct entry *tree_child(const struct entry *directory, const char *name);
void tree_attributes(struct entry *directory, const struct attribute *rows, size_t count, void *object);
void tree_link(struct entry *directory, const char *name, const char *target);
void tree_text(struct fakekern *kernel, const char *path, const char *text);
void tree_remove(struct entry *entry);
/* -ENOENT, -ENOTDIR, -ELOOP */
int tree_find(struct fakekern *kernel, const char *path, bool follow, struct entry **ret_entry);
bool word_is(const char *word, const char *expected);	/* but for one last newline */

/* --- fakekern-zone.c --- */

enum zone {
	DMA,
	DMA32,
	NORMAL,
	MOVABLE,
	DEVICE,
	ZONES,
	ZONE_NONE = -1,
};
extern const char *const zone_names[ZONES];

enum online_type {
	ONLINE_OFFLINE,
	ONLINE_AUTO,
	ONLINE_KERNEL,
	ONLINE_MOVABLE,
	ONLINE_TYPES,
};
extern const char *const online_words[ONLINE_TYPES];

/* A part of an online block that is one node's and one zone's. In pages. */
struct extent {
	int node;
	enum zone zone;
	uint64_t start;
	uint64_t pages;
	uint64_t present;
	uint64_t reserved;		/* never given to the page allocator */
	uint64_t taken;			/* by the kernel, unmovable */
	uint64_t used;			/* movable */
};

/* Memory that is used together: the zone that the kernel chooses depends on all of it. */
struct group {
	uint64_t max_pages;
	uint64_t unit_pages;		/* of a dynamic group, else 0 */
};

struct trouble {
	enum fakekern_trouble kind;
	int rc;
	unsigned int times;		/* 0: always */
	bool over;
};

struct addition;
struct block {
	uint32_t number;
	bool online;
	bool going_offline;
	bool early;			/* there at boot */
	bool busy;			/* holds what the kernel booted with */
	bool holes;
	bool self_hosted;		/* its memmap lies on itself */
	bool linked;
	int nodes[2];
	size_t node_count;
	struct extent extents[EXTENTS];	/* none while offline */
	size_t extent_count;
	struct addition *addition;	/* NULL: boot */
	struct group *group;
	struct trouble troubles[4];
	size_t trouble_count;
	struct entry *directory;
};

struct zone_counts {
	uint64_t start;
	uint64_t end;			/* first page after the span; 0: empty */
	uint64_t present;
	uint64_t managed;
	uint64_t free;
	uint64_t used;
	uint64_t early;			/* present, of memory that was there at boot */
};

struct node {
	int id;
	bool exists;
	const char *cpus;
	uint64_t cma;			/* pages, of its highest kernel zone with boot memory */
	uint64_t file;
	struct zone_counts zones[ZONES];
	uint64_t device_start;		/* ZONE_DEVICE's span never shrinks */
	uint64_t device_end;
	struct entry *directory;
};

/* Pages that the kernel took for itself, and where. */
struct piece {
	struct block *block;
	size_t extent;
	uint64_t pages;
};
struct allocation {
	struct piece *pieces;
	size_t count;
	size_t capacity;
};

void zones_refresh(struct fakekern *kernel);
struct zone_counts *zone_get(struct fakekern *kernel, int node, enum zone zone);
uint64_t zone_watermark(const struct zone_counts *zone);	/* the lowest of the three */
enum zone zone_choose(struct fakekern *kernel, const struct block *block, enum online_type type);
/* -ENOMEM takes nothing. */
int pages_take(struct fakekern *kernel, int node, uint64_t pages, struct allocation *allocation);
void pages_give(struct fakekern *kernel, struct allocation *allocation);

/* --- fakekern-block.c --- */

struct block *block_find(struct fakekern *kernel, uint32_t number);
struct block *block_add(struct fakekern *kernel, uint32_t number, int node);
void block_link(struct fakekern *kernel, struct block *block);
void block_unlink(struct fakekern *kernel, struct block *block);
void block_remove(struct fakekern *kernel, struct block *block);
int block_online(struct fakekern *kernel, struct block *block, enum online_type type);
int block_offline(struct fakekern *kernel, struct block *block);
bool block_one_zone(const struct block *block);
uint64_t block_pages(const struct fakekern *kernel);
uint64_t memmap_pages(const struct fakekern *kernel);
void blocks_files(struct fakekern *kernel);

/* --- fakekern-memory.c: add and remove ranges --- */

/* One call of add_memory(). */
struct addition {
	uint64_t start;
	uint64_t size;
	int node;
	const char *resource;		/* "System RAM (kmem)" */
	struct group *group;
	bool self_hosted;
	bool firmware;			/* appended to the firmware's map */
	struct allocation memmap;
};
int memory_add(struct fakekern *kernel, struct addition *addition);
int memory_remove(struct fakekern *kernel, struct addition *addition);
bool memmap_on_memory_works(const struct fakekern *kernel);

/* --- fakekern-iomem.c --- */

struct resource {
	uint64_t start;
	uint64_t end;			/* inclusive */
	bool busy;
	char name[48];
};
/* -EBUSY: overlaps a busy one that is not PARENT. */
int resource_request(struct fakekern *kernel, uint64_t start, uint64_t size, bool busy, const char *name,
		     const char *parent);
void resource_release(struct fakekern *kernel, uint64_t start, uint64_t size, const char *name);
/* Takes away the resource NAME that overlaps the range, if there is one. */
void resource_cut(struct fakekern *kernel, uint64_t start, uint64_t size, const char *name);
void firmware_add(struct fakekern *kernel, uint64_t start, uint64_t size, const char *type);
void firmware_remove(struct fakekern *kernel, uint64_t start, uint64_t size);
int iomem_show(struct fakekern *kernel, const struct entry *entry, struct output *output);

/* --- fakekern-node.c --- */

struct node *node_get(struct fakekern *kernel, int id);
void node_appear(struct fakekern *kernel, struct node *node);
void node_vanish_if_empty(struct fakekern *kernel, struct node *node);
void nodes_files(struct fakekern *kernel);

/* --- fakekern-proc.c --- */

void proc_files(struct fakekern *kernel);

/* --- fakekern-dax.c, fakekern-driver.c --- */

struct driver;
struct dax {
	char name[16];
	int region;
	int id;
	enum fakekern_provider provider;
	struct fakekern_range mappings[FAKEKERN_RANGES];
	size_t mapping_count;
	struct fakekern_range ranges[FAKEKERN_RANGES];	/* of its region, where it is its first device */
	size_t range_count;
	int target_node;
	int numa_node;
	uint64_t align;
	bool dynamic;
	bool memmap_on_memory;
	struct driver *driver;
	struct driver *leaving;		/* has been unbound, and is at it yet: the device is locked */
	bool arriving;			/* its driver has been bound, likewise */
	struct group *group;
	struct addition *additions[FAKEKERN_RANGES];
	struct allocation pagemap;	/* device_dax's own struct pages */
	uint64_t pagemap_pages;
	struct entry *directory;
	char path[256];			/* of that directory */
};
struct driver {
	const char *name;
	bool loaded;
	char ids[16][16];
	size_t id_count;
	int (*probe)(struct fakekern *kernel, struct dax *dax);
	void (*remove)(struct fakekern *kernel, struct dax *dax);
};
/* fakekern-region.c: files of dynamic regions, and of devices in them. */
void region_attributes(struct entry *region, struct dax *first);
void geometry_attributes(struct entry *directory, struct dax *dax);
void dax_mappings(struct fakekern *kernel, struct dax *dax);	/* its directories, anew */
void dax_add_empty(struct fakekern *kernel, const struct dax *sibling, const char *name);
void dax_delete(struct fakekern *kernel, struct dax *dax);
struct dax *dax_find(struct fakekern *kernel, const char *name);
uint64_t dax_size(const struct dax *dax);
void dax_link(struct dax *dax, const char *name, const char *target);
struct driver *driver_find(struct fakekern *kernel, const char *name);
/* What binding comes to is nobody's; but who does it may be out of the kernel before its end. */
int driver_attach(struct fakekern *kernel, struct driver *driver);
void driver_offer(struct fakekern *kernel, struct dax *dax);	/* a new device to all drivers */
void driver_detach(struct fakekern *kernel, struct dax *dax);
int driver_load(struct fakekern *kernel, struct driver *driver);
int module_load(struct fakekern *kernel, const char *name);
void dax_files(struct fakekern *kernel);

/* --- fakekern-acpi.c, fakekern-virtio.c --- */

struct dimm {
	char name[24];
	int node;
	uint64_t eject_time;
	bool boot;
	struct addition addition;	/* size 0: an empty slot */
	char path[128];
};
struct virtio_mem {
	char name[24];
	int node;
	struct fakekern_range range;
	size_t plugged;			/* blocks, from the start of the range */
	struct group group;
	struct addition *additions;	/* one a block */
};

/* --- fakekern-look.c, fakekern-pages.c --- */

int file_show(struct fakekern *kernel, const struct entry *entry);	/* into kernel->scratch */
/* What a file says that cannot be read before something else has come to its end. */
#define SHOW_WAITS (-EINPROGRESS)
int page_flags(struct fakekern *kernel, uint64_t offset, void *buffer, size_t size, size_t *ret_len);

/* --- fakekern-time.c --- */

struct event {
	uint64_t time;
	fakekern_fn fn;
	void *data;
};
/* Moves the clock to TIME, or to when STOP(kernel) holds; events happen on the way. */
void clock_move(struct fakekern *kernel, uint64_t time, bool (*stop)(struct fakekern *kernel));

/* --- fakekern.c: the machine --- */

struct process;
struct fakekern {
	struct fakekern_config config;
	struct entry *root;
	struct output scratch;
	uint64_t time;
	struct event *events;
	size_t event_count, event_capacity;
	struct node nodes[NODES];
	int distances[NODES][NODES];
	bool zones_stale;
	struct block **blocks;		/* by number */
	size_t block_count, block_capacity;
	struct resource *resources;	/* as iomem lists them */
	size_t resource_count, resource_capacity;
	struct fakekern_range *firmware;	/* appended, by number of the entry */
	size_t firmware_count, firmware_capacity;
	struct dax **daxes;
	size_t dax_count, dax_capacity;
	struct driver drivers[3];
	size_t driver_count;
	struct dimm **dimms;
	size_t dimm_count, dimm_capacity;
	struct virtio_mem **virtios;
	size_t virtio_count, virtio_capacity;
	struct fakekern_range *add_failures;	/* size: the errno */
	size_t add_failure_count, add_failure_capacity;
	char failing_module[32];
	int failing_module_rc;
	enum online_type auto_online;
	char online_policy[16];
	unsigned int auto_movable_ratio;
	bool numa_aware;
	int64_t memmap_count;		/* pages of memmap that were hot-added */
	int64_t memmap_boot_count;
	bool unprivileged;
	bool held_up;			/* what drivers would add or take away */
	/* who asks at the moment */
	struct process *writer;
	uint64_t deadline;
	struct process *lock_holder;
	int next_pid;
	size_t open_count;
	void **memory;			/* groups and additions: freed with the machine */
	size_t memory_count, memory_capacity;
	struct fakekern_operation *log;	/* of the process that ended last */
	size_t log_count;
	char **violations;
	size_t violation_count, violation_capacity;
	uint64_t told;			/* events that it has sent */
	size_t room;			/* how many of them wait for a listener; the others are lost */
};
/* fakekern-event.c: one event goes to all that listen. */
void kernel_tells(struct fakekern *kernel);
void event_files(struct fakekern *kernel);
void violation_add(struct fakekern *kernel, const char *format, ...) PRINTF(2, 3);
/* Memory that lives as long as the machine. */
void *kernel_keep(struct fakekern *kernel, size_t size);
bool writer_cancelled(struct fakekern *kernel);

#endif
