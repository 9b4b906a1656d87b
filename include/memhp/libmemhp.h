/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmemhp - see memory hotplug, decide where memory goes, and put it there.
 *
 * This is the whole public interface. It has one section per object. What holds everywhere:
 *
 *  - Sizes and addresses are bytes, ends are inclusive, page counts say "pages" in their name.
 *  - A call that can fail returns 0 or a negative errno; its results are the last parameters, named
 *    ret_*, and are untouched on failure. The sentence for the user is in memhp_ctx_get_error().
 *  - memhp_ctx, memhp_snapshot, memhp_selection, memhp_plan, memhp_policy, memhp_report and memhp_monitor are
 *    counted: _ref returns what it was given, _unref always NULL; _unref(NULL) does nothing. All else is
 *    borrowed from one of these and lives as long as it does.
 *  - A pointer that is handed in may be NULL only where that is said.
 *  - A context serves one thread at a time; memhp_ctx_cancel() alone may be called from anywhere,
 *    a signal handler included. Snapshots, plans and reports never change once made and may be
 *    shared between threads.
 *  - The library does not print, changes no signal disposition and leaves no child to be waited for.
 *
 * Every symbol carries "Since:", the release that brought it.
 */
#ifndef MEMHP_LIBMEMHP_H
#define MEMHP_LIBMEMHP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct memhp_ctx;
struct memhp_error;
struct memhp_snapshot;
struct memhp_block;
struct memhp_device;
struct memhp_node;
struct memhp_zone;
struct memhp_region;
struct memhp_plan;
struct memhp_report;
struct memhp_policy;
struct memhp_field;
struct memhp_selection;
struct memhp_monitor;
struct memhp_events;

/* ---------------------------------------------------------------------------------------------
 * Words. Each enumeration has a table of the words that the program prints and reads;
 * _to_string() gives NULL for a value outside, and for one that means none (UNSET, NONE, PLACE,
 * MEMHP_MODE_UNKNOWN); _from_string() gives -EINVAL for an unknown word.
 */

/* What a block is. UNKNOWN: the state could not be read. Since: 0.1 */
enum memhp_state {
	MEMHP_STATE_UNKNOWN,
	MEMHP_STATE_ABSENT,
	MEMHP_STATE_OFFLINE,
	MEMHP_STATE_GOING_OFFLINE,
	MEMHP_STATE_ONLINE,
};

/* Where memory came from, by the best evidence there is. Since: 0.1 */
enum memhp_origin {
	MEMHP_ORIGIN_UNKNOWN,
	MEMHP_ORIGIN_BOOT,
	MEMHP_ORIGIN_KMEM,
	MEMHP_ORIGIN_VIRTIO_MEM,
	MEMHP_ORIGIN_ACPI,
};

/* What a device's memory is at the moment. Since: 0.1 */
enum memhp_mode {
	MEMHP_MODE_UNKNOWN,
	MEMHP_MODE_DEVDAX,	/* driver device_dax: a character device */
	MEMHP_MODE_SYSTEM_RAM,	/* driver kmem: memory blocks */
	MEMHP_MODE_FSDEV,	/* driver fsdev_dax */
	MEMHP_MODE_UNBOUND,	/* no driver */
	MEMHP_MODE_LEAKED,	/* no driver, and the kernel kept its blocks */
	MEMHP_MODE_EMPTY,	/* a seed device of size 0, an empty DIMM slot */
};

/* Since: 0.1 */
enum memhp_device_kind {
	MEMHP_DEVICE_DAX,
	MEMHP_DEVICE_ACPI,
	MEMHP_DEVICE_VIRTIO_MEM,
};

/* Where a request wants blocks to go. UNSET: as the policy says. Since: 0.1 */
enum memhp_zone_choice {
	MEMHP_ZONE_UNSET,
	MEMHP_ZONE_MOVABLE,
	MEMHP_ZONE_KERNEL,
	MEMHP_ZONE_AUTO,	/* the kernel chooses */
	MEMHP_ZONE_BALANCED,	/* the fewest kernel blocks that keep the policy's ratio */
};

/* UNSET: as the policy says; AUTO leaves the device's attribute as it is. Since: 0.1 */
enum memhp_memmap_choice {
	MEMHP_MEMMAP_UNSET,
	MEMHP_MEMMAP_AUTO,
	MEMHP_MEMMAP_ON,
	MEMHP_MEMMAP_OFF,
};

