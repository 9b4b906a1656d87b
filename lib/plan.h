/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layout of requests, targets, plans, findings and reports: what the pure core makes, apply
 * carries out and run puts together.
 */
#ifndef MEMHP_PLAN_H
#define MEMHP_PLAN_H

#include "model.h"
#include "policy.h"
#include "step.h"

/* What one word of the command line means. */
struct target {
	const char *text;		/* as given, owned by the request */
	bool whole;			/* a set named as a whole: all, a node, a region */
	uint16_t *devices;		/* named as such, or by their region; their blocks are not in runs */
	size_t device_count;
	size_t device_capacity;
	struct block_run *runs;		/* of blocks named as such, or by their node; as given */
	size_t run_count;
	size_t run_capacity;
};
/*
 * target_resolve - TEXT on SNAPSHOT: -EINVAL (usage) for what is no target or off block limits,
 * -ENOENT (target) for what does not exist. RET_TARGET is to be cleared, also after a failure.
 */
int target_resolve(const struct memhp_snapshot *snapshot, const char *text, struct memhp_error *error,
		   struct target *ret_target);
void target_clear(struct target *target);

struct memhp_finding {
	const struct rule *rule;
	enum memhp_severity severity;
	bool forced;
	char subject[IO_NAME_MAX];
	char message[256];
	char remedy[256];
	bool has_measure;
	uint64_t measured;
	uint64_t limit;
	const char *unit;		/* "bytes" "percent" "blocks" "pages" */
};
struct findings {
	struct memhp_finding *items;
	size_t count;
	size_t capacity;
};
/* finding_add - one more, zeroed but for rule and default severity. NULL: no memory. */
struct memhp_finding *finding_add(struct findings *findings, const struct rule *rule);

/* A run of blocks that a plan changes alike, or a report found different. */
struct memhp_change {
	uint32_t first_block;
	uint32_t last_block;
	uint8_t from_state, to_state;		/* enum memhp_state; ABSENT too */
	zone_set from_zones, to_zones;
};
struct changes {
	struct memhp_change *items;
	size_t count;
	size_t capacity;
};
/* diff - what is different in AFTER, by runs of blocks. Zone sets differ only if they do not meet. */
int diff(const struct memhp_snapshot *before, const struct memhp_snapshot *after, struct changes *changes);

/*
 * The arithmetic of a machine, once: for list, plan, balanced, rules and remedies. Bytes; -1 where
 * it could not be known.
 */
struct memhp_budget {
	int64_t kernel_bytes;
	int64_t kernel_free_bytes;
	int64_t kernel_available_bytes;
	int64_t movable_bytes;
	int64_t ratio_percent;			/* -1: no kernel memory, or unknown */
	int64_t memmap_bytes;
	int64_t memmap_on_memory_bytes;
	int64_t offline_bytes;
	uint64_t offline_blocks, kernel_blocks, movable_blocks, none_blocks;
	uint64_t unknown_blocks;		/* state or zone could not be known */
};
void budget_compute(const struct memhp_snapshot *snapshot, struct memhp_budget *ret_budget);
/* The same of one node; _zones without what takes a look at every block. */
#define BUDGET_ALL_NODES (-2)
void budget_compute_zones(const struct memhp_snapshot *snapshot, int node, struct memhp_budget *ret_budget);
void budget_compute_node(const struct memhp_snapshot *snapshot, int node, struct memhp_budget *ret_budget);
/* ... and of each node of a snapshot, into as many. -ENOMEM. */
int budget_compute_nodes(const struct memhp_snapshot *snapshot, struct memhp_budget *budgets);

/* The library's own copy of a request. */
struct request {
	struct memhp_request options;		/* targets, force: point into this copy */
	char **targets;				/* NULL-terminated */
	size_t target_count;
	char *force;
	enum memhp_zone_choice zone;		/* as resolved with the policy, never UNSET */
	bool zone_asked;			/* --zone was given */
};

/* What becomes of a plan. */
enum plan_use {
	PLAN_TO_SHOW,
	PLAN_TO_RUN,				/* as it is, by who holds the lock */
	PLAN_TO_COMPARE,			/* neither: what would be different is looked at, and it is dropped */
};

/* What a plan is for, and what an earlier round of the same run has learnt. */
struct lessons {
	enum plan_use use;
	bool bind_needs_id;			/* a driver refused a device that it was expected to take */
	bool make_anew;				/* others make devices too: one without a size may be theirs */
	const struct place *trial;		/* while memory is being placed: this, and nothing else */
};

