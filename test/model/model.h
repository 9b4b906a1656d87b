/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second opinion on plans: what a request does to a machine, what memory there is before, on the way
 * and after, and what the rules say of it. Written from what kernels do and from what the manual promises,
 * with data of its own; it must not call the library, and knows nothing of how plans are made there.
 */
#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODES 4
#define BLOCKS 288
#define DEVICES 6
#define STEPS 2048
#define NOWHERE (-1)
#define ENDLESS SIZE_MAX

enum zone {
	DMA,
	DMA32,
	NORMAL,
	MOVABLE,
	ZONES,
};
#define BIT(zone) (1U << (zone))
#define KERNEL_ZONES (BIT(DMA) | BIT(DMA32) | BIT(NORMAL))
#define ANY_ZONE (KERNEL_ZONES | BIT(MOVABLE))
#define SEVERAL_ZONES (1U << 7) /* the block spans them */

enum state {
	ABSENT,
	OFFLINE,
	ONLINE,
	GOING_OFFLINE,
	STATE_UNKNOWN,
};

enum origin {
	FROM_BOOT,
	FROM_KMEM,
	FROM_ACPI,
	FROM_VIRTIO,
	FROM_UNKNOWN,
};

enum answer {
	UNKNOWN,
	NO,
	YES,
};

enum word {
	WORD_NONE, /* not known */
	OFFLINE_WORD,
	ONLINE_WORD,
	KERNEL_WORD,
	MOVABLE_WORD,
};

enum parameter {
	PARAMETER_UNKNOWN,
	PARAMETER_OFF,
	PARAMETER_ON,
	PARAMETER_FORCE,
};

struct zone_counts {
	uint64_t start, spanned;
	uint64_t present, managed, free, at_hand, high, cma, file;
	uint64_t programs; /* as the machine was scanned */
};

struct node {
	bool exists;
	bool has_cpu;
	bool has_distances; /* one that came with added memory has none that are known */
	int distances[NODES];
	int gigantic; /* -1: none are known */
	int poisoned;
	struct zone_counts zones[ZONES];
};

struct block {
	enum state state;
	enum origin origin;
	int node, other_node;
	unsigned int zones;
	int device;
	enum answer on_itself; /* what was seen of where its struct pages lie */
	bool holes, pmem;
	unsigned int offered; /* 0: both kinds of zones, when offline */
};

enum kind {
	DAX,
	DIMM,
	VIRTIO,
};

enum driver {
	NO_DRIVER,
	DEVICE_DAX,
	KMEM,
	OTHER_DRIVER,
};

struct range {
	uint64_t start, end; /* inclusive */
};

struct device {
	char name[16];
	enum kind kind;
	enum driver driver;
	const char *provider;
	int target, near;
	enum answer attribute; /* memmap_on_memory; UNKNOWN: this kernel has none */
	uint64_t align;
	struct range ranges[2];
	size_t range_count;
	bool leaked;
	bool ejectable;
	bool hidden; /* its mappings cannot be read */
};

enum way {
	ALL_PAGES,
	KEPT_PAGES,
	WAYS,
};

struct world {
	uint64_t block_size, page_size, struct_page;
	enum parameter parameter;
	enum word auto_online;
	bool auto_movable;
	int ratio;
	enum answer numa_aware, movable_node, movable_gigantic, crash_loaded, crash_hotplug;
	bool has_kmem, has_device_dax;
	bool zones_known;
	/* nr_memmap_pages, by kernels that count all of device_dax's, and by those that count what is kept;
	 * -1: not counted, or not by such a kernel */
	int64_t memmap_count[WAYS];
	enum way way; /* this kernel's; WAYS: what it counts has nothing to do with what there is */
	struct node nodes[NODES];
	struct block blocks[BLOCKS];
	struct device devices[DEVICES];
	size_t device_count;
};

enum zone_choice {
	ZONE_UNSET,
	ZONE_MOVABLE_,
	ZONE_KERNEL_,
	ZONE_AUTO_,
	ZONE_BALANCED_,
};

enum memmap_choice {
	MEMMAP_UNSET,
	MEMMAP_AUTO_,
	MEMMAP_ON_,
	MEMMAP_OFF_,
};

enum rule {
	ZONE_ALLOWED,
	MOVABLE_RATIO,
	KERNEL_HEADROOM,
	BOOT_MEMORY,
	BLOCK_INTEGRITY,
	OWNER,
	GRANULARITY,
	MEMMAP_HOST,
	CAPACITY,
	MEMMAP_PLACEMENT,
	PERMANENT,
	GIGANTIC_PAGES,
	AUTO_ONLINE,
	HWPOISON,
	KDUMP,
	KEEP_OFFLINE,
	RULES,
};
extern const char *const rule_names[RULES];

enum severity {
	OFF,
	INFO,
	WARN,
	DENY,
	AS_USUAL,
};

/* [device X]: at most one, by the name of a device or by a run of blocks. */
struct section {
	bool exists;
	int device; /* NOWHERE: by blocks */
	int first, last;
	enum zone_choice zone;
	enum memmap_choice memmap;
	bool keep_offline;
	bool online;
};

struct policy {
	enum zone_choice zone;
	bool move;
	enum memmap_choice memmap;
	uint64_t warn, deny; /* hundredths of a percent */
	bool reserve_is_size;
	uint64_t reserve;
	enum severity severities[RULES];
	struct section section;
};

enum operation {
	ADD,
	ONLINE_,
	OFFLINE_,
	REMOVE,
};

struct target {
	char kind;  /* 'd' device, 'b' blocks, 'n' node, 'a' all */
	int first;  /* device, node or block */
	int last;
};