/* Since: 0.1 */
enum memhp_operation {
	MEMHP_OPERATION_NONE,
	MEMHP_OPERATION_ADD,
	MEMHP_OPERATION_ONLINE,
	MEMHP_OPERATION_OFFLINE,
	MEMHP_OPERATION_REMOVE,
	MEMHP_OPERATION_RECOVER,	/* closes what a killed run left open; takes no target */
	MEMHP_OPERATION_PLACE,		/* onlines what is not in use, as the policy has it; no target, no word */
	MEMHP_OPERATION_CREATE,		/* makes a dax device in a dynamic region, the target */
	MEMHP_OPERATION_DESTROY,	/* takes dax devices of dynamic regions away */
	MEMHP_OPERATION_AUTO_ONLINE,	/* sets the kernel's auto_online_blocks as the policy says; takes no target */
};

/* Since: 0.1 */
enum memhp_on_error {
	MEMHP_ON_ERROR_UNSET,
	MEMHP_ON_ERROR_ROLLBACK,
	MEMHP_ON_ERROR_KEEP,
	MEMHP_ON_ERROR_CONTINUE,
};

/* Since: 0.1 */
enum memhp_severity {
	MEMHP_SEVERITY_OFF,
	MEMHP_SEVERITY_INFO,
	MEMHP_SEVERITY_WARN,
	MEMHP_SEVERITY_DENY,
};

/* Since: 0.1 */
enum memhp_verdict {
	MEMHP_VERDICT_ALLOW,
	MEMHP_VERDICT_WARN,
	MEMHP_VERDICT_DENY,
};

/* How a run ended. Since: 0.1 */
enum memhp_outcome {
	MEMHP_OUTCOME_DONE,
	MEMHP_OUTCOME_ALREADY,
	MEMHP_OUTCOME_REFUSED,		/* by a rule; nothing was written */
	MEMHP_OUTCOME_STALE,		/* the machine is not as planned; nothing was written */
	MEMHP_OUTCOME_FAILED,		/* nothing of it was done, or nothing could be undone */
	MEMHP_OUTCOME_ROLLED_BACK,
	MEMHP_OUTCOME_PARTIAL,
};

/* What ended a run early. Since: 0.1 */
enum memhp_stop {
	MEMHP_STOP_NONE,
	MEMHP_STOP_KERNEL,
	MEMHP_STOP_TIMEOUT,
	MEMHP_STOP_SIGNAL,
	MEMHP_STOP_OTHER,
};

/* What kind of error a sentence is about; the program's exit codes follow from it. Since: 0.1 */
enum memhp_error_kind {
	MEMHP_ERROR_NONE,
	MEMHP_ERROR_USAGE,	/* a word, size or range that makes no sense */
	MEMHP_ERROR_TARGET,	/* no such block, device, node, ... */
	MEMHP_ERROR_SYSTEM,	/* could not find out or could not act */
	MEMHP_ERROR_PRIVILEGE,	/* ... for want of privilege */
	MEMHP_ERROR_UNSUPPORTED,/* ... for want of a kernel feature or a library */
	MEMHP_ERROR_POLICY,	/* a policy file that cannot be used */
	/* only of a report */
	MEMHP_ERROR_REFUSED,	/* a rule denied it */
	MEMHP_ERROR_KERNEL,	/* the kernel refused a step */
	MEMHP_ERROR_STOPPED,	/* timed out or cancelled */
	MEMHP_ERROR_CHANGED,	/* somebody else kept changing what it was about */
};

/*
 * What has happened to a machine that is followed; in this order it is told of what was seen at once.
 * Since: 0.1
 */
enum memhp_event_kind {
	MEMHP_EVENT_OFFLINE,		/* blocks */
	MEMHP_EVENT_REMOVED,
	MEMHP_EVENT_UNBOUND,		/* a device left its driver */
	MEMHP_EVENT_DEVICE_REMOVED,
	MEMHP_EVENT_DEVICE_ADDED,
	MEMHP_EVENT_BOUND,
	MEMHP_EVENT_ADDED,		/* blocks */
	MEMHP_EVENT_ONLINE,
	MEMHP_EVENT_AUTO_ONLINE,	/* the kernel's word for memory to come */
	MEMHP_EVENT_DRIFT,		/* something is not as the policy wants it, and stays so */
	MEMHP_EVENT_COUNT,
};

const char *memhp_state_to_string(enum memhp_state state);			/* Since: 0.1 */
const char *memhp_origin_to_string(enum memhp_origin origin);			/* Since: 0.1 */
const char *memhp_mode_to_string(enum memhp_mode mode);				/* Since: 0.1 */
const char *memhp_device_kind_to_string(enum memhp_device_kind kind);		/* Since: 0.1 */
const char *memhp_zone_choice_to_string(enum memhp_zone_choice choice);		/* Since: 0.1 */
const char *memhp_memmap_choice_to_string(enum memhp_memmap_choice choice);	/* Since: 0.1 */
const char *memhp_operation_to_string(enum memhp_operation operation);		/* Since: 0.1 */
const char *memhp_on_error_to_string(enum memhp_on_error on_error);		/* Since: 0.1 */
const char *memhp_severity_to_string(enum memhp_severity severity);		/* Since: 0.1 */
const char *memhp_verdict_to_string(enum memhp_verdict verdict);		/* Since: 0.1 */
const char *memhp_outcome_to_string(enum memhp_outcome outcome);		/* Since: 0.1 */
const char *memhp_stop_to_string(enum memhp_stop stop);				/* Since: 0.1 */
const char *memhp_error_kind_to_string(enum memhp_error_kind kind);		/* Since: 0.1 */
const char *memhp_event_kind_to_string(enum memhp_event_kind kind);		/* Since: 0.1 */