/* A device, or blocks from FIRST on, and how many of its blocks are to be online. */
struct place {
	uint16_t device;
	uint32_t first;
	size_t limit;
};

/* What a proposal does not place, or not wholly, and the rule that it would break. */
struct misfit {
	const struct rule *rule;
	uint16_t device;
	struct block_run run;			/* without a device */
	size_t blocks, placed;
	char why[256];
};

enum left_out_by {
	LEFT_OUT_OWNER,
	LEFT_OUT_BOOT_MEMORY,
	LEFT_OUT_KEEP_OFFLINE,
	LEFT_OUT_COUNT,
};
struct left_out {
	size_t block_count;
	uint32_t first;
	uint32_t last;
};

/* A run of blocks that `remove` was asked for and that has no remover of its own size. */
struct part {
	struct block_run run;
	uint16_t device;		/* of which it is a part, or NO_DEVICE: nothing removes it */
};

/* Why a dax device cannot be made or taken away as asked. */
struct geometry_obstacle {
	bool in_kmem;			/* its memory is the kernel's; else there is no room */
	uint16_t device;		/* or one of the region */
	uint64_t wanted, available;	/* bytes; without in_kmem */
	uint64_t fits;			/* the most of it that a device can have: whole alignments */
};

/* What describes a device's memory, as a driver makes it. */
struct memmap_need {
	uint16_t device;
	uint8_t driver;			/* enum driver */
	uint64_t bytes;			/* of kernel memory */
	uint64_t on_memory_bytes;	/* on the memory itself */
	uint64_t room;			/* what there is for it then, less the policy's reserve */
	size_t share_first, share_count;	/* in the plan's shares: whose memory it is */
};
struct memmap_share {
	int node;
	uint64_t bytes;
};

/* The budget of one node, from before a plan to after it; lowest: when the machine is at its leanest. */
struct node_budget {
	int node;
	struct memhp_budget before, lowest, after;
};

/* What must leave the blocks of one node that go offline, and what room there is elsewhere. */
struct displacement {
	int node;
	bool movable;			/* out of Movable; else out of kernel zones, and into them */
	uint32_t first, last;
	uint64_t bytes;
	uint64_t room;			/* when the first of it moves */
};

/* Sentences, or command lines. */
struct texts {
	char **items;
	size_t count;
	size_t capacity;
};

/* For whoever has to agree to a plan. */
struct story {
	struct texts reasons;
	double seconds;				/* about how long it will take */
	struct texts undo;			/* commands, in their order */
	bool undo_certain;			/* ... of which nothing is known to stand in the way */
};

struct memhp_plan {
	unsigned int refcount;
	struct request request;
	struct policy policy;			/* as it was when this was planned */
	struct memhp_snapshot *before;		/* counted */
	struct memhp_snapshot *predicted;
	struct target *targets;
	size_t target_count;
	struct memhp_step *steps;
	size_t step_count;
	size_t step_capacity;
	size_t block_step_count;		/* of them, STEP_BLOCK */
	struct findings findings;
	struct changes changes;
	struct memhp_budget budget_before, budget_after, budget_lowest;
	size_t lowest_step;			/* how many steps lead to the leanest moment */
	struct node_budget *node_budgets;	/* of the nodes that there are in the end */
	size_t node_budget_count;
	struct node_budget *node_lowest;	/* of those at the leanest moment; lowest alone is set */
	size_t node_lowest_count;
	enum memhp_verdict verdict;
	struct story story;
	char *fingerprint;			/* all that the plan depends on: plan-facts.h */
	char plan_id[40];
	/*
	 * For the rules: blocks that the request wants somewhere they cannot go, set aside while
	 * planning. STEP is what would have been done.
	 */
	struct memhp_step *refused;
	size_t refused_count;
	size_t refused_capacity;
	/* Blocks that a whole set left out because a rule protects them, by that rule. */
	struct left_out left_out[LEFT_OUT_COUNT];
	/* remove: parts that cannot be taken out of the kernel as asked. */
	struct part *parts;
	size_t part_count;
	size_t part_capacity;
	struct geometry_obstacle *obstacles;	/* create, destroy */
	size_t obstacle_count;
	size_t obstacle_capacity;
	struct misfit *misfits;
	size_t misfit_count;
	size_t misfit_capacity;
	/* What the steps ask of memory, in their order. */
	struct memmap_need *needs;
	size_t need_count;
	size_t need_capacity;
	struct memmap_share *shares;		/* nearest node first, of each need */
	size_t share_count;
	size_t share_capacity;
	uint64_t memmap_given;			/* bytes of kernel memory that drivers give back */
	uint64_t memmap_unweighed;		/* ... that they take, where nothing is known of zones */
	struct displacement *displacements;
	size_t displacement_count;
	size_t displacement_capacity;
};
int plan_new(struct memhp_snapshot *before, const struct policy *policy, const struct memhp_request *request,
	     const struct lessons *lessons, struct memhp_error *error, struct memhp_plan **ret_plan);