struct request {
	enum operation operation;
	enum zone_choice zone;
	enum memmap_choice memmap;
	bool move, boot_memory, unbound, from_policy;
	uint64_t size; /* 0: all */
	bool force[RULES];
	struct target targets[3];
	size_t target_count;
};

/* ---- what comes of it ---- */

struct budget {
	int64_t kernel, kernel_free, kernel_available, movable, ratio; /* -1: not known */
	int64_t memmap, on_memory, offline;
	uint64_t offline_blocks, kernel_blocks, movable_blocks, none_blocks, unknown_blocks;
};

struct finding {
	enum rule rule;
	enum severity severity;
	bool forced;
	bool left_out;
	char subject[32];
	uint64_t measured, limit;
};
#define FINDINGS 256

enum failure {
	FINE,
	FAILS_USAGE,
	FAILS_UNSUPPORTED,
	FAILS_PRIVILEGE,
	FAILS_TARGET,
};

enum step_kind {
	STEP_OFFLINE_,
	STEP_ONLINE_,
	STEP_BIND_,
	STEP_UNBIND_,
};
struct step {
	enum step_kind kind;
	int block, device;
	enum driver driver;
	unsigned int zones; /* where an onlined block may be */
};

struct need {
	int device;
	uint64_t bytes, room;
};

struct displacement {
	int node;
	bool movable;
	int first, last;
	uint64_t bytes, room;
};

#define MOMENTS 512
struct outcome {
	enum failure failure;
	struct world before, after;
	struct budget budget_before, budget_after;
	struct budget leanest[MOMENTS]; /* the moments that are as lean as any */
	size_t leanest_count;
	struct step steps[STEPS];
	size_t step_count;
	struct need needs[64];
	size_t need_count;
	uint64_t unweighed; /* bytes that are needed where nothing is known of zones */
	struct displacement displacements[2 * NODES];
	size_t displacement_count;
	bool named[BLOCKS]; /* by the request, or their device is */
	/* by block: what is refused, and which part of a device cannot be removed */
	enum severity refused[BLOCKS];
	bool part[BLOCKS];
	struct {
		size_t count;
		int first, last;
	} left_out[RULES];
	/* what the rules say: by block, and of anything else */
	enum severity marks[RULES][BLOCKS];
	bool marks_forced[RULES][BLOCKS];
	struct finding findings[FINDINGS];
	size_t finding_count;
	enum severity verdict;
};

/* model-memmap.c, model-zone.c, model-kernel.c: what the kernel does; model-budget.c: what there is */
uint64_t block_pages(const struct world *world);
uint64_t memmap_pages(const struct world *world);
bool device_blocks(const struct world *world, const struct device *device, size_t range, int *first,
		   int *last);
enum answer on_itself(const struct world *world, int number);
bool fits_on_itself(const struct world *world);
/* UNKNOWN: the parameter is not known */
enum answer would_describe_itself(const struct world *world, const struct device *device, bool asked);
bool needs_id(const struct device *device, enum driver driver);
unsigned int zones_for(const struct world *world, int number, enum word word);
void put_online(struct world *world, int number, unsigned int zones);
void take_offline(struct world *world, int number);
uint64_t displaced(const struct world *world, int number);
uint64_t room_elsewhere(const struct world *world, int node, bool movable);
uint64_t usable_pages(const struct world *world, int number);
void take_kernel_pages(struct world *world, int node, int near, uint64_t pages);
void give_kernel_pages(struct world *world, int node, int near, uint64_t pages);
size_t fallback_order(const struct world *world, int node, int near, int *nodes);
bool in_kernel_zone(const struct world *world, int number, int node);
/* the node whose blocks describe a device, where only earlier devices can; or NOWHERE */
int host_node(const struct world *world, int device);
uint64_t pages_of_add(const struct world *world, const struct device *device, uint64_t *counted);
uint64_t pages_of_driver(const struct world *world, const struct device *device, enum driver driver,
			 uint64_t *counted);
uint64_t pages_of_blocks(const struct world *world, int device, uint64_t *counted);
void bind_driver(struct world *world, int device, enum driver driver);
void unbind_driver(struct world *world, int device);
void eject(struct world *world, int device);
struct budget budget_of(const struct world *world);
int64_t available(const struct world *world);

/* model-policy.c: what is asked of a block or device */
enum zone_choice zone_asked(const struct policy *policy, const struct request *request, int number,
			    int device);
enum memmap_choice memmap_asked(const struct policy *policy, const struct request *request,
				const struct world *world, int device);
bool keeps_offline(const struct policy *policy, int number, int device);
bool wants_block(const struct policy *policy, const struct request *request, int number, int device);
bool wants_device(const struct policy *policy, const struct request *request, const struct world *world,
		  int device);
uint64_t reserve_of(const struct policy *policy, uint64_t managed, uint64_t page_size);

/* model-plan.c: KERNEL_CHOICE: for balanced, the blocks that are to be in kernel zones */
void model_plan(const struct world *world, const struct policy *policy, const struct request *request,
	  const bool *kernel_choice, struct outcome *outcome);

/* model-rules.c: fills marks, findings and verdict */
void model_judge(const struct policy *policy, const struct request *request, struct outcome *outcome);

/* model-random.c, model-text.c */
struct random {
	uint64_t state;
};
unsigned int pick(struct random *random, unsigned int count);
void random_world(struct random *random, struct world *world);
void random_policy(struct random *random, const struct world *world, struct policy *policy);
void random_request(struct random *random, const struct world *world, struct request *request);
void write_case(const struct world *world, const struct policy *policy, char *text, size_t size);
void write_request(const struct request *request, const struct world *world, char *text, size_t size);

#endif