int memhp_zone_choice_from_string(const char *word, enum memhp_zone_choice *ret_choice);	/* Since: 0.1 */
int memhp_memmap_choice_from_string(const char *word, enum memhp_memmap_choice *ret_choice);	/* Since: 0.1 */
int memhp_operation_from_string(const char *word, enum memhp_operation *ret_operation);	/* Since: 0.1 */
int memhp_on_error_from_string(const char *word, enum memhp_on_error *ret_on_error);		/* Since: 0.1 */

/*
 * memhp_size_from_string - a size with an optional suffix K M G T P (powers of 1024, also KiB ...).
 * Junk is -EINVAL, more than 64 bits -ERANGE. Since: 0.1
 */
int memhp_size_from_string(const char *text, uint64_t *ret_bytes);

/* ---------------------------------------------------------------------------------------------
 * Context: which machine is looked at (the live one, or a recorded one), and the last error.
 */

/* memhp_ctx_new - a context for the machine this program runs on. Since: 0.1 */
int memhp_ctx_new(struct memhp_ctx **ret_ctx);
struct memhp_ctx *memhp_ctx_ref(struct memhp_ctx *ctx);		/* Since: 0.1 */
struct memhp_ctx *memhp_ctx_unref(struct memhp_ctx *ctx);	/* always NULL. Since: 0.1 */

/*
 * memhp_ctx_set_root - look at the machine recorded in PATH: a directory that holds sys/ proc/ etc/
 * boot/, or a dump. Nothing outside it is opened, and everything that writes is refused. Since: 0.1
 */
int memhp_ctx_set_root(struct memhp_ctx *ctx, const char *path);

/*
 * memhp_ctx_set_config - a policy file of the caller's, read after /etc/memhp.conf and what is in
 * /etc/memhp.conf.d, and from the caller's working directory whatever the root is. It is read when a
 * policy is wanted, and must then exist. NULL: none. Since: 0.1
 */
int memhp_ctx_set_config(struct memhp_ctx *ctx, const char *path);

/*
 * memhp_ctx_set_log - FN gets every message worth a log, PRIORITY as in syslog(3). It must not call
 * back into the library. Since: 0.1
 */
typedef void (*memhp_log_fn)(void *data, int priority, const char *message);
void memhp_ctx_set_log(struct memhp_ctx *ctx, memhp_log_fn fn, void *data);

/*
 * memhp_ctx_set_progress - FN is told after each block that a run has dealt with, and may call
 * memhp_ctx_cancel() and nothing else. Since: 0.1
 */
struct memhp_progress {
	size_t struct_size;		/* as the library knows it */
	const char *phase;		/* "online", "offline", "rollback", ... */
	size_t done_blocks;
	size_t total_blocks;
	uint64_t done_bytes;
	uint64_t total_bytes;
	double seconds;			/* since the run began */
	uint32_t block;			/* the last one dealt with */
};
typedef void (*memhp_progress_fn)(void *data, const struct memhp_progress *progress);
void memhp_ctx_set_progress(struct memhp_ctx *ctx, memhp_progress_fn fn, void *data);

/*
 * memhp_ctx_cancel - stop the run under way: once, after the step under way; twice, at once. Safe
 * in a signal handler and from another thread. Since: 0.1
 */
void memhp_ctx_cancel(struct memhp_ctx *ctx);

/* memhp_ctx_get_error - why the last call on this context failed; borrowed, until the next call. Since: 0.1 */
const struct memhp_error *memhp_ctx_get_error(const struct memhp_ctx *ctx);
/* Of NULL: MEMHP_ERROR_NONE, and "". */
enum memhp_error_kind memhp_error_get_kind(const struct memhp_error *error);	/* Since: 0.1 */
const char *memhp_error_get_object(const struct memhp_error *error);	/* what it is about, or "". Since: 0.1 */
const char *memhp_error_get_message(const struct memhp_error *error);	/* one sentence, no full stop. Since: 0.1 */
const char *memhp_error_get_hint(const struct memhp_error *error);	/* the way out, or "". Since: 0.1 */

/* ---------------------------------------------------------------------------------------------
 * Snapshot: the machine at one moment. Blocks, devices, nodes and zones are sorted and never change.
 */