/* plan-place.c: everything that is not in use, as a target; and what is said of what was left out. */
int place_find(const struct memhp_snapshot *snapshot, struct target *target);
int place_findings(const struct memhp_plan *plan, struct findings *findings);

/* plan_new_check - a plan without steps, and what the rules say of the machine as it is. */
int plan_new_check(struct memhp_snapshot *before, const struct policy *policy, struct memhp_error *error,
		   struct memhp_plan **ret_plan);

/*
 * plan-policy.c: what was asked of one block or device: by option, else by its section of the policy, else
 * by [policy].
 */
enum memhp_zone_choice plan_zone(const struct memhp_plan *plan, const struct memhp_block *block);
enum memhp_memmap_choice plan_memmap(const struct memhp_plan *plan, const struct memhp_device *device);
/* The section that keeps BLOCK offline, or NULL. */
const struct policy_device *plan_keeper(const struct memhp_plan *plan, const struct memhp_block *block);
/* --from-policy: whether a section wants the device, or the block, online. True without that option. */
bool plan_wants_device(const struct memhp_plan *plan, const struct memhp_device *device);
bool plan_wants_block(const struct memhp_plan *plan, const struct memhp_block *block);

/*
 * plan_compare - whether PLAN is the one that had FINGERPRINT, which may be any text: -ESTALE, and ERROR
 * says what has changed.
 */
int plan_compare(const struct memhp_plan *plan, const char *fingerprint, struct memhp_error *error);

/* plan_find_difference - the first block of the plan's changes that is not in AFTER as planned. */
bool plan_find_difference(const struct memhp_plan *plan, const struct memhp_snapshot *after,
			  struct memhp_block *ret_block);

/* simulate.c: what a step does to a machine, as the kernel does it. SNAPSHOT is a working copy. */
int simulate_step(struct memhp_snapshot *snapshot, struct memhp_step *step);
/* Once before the first step: counts what is online. */
void simulate_begin(struct memhp_snapshot *snapshot);
/* Whether a driver's module takes this device as it is loaded. */
bool simulate_is_taken(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
		       enum driver driver);
/* The zones in which a plain `online` of this offline block may end. */
zone_set simulate_default_zone(const struct memhp_snapshot *snapshot, const struct memhp_block *block);
/* ... and those where WORD brings it. */
zone_set simulate_zone_for(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			   enum online_word word);
/* Once after the last step: what offline blocks can do now. */
void simulate_seal(struct memhp_snapshot *snapshot);

/* One block as it ended. */
struct memhp_result {
	uint32_t block;
	uint8_t before_state, after_state;	/* enum memhp_state */
	zone_set before_zones, after_zones;
	uint8_t by;				/* enum by */
	int rc;					/* -errno, or 0 */
	char message[256];
};

/* plan-units.c: whether PLAN was asked to have BLOCK offline, so that it stays so where it is already. */
bool plan_offlines(const struct memhp_plan *plan, const struct memhp_block *block);
/* ... and whether it is about a device as a whole, not about some blocks of it. */
bool plan_takes_device(const struct memhp_plan *plan, uint16_t device);
/* plan-geometry.c: the device that a plan makes, or takes away (of several the last); "": none. */
void plan_device(const struct memhp_plan *plan, char name[IO_NAME_MAX]);

struct memhp_report {
	unsigned int refcount;
	struct memhp_plan *plan;		/* of the first round, counted */
	struct memhp_snapshot *after;		/* the last scan */
	enum memhp_outcome outcome;
	enum memhp_stop stopped_by;
	struct memhp_error cause;		/* what stopped it; MEMHP_ERROR_NONE: nothing */
	struct memhp_result *results;		/* ascending by block */
	size_t result_count;
	struct changes differences;		/* predicted against observed */
	struct findings findings;		/* the plan's; that of the crash kernel by what has changed */
	struct bracket recovered[JOURNAL_BRACKETS_MAX];	/* what a killed run had left open */
	size_t recovered_count;
	char device[IO_NAME_MAX];		/* create, destroy: by the last plan that has one; "": none */
	double seconds;
};

#endif