/* memhp_snapshot_new - scans the context's machine. Since: 0.1 */
int memhp_snapshot_new(struct memhp_ctx *ctx, struct memhp_snapshot **ret_snapshot);
/*
 * memhp_snapshot_new_of - the same in part, with fewer system calls: what shows objects of KINDS (bits
 * 1 << MEMHP_KIND_x) as they are. Blocks, ranges, zones, regions, machine, budget, notes and errors
 * are in every snapshot; of nodes and devices that are not asked for no objects are given. Such a
 * snapshot cannot be planned on nor select a target (-EINVAL). Since: 0.1
 */
int memhp_snapshot_new_of(struct memhp_ctx *ctx, uint32_t kinds, struct memhp_snapshot **ret_snapshot);
/*
 * memhp_blocks_fn - is given the blocks that have been read since the last call, in order, while others are
 * still being read: walk with memhp_cursor_next(), ask with memhp_field_get(). BLOCKS, and what it gives,
 * are gone when it returns; another cursor over the same snapshot would see what is only half read. ANEW:
 * BLOCKS begins with the first block of all. That is so in the first call, and in a later one when blocks
 * came or went and all are read again: then forget what was given before. Uses the context for nothing, and
 * returns soon: reading waits for it. Since: 0.1
 */
struct memhp_cursor;
typedef void (*memhp_blocks_fn)(void *data, struct memhp_cursor *blocks, bool anew);
/*
 * memhp_snapshot_new_streamed - the same as memhp_snapshot_new_of(), and FN (NULL: nobody) is called in the
 * caller's thread while blocks are read. If this succeeds it was called at least once, without a block where
 * there is none, and what it was given since it last began anew is all blocks of the snapshot, each with
 * all that the snapshot tells of it. If this fails, what FN was given is void. Since: 0.1
 */
int memhp_snapshot_new_streamed(struct memhp_ctx *ctx, uint32_t kinds, memhp_blocks_fn fn, void *data,
				struct memhp_snapshot **ret_snapshot);
/*
 * memhp_snapshot_refresh - for those that look again and again: the machine as it is now, in a new
 * snapshot that holds what SNAPSHOT does, which is left as it was. It differs from a new scan in cost
 * alone. The context keeps descriptors of the files that it reads, so the first refresh costs what a
 * scan does; a file then costs one call instead of three. Of the numbers that RLIMIT_NOFILE allows it keeps
 * those in the lower half (an offline block takes two, an online one one), and opens what does not fit each
 * time; where hardly a block has room it keeps none of theirs. One that is open costs the kernel 5 KiB.
 * They are closed with the context. Since: 0.1
 */
int memhp_snapshot_refresh(struct memhp_ctx *ctx, const struct memhp_snapshot *snapshot,
			   struct memhp_snapshot **ret_snapshot);
struct memhp_snapshot *memhp_snapshot_ref(struct memhp_snapshot *snapshot);	/* Since: 0.1 */
struct memhp_snapshot *memhp_snapshot_unref(struct memhp_snapshot *snapshot);	/* always NULL. Since: 0.1 */

uint64_t memhp_snapshot_get_block_size(const struct memhp_snapshot *snapshot);	/* 0 if unknown. Since: 0.1 */
uint64_t memhp_snapshot_get_page_size(const struct memhp_snapshot *snapshot);	/* Since: 0.1 */

/* Blocks, ascending. The number times the block size is the physical address. */
size_t memhp_snapshot_get_block_count(const struct memhp_snapshot *snapshot);	/* Since: 0.1 */
const struct memhp_block *memhp_block_get_first(const struct memhp_snapshot *snapshot);	/* Since: 0.1 */
const struct memhp_block *memhp_block_get_next(const struct memhp_snapshot *snapshot,
					       const struct memhp_block *block);	/* Since: 0.1 */
#define memhp_block_foreach(snapshot, block)                                                      \
	for ((block) = memhp_block_get_first(snapshot); (block) != NULL;                          \
	     (block) = memhp_block_get_next((snapshot), (block)))

/* memhp_snapshot_get_block_by_address - the block that holds ADDRESS, or NULL; a bisection. Since: 0.1 */
const struct memhp_block *memhp_snapshot_get_block_by_address(const struct memhp_snapshot *snapshot,
							      uint64_t address);
uint32_t memhp_block_get_number(const struct memhp_block *block);		/* Since: 0.1 */
enum memhp_state memhp_block_get_state(const struct memhp_block *block);	/* Since: 0.1 */
enum memhp_origin memhp_block_get_origin(const struct memhp_block *block);	/* Since: 0.1 */
int memhp_block_get_node(const struct memhp_block *block);	/* the first of them; -1 if unknown. Since: 0.1 */
const char *memhp_block_get_zone(const struct memhp_block *block);	/* NULL: offline or unknown. Since: 0.1 */

/* Devices, by name. */
const struct memhp_device *memhp_device_get_first(const struct memhp_snapshot *snapshot);	/* Since: 0.1 */
const struct memhp_device *memhp_device_get_next(const struct memhp_snapshot *snapshot,
						 const struct memhp_device *device);	/* Since: 0.1 */
#define memhp_device_foreach(snapshot, device)                                                    \
	for ((device) = memhp_device_get_first(snapshot); (device) != NULL;                       \
	     (device) = memhp_device_get_next((snapshot), (device)))
const struct memhp_device *memhp_snapshot_get_device_by_name(const struct memhp_snapshot *snapshot,
							     const char *name);	/* or NULL. Since: 0.1 */
const char *memhp_device_get_name(const struct memhp_device *device);		/* Since: 0.1 */
enum memhp_mode memhp_device_get_mode(const struct memhp_device *device);	/* Since: 0.1 */
uint64_t memhp_device_get_size(const struct memhp_device *device);		/* Since: 0.1 */

/* ---------------------------------------------------------------------------------------------
 * Recording: a machine as one text, which memhp_ctx_set_root() reads back anywhere.
 */

/* Since: 0.1 */
enum memhp_record_flags {
	MEMHP_RECORD_ANONYMOUS = 1 << 0,	/* without host name, boot id, serials and uuids */
	MEMHP_RECORD_PAGES = 1 << 1,		/* page flags too, see memhp_snapshot_read_pages() */
};

/*
 * memhp_record - the context's machine as a dump, see memhp-dump(5). TARGET is whose page flags are
 * recorded, if any are; NULL: all blocks'. The text is to be freed with free(). RET_SNAPSHOT, which may
 * be NULL, is the machine as it was seen meanwhile. What could not be read is recorded as such and is
 * no failure. Since: 0.1
 */
int memhp_record(struct memhp_ctx *ctx, uint32_t flags, const char *target, char **ret_text, size_t *ret_len,
		 struct memhp_snapshot **ret_snapshot);

/* ---------------------------------------------------------------------------------------------
 * Fields: every object's every value by a row of one table. The program prints from these rows.
 */

/* The kinds of objects. What a cursor over an owner can give is said with each. Since: 0.1 */
enum memhp_kind {
	MEMHP_KIND_MACHINE,	/* of a snapshot: exactly one */
	MEMHP_KIND_BUDGET,	/* of a snapshot: exactly one */
	MEMHP_KIND_BLOCK,	/* of a snapshot */
	MEMHP_KIND_RANGE,	/* of a snapshot: runs of blocks alike in all that a range shows */
	MEMHP_KIND_DEVICE,	/* of a snapshot */
	MEMHP_KIND_REGION,	/* of a snapshot */
	MEMHP_KIND_NODE,	/* of a snapshot */
	MEMHP_KIND_ZONE,	/* of a snapshot */
	MEMHP_KIND_MEMMAP,	/* of a snapshot: one per node */
	MEMHP_KIND_NOTE,	/* of a snapshot: what wants attention */
	MEMHP_KIND_ERROR,	/* of a snapshot: what could not be read */
	MEMHP_KIND_RULE,	/* owner NULL */
	MEMHP_KIND_PLAN,	/* of a plan: exactly one */
	MEMHP_KIND_STEP,	/* of a plan */
	MEMHP_KIND_CHANGE,	/* of a plan */
	MEMHP_KIND_FINDING,	/* of a plan; a report has them in a field */
	MEMHP_KIND_REPORT,	/* of a report: exactly one */
	MEMHP_KIND_RESULT,	/* of a report: one per block dealt with */
	MEMHP_KIND_DIFFERENCE,	/* of a report: blocks that ended otherwise than planned */
	MEMHP_KIND_POLICY,	/* of a policy: exactly one */
	MEMHP_KIND_POLICY_VALUE,	/* of a policy: every value in force */
	MEMHP_KIND_POLICY_MATCH,	/* of a policy: what its target's devices and blocks matched */
	MEMHP_KIND_CHECK,	/* of a plan that memhp_check_new() made: exactly one */
	MEMHP_KIND_EVENT,	/* of what memhp_monitor_get_events() gives */
	/* only inside other objects */
	MEMHP_KIND_POLICY_MISMATCH,
	MEMHP_KIND_MAPPING,
	MEMHP_KIND_MEMDEV,
	MEMHP_KIND_BLOCK_COUNT,
	MEMHP_KIND_REQUEST,
	MEMHP_KIND_NODE_BUDGET,
	MEMHP_KIND_MEMMAP_COST,
	MEMHP_KIND_MEMMAP_SHARE,
	MEMHP_KIND_COUNT,
};

/* A reference to one object; as short-lived as its owner, and as the cursor that gave it. Since: 0.1 */
struct memhp_object {
	enum memhp_kind kind;
	const void *owner;	/* the snapshot, plan or report that holds it */
	const void *item;
};

struct memhp_object memhp_snapshot_get_object(const struct memhp_snapshot *snapshot, enum memhp_kind kind);	/* MACHINE, BUDGET. Since: 0.1 */
struct memhp_object memhp_plan_get_object(const struct memhp_plan *plan);	/* Since: 0.1 */
struct memhp_object memhp_check_get_object(const struct memhp_plan *plan);	/* Since: 0.1 */
struct memhp_object memhp_policy_get_object(const struct memhp_policy *policy);	/* Since: 0.1 */
struct memhp_object memhp_report_get_object(const struct memhp_report *report);	/* Since: 0.1 */

/* A walk over the objects of one kind; on the caller's stack, nothing to free. Since: 0.1 */
struct memhp_cursor {
	enum memhp_kind kind;
	const void *owner;
	size_t index;
	size_t end;		/* of a part of the blocks; SIZE_MAX: all there are */
	const struct memhp_selection *selection;	/* NULL: everything */
	uint64_t scratch[12];	/* a range being put together */
};
void memhp_cursor_init(struct memhp_cursor *cursor, const void *owner, enum memhp_kind kind);	/* Since: 0.1 */
bool memhp_cursor_next(struct memhp_cursor *cursor, struct memhp_object *ret_object);	/* Since: 0.1 */

/*
 * memhp_selection_new - what of SNAPSHOT belongs to TARGET, a word as the program takes it: a device,
 * a node, blocks, addresses. Counted. Since: 0.1
 */
int memhp_selection_new(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot, const char *target,
			struct memhp_selection **ret_selection);
struct memhp_selection *memhp_selection_ref(struct memhp_selection *selection);		/* Since: 0.1 */
struct memhp_selection *memhp_selection_unref(struct memhp_selection *selection);	/* always NULL. Since: 0.1 */
/*
 * memhp_snapshot_read_pages - SNAPSHOT once more, with what the kernel's page flags say of its online
 * blocks (NULL: all, else those of SELECTION, which is one of SNAPSHOT): whether they can be taken
 * offline, and where their struct pages lie. Takes milliseconds a block and wants root. What could not
 * be read is among the new snapshot's errors and is no failure. Since: 0.1
 */
int memhp_snapshot_read_pages(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot,
			      const struct memhp_selection *selection,
			      struct memhp_snapshot **ret_snapshot);
/* memhp_cursor_select - a cursor over that snapshot gives only what belongs to SELECTION. Since: 0.1 */
void memhp_cursor_select(struct memhp_cursor *cursor, const struct memhp_selection *selection);

/* Since: 0.1 */
enum memhp_type {
	MEMHP_TYPE_NULL,	/* not applicable, or could not be known */
	MEMHP_TYPE_BOOL,
	MEMHP_TYPE_INT,
	MEMHP_TYPE_UINT,
	MEMHP_TYPE_DOUBLE,
	MEMHP_TYPE_STRING,
	MEMHP_TYPE_OBJECT,
	MEMHP_TYPE_LIST,	/* as a field's type: of what memhp_field_get_item_type() says */
};

/* What a number counts. Since: 0.1 */
enum memhp_unit {
	MEMHP_UNIT_NONE,
	MEMHP_UNIT_BYTES,
	MEMHP_UNIT_ADDRESS,
	MEMHP_UNIT_BLOCKS,
	MEMHP_UNIT_PAGES,
	MEMHP_UNIT_PERCENT,
	MEMHP_UNIT_SECONDS,
	MEMHP_UNIT_NANOSECONDS,
	MEMHP_UNIT_MBS,		/* 10^6 bytes a second */
};

/* Since: 0.1 */
struct memhp_value {
	enum memhp_type type;
	union {
		bool boolean;
		int64_t number;
		uint64_t unsigned_number;
		double real;
		const char *string;	/* borrowed from the owner, or in buffer */
		struct memhp_object object;
		size_t count;		/* of a list */
	};
	char buffer[96];
};

const struct memhp_field *memhp_field_get_first(enum memhp_kind kind);		/* Since: 0.1 */
const struct memhp_field *memhp_field_get_next(const struct memhp_field *field);	/* Since: 0.1 */
const struct memhp_field *memhp_field_get_by_key(enum memhp_kind kind, const char *key);	/* or NULL. Since: 0.1 */
const char *memhp_field_get_key(const struct memhp_field *field);		/* the JSON key. Since: 0.1 */
const char *memhp_field_get_column(const struct memhp_field *field);		/* the heading of a table. Since: 0.1 */
const char *memhp_field_get_summary(const struct memhp_field *field);		/* Since: 0.1 */
enum memhp_type memhp_field_get_type(const struct memhp_field *field);		/* Since: 0.1 */
enum memhp_type memhp_field_get_item_type(const struct memhp_field *field);	/* Since: 0.1 */
enum memhp_kind memhp_field_get_item_kind(const struct memhp_field *field);	/* of OBJECT, or of a LIST of them. Since: 0.1 */
enum memhp_unit memhp_field_get_unit(const struct memhp_field *field);		/* Since: 0.1 */
bool memhp_field_is_default(const struct memhp_field *field);			/* shown as a column unasked. Since: 0.1 */

/* memhp_field_get - the value of FIELD in OBJECT; -EINVAL if they are of different kinds. Since: 0.1 */
int memhp_field_get(const struct memhp_field *field, const struct memhp_object *object,
		    struct memhp_value *ret_value);
/* memhp_field_get_item - item INDEX of a list; -ERANGE past its end. Since: 0.1 */
int memhp_field_get_item(const struct memhp_field *field, const struct memhp_object *object, size_t index,
			 struct memhp_value *ret_value);

/* ---------------------------------------------------------------------------------------------
 * Request: what is wanted. Unset members are zero; set struct_size to sizeof(struct memhp_request). A
 * request that asks for what this libmemhp does not know, of a newer header, is -EINVAL.
 */

/* Since: 0.1 */
enum memhp_request_flags {
	MEMHP_REQUEST_MOVE = 1 << 0,		/* blocks online in another zone are moved */
	MEMHP_REQUEST_CONTIGUOUS = 1 << 1,
	MEMHP_REQUEST_BOOT_MEMORY = 1 << 2,	/* boot memory may be touched */
	MEMHP_REQUEST_YES = 1 << 3,
	MEMHP_REQUEST_FROM_POLICY = 1 << 4,
	MEMHP_REQUEST_UNBOUND = 1 << 5,		/* remove: leave the device without a driver */
	/*
	 * with FROM_POLICY: only blocks that have come since the last run with this flag; and those that
	 * no section is for, by the word that the policy's took the place of
	 */
	MEMHP_REQUEST_NEW = 1 << 6,
	MEMHP_REQUEST_RESTORE = 1 << 7,		/* AUTO_ONLINE: what was there before, whatever the policy says */
};

/* Since: 0.1 */
struct memhp_request {
	size_t struct_size;
	enum memhp_operation operation;
	const char *const *targets;		/* NULL-terminated; copied */
	enum memhp_zone_choice zone;
	enum memhp_memmap_choice memmap_on_memory;
	enum memhp_on_error on_error;
	uint32_t flags;				/* enum memhp_request_flags */
	uint64_t amount;			/* bytes of the target; 0: all of it; create: all that is free */
	const char *force;			/* names of rules, separated by commas; NULL: none */
	uint32_t timeout_seconds;		/* of forward work; 0: none */
	uint32_t block_timeout_seconds;		/* without progress; 0: 120 */
	uint32_t retries;
	const char *fingerprint;		/* memhp_run(): only as the plan that had this; NULL: any */
	uint64_t align;				/* create: of the device; 0: as the region has it */
};

/* ---------------------------------------------------------------------------------------------
 * Plan: the steps of a request, the machine they lead to, and what the rules say of it.
 */

/*
 * memhp_plan_new - plans REQUEST on SNAPSHOT. A deny is not a failure: see memhp_plan_get_verdict().
 * Nothing is read from the machine but policy, and nothing written. Since: 0.1
 */
int memhp_plan_new(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot,
		   const struct memhp_request *request, struct memhp_plan **ret_plan);
/*
 * memhp_check_new - the machine as it is, held against its policy, the build options of its kernel, what
 * that was told at boot, and the rules of udev: a plan without steps, scanned for the purpose. What is
 * wrong is in its findings and no failure. Since: 0.1
 */
int memhp_check_new(struct memhp_ctx *ctx, struct memhp_plan **ret_plan);
struct memhp_plan *memhp_plan_ref(struct memhp_plan *plan);	/* Since: 0.1 */
struct memhp_plan *memhp_plan_unref(struct memhp_plan *plan);	/* always NULL. Since: 0.1 */
/*
 * memhp_plan_compare - whether PLAN is still the one that had FINGERPRINT: the machine, the policy and the
 * steps are the same. -ESTALE if not, and the error says what has changed. Since: 0.1
 */
int memhp_plan_compare(struct memhp_ctx *ctx, const struct memhp_plan *plan, const char *fingerprint);
enum memhp_verdict memhp_plan_get_verdict(const struct memhp_plan *plan);	/* Since: 0.1 */
size_t memhp_plan_get_step_count(const struct memhp_plan *plan);		/* Since: 0.1 */
const struct memhp_snapshot *memhp_plan_get_before(const struct memhp_plan *plan);	/* Since: 0.1 */
const struct memhp_snapshot *memhp_plan_get_predicted(const struct memhp_plan *plan);	/* Since: 0.1 */

/* ---------------------------------------------------------------------------------------------
 * Policy: the values in force, each with the file and line that it comes from, by fields.
 */

/*
 * memhp_policy_new - the policy of the context's machine. With a TARGET on SNAPSHOT also which section
 * each of its devices and blocks matches, and why not the others. Both may be NULL; a TARGET needs a
 * SNAPSHOT. Since: 0.1
 */
int memhp_policy_new(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot, const char *target,
		     struct memhp_policy **ret_policy);
struct memhp_policy *memhp_policy_ref(struct memhp_policy *policy);	/* Since: 0.1 */
struct memhp_policy *memhp_policy_unref(struct memhp_policy *policy);	/* always NULL. Since: 0.1 */

/* ---------------------------------------------------------------------------------------------
 * Run: plan a request on the machine as it is, carry it out and read back what came of it.
 */

/*
 * memhp_run - 0 if it came to a report, whatever that says; else nothing was written and the error
 * tells why. Holds a lock that keeps other runs out. Since: 0.1
 */
int memhp_run(struct memhp_ctx *ctx, const struct memhp_request *request, struct memhp_report **ret_report);
/*
 * memhp_settle - waits until no memory block and no dax device comes, goes or changes, and those of the
 * devices that are in kmem are all there; for at most TIMEOUT_SECONDS (0: 60). What is still under way then is no
 * failure. Since: 0.1
 */
int memhp_settle(struct memhp_ctx *ctx, uint32_t timeout_seconds);
struct memhp_report *memhp_report_ref(struct memhp_report *report);	/* Since: 0.1 */
struct memhp_report *memhp_report_unref(struct memhp_report *report);	/* always NULL. Since: 0.1 */
enum memhp_outcome memhp_report_get_outcome(const struct memhp_report *report);	/* Since: 0.1 */
enum memhp_stop memhp_report_get_stopped_by(const struct memhp_report *report);	/* Since: 0.1 */
/* memhp_report_get_after - the machine as it was read last. Borrowed. Since: 0.1 */
const struct memhp_snapshot *memhp_report_get_after(const struct memhp_report *report);
/* memhp_report_get_error - what stopped the run; NULL if nothing did. Borrowed. Since: 0.1 */
const struct memhp_error *memhp_report_get_error(const struct memhp_report *report);

/* ---------------------------------------------------------------------------------------------
 * Monitor: what happens to the context's machine, as it happens, and a descriptor to poll.
 *
 * The kernel's events only say that there is something to see; what, is read from the machine. So events
 * that were lost do no harm. A burst of them is told of when it is over, blocks that changed alike as one
 * run. What went and came back within it is not told of.
 */

/* Since: 0.1 */
enum memhp_monitor_flags {
	MEMHP_MONITOR_EACH = 1 << 0,	/* an event for each block, and sooner */
};
/*
 * memhp_monitor_new - follows the machine from now on. Of a recorded one it is -EINVAL. Where the policy
 * is not held to a few seconds from now, that is told too. Uses CTX, which serves nothing else meanwhile
 * but what is called between two reads. Since: 0.1
 */
int memhp_monitor_new(struct memhp_ctx *ctx, uint32_t flags, struct memhp_monitor **ret_monitor);
struct memhp_monitor *memhp_monitor_ref(struct memhp_monitor *monitor);		/* Since: 0.1 */
struct memhp_monitor *memhp_monitor_unref(struct memhp_monitor *monitor);	/* always NULL. Since: 0.1 */
/* memhp_monitor_get_fd - readable when memhp_monitor_read() should be called. Borrowed. Since: 0.1 */
int memhp_monitor_get_fd(const struct memhp_monitor *monitor);
/*
 * memhp_monitor_hears_events - false: there is no libudev, or it may not listen; the kernel's count of
 * events is looked at every two seconds instead. Since: 0.1
 */
bool memhp_monitor_hears_events(const struct memhp_monitor *monitor);
/*
 * memhp_monitor_read - finds out what has happened, and never waits. Often that is nothing: see
 * memhp_monitor_get_events(). What could not be found out is an error, and is tried again by a later
 * call. Since: 0.1
 */
int memhp_monitor_read(struct memhp_monitor *monitor);
/*
 * memhp_monitor_get_events - what the last read has found, the owner of a cursor over MEMHP_KIND_EVENT.
 * Borrowed, until the next read. Since: 0.1
 */
const struct memhp_events *memhp_monitor_get_events(const struct memhp_monitor *monitor);
/* memhp_monitor_get_snapshot - the machine as it was seen last. Borrowed, until the next read. Since: 0.1 */
const struct memhp_snapshot *memhp_monitor_get_snapshot(const struct memhp_monitor *monitor);

#ifdef __cplusplus
}
#endif
#endif
