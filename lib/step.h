/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A step is one small thing done to the machine: kind, subject, from, to. Everything else about it
 * (what file is read to see where the subject stands, what is written, how it is shown and turned
 * round) follows from one row per kind in step.c. Pure: makes paths and words, does no I/O.
 */
#ifndef MEMHP_STEP_H
#define MEMHP_STEP_H

#include "io.h"
#include "model.h"

enum step_kind {
	STEP_AUTO_ONLINE,	/* auto_online_blocks: word -> word; parked for the time of a run */
	STEP_LOAD_MODULE,	/* a driver's module */
	STEP_MEMMAP,		/* a dax device's memmap_on_memory: TRI_NO/TRI_YES */
	STEP_UNBIND,		/* driver -> DRIVER_NONE; from kmem only with every block offline */
	STEP_GIVE_ID,		/* tells a driver that a device is its own; may bind it at once */
	STEP_BIND,		/* DRIVER_NONE -> driver */
	STEP_TAKE_ID,		/* takes that word back */
	STEP_WAIT_BLOCKS,	/* until every whole block of the device exists */
	STEP_BLOCK,		/* a block's state, and zone */
	STEP_EJECT,		/* asks ACPI to take a device's memory out; all of its blocks are offline */
	STEP_WAIT_EJECTED,	/* until no block of it is left */
	STEP_WAIT_GONE,		/* until no block and no iomem entry of the device is left */
	STEP_CREATE,		/* a dax device of no size, in the region of the step's device */
	STEP_ALIGN,		/* a dax device's alignment */
	STEP_SIZE,		/* ... and size: what is not 0 is taken from what is free in its region */
	STEP_DELETE,		/* a dax device of no size */
	STEP_KIND_COUNT,
};

struct memhp_step {
	uint8_t kind;		/* enum step_kind */
	uint8_t from, to;	/* by kind: enum online_word, driver, tristate, memhp_state */
	uint8_t word;		/* STEP_BLOCK: enum online_word that is written */
	zone_set from_zones;	/* STEP_BLOCK */
	zone_set to_zones;	/* STEP_BLOCK: where it may end; one bit where it is certain */
	bool recovers;		/* closes what a killed run left open: done for good, whatever comes after */
	bool stands;		/* STEP_AUTO_ONLINE: not for the time of the run, but until the next boot */
	uint16_t device;	/* index in the plan's snapshots, or NO_DEVICE */
	uint32_t block;		/* STEP_BLOCK */
	bool fresh;		/* it is about the device that its device's region makes next */
	uint8_t candidate;	/* ... or one that comes as many later: others make devices too */
	uint64_t from_amount, to_amount;	/* STEP_ALIGN, STEP_SIZE: bytes */
};

/* Who brought a subject where it is. */
enum by {
	BY_NOBODY,
	BY_MEMHP,
	BY_OTHER,
};

enum step_action {
	ACTION_WRITE,
	ACTION_LOAD,
	ACTION_WAIT,
};

/* One thing to read in order to see where a step's subject stands. */
enum look_how {
	LOOK_READ,
	LOOK_READ_ALL,		/* a file of any length */
	LOOK_READLINK,
	LOOK_EXISTS,		/* list or read: only rc counts */
};
struct look {
	enum look_how how;
	char path[IO_PATH_MAX];
};

/* What the looks of one step added up to. */
struct seen {
	int rc;			/* the first error that says nothing about the subject, or 0 */
	uint8_t value;		/* as step.from and step.to */
	zone_set zones;		/* STEP_BLOCK */
	uint32_t pending;	/* subjects that do not hold yet: blocks missing, left, or not offline */
	uint32_t first_pending;	/* the number of the first such block */
	bool iomem_left;	/* STEP_WAIT_GONE */
	uint64_t amount;	/* STEP_ALIGN, STEP_SIZE */
	uint16_t there, empty;	/* STEP_CREATE: candidates that exist, and have no size; a bit each */
};
/* How many devices of others are told from the one that a step makes. */
#define STEP_CANDIDATES 8

enum step_action step_action(const struct memhp_step *step);
/* The file that is written, the module's name, or the file that is waited on. */
void step_path(const struct memhp_snapshot *snapshot, const struct memhp_step *step, char path[IO_PATH_MAX]);
/* What is written; "" for what is not a write. */
void step_value(const struct memhp_snapshot *snapshot, const struct memhp_step *step, char value[IO_NAME_MAX]);
/* What must hold afterwards, in the kernel's words: "online Movable", "kmem". */
void step_expect(const struct memhp_snapshot *snapshot, const struct memhp_step *step, char expect[IO_NAME_MAX]);
/* What would be written to undo it, "" if nothing can. */
void step_undo(const struct memhp_snapshot *snapshot, const struct memhp_step *step, char undo[IO_NAME_MAX]);
/* The device that a step is about, also one that is yet to be made; "": none. */
void step_device(const struct memhp_snapshot *snapshot, const struct memhp_step *step, char name[IO_NAME_MAX]);
/* Its number in its region; 0 too where it has none. */
unsigned int step_device_number(const struct memhp_snapshot *snapshot, const struct memhp_step *step);
/* The object's name for a person: "memory42", "dax0.0", "auto_online_blocks", "kmem". */
void step_subject(const struct memhp_snapshot *snapshot, const struct memhp_step *step, char subject[IO_NAME_MAX]);

/* Look INDEX of a step; false past the last one. */
bool step_look(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
	       struct look *ret_look);
/* step_look_tells - whether the look at INDEX says anything, after what those before have said. */
bool step_look_tells(const struct memhp_step *step, size_t index, const struct seen *seen);
void step_seen_init(struct seen *seen);
/* Takes in the result of look INDEX. */
void step_observe(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		  int rc, const char *text, struct seen *seen);
bool step_is_done(const struct memhp_step *step, const struct seen *seen);	/* "to" holds */
bool step_can_start(const struct memhp_step *step, const struct seen *seen);	/* "from" holds */
/* Nobody else can have done it: what stands there already is somebody else's. */
bool step_is_own(const struct memhp_step *step);
bool step_ejects(const struct memhp_step *step);	/* ... or waits for what an eject does */
bool step_is_blind(const struct memhp_step *step);	/* the kernel does not show what was done */
/* A bracket is opened for the time of a run only: its partner closes it, however the run ends. */
bool step_opens_bracket(const struct memhp_step *step);
bool step_closes_bracket(const struct memhp_step *opening, const struct memhp_step *step);

/* What is noted in the journal before STEP is written; false: it opens no bracket. */
bool step_bracket(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  struct bracket *ret_bracket);
bool step_ends_bracket(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		       const struct bracket *bracket);
/*
 * step_recover - the step that closes a bracket which a killed run left open; false: as the machine
 * is now there is nothing to close.
 */
bool step_recover(const struct memhp_snapshot *snapshot, const struct bracket *bracket,
		  struct memhp_step *ret_step);

/*
 * The steps that undo one that was done: BEFORE is what was seen before it. At most
 * STEP_INVERSE_MAX; 0 if there is nothing to undo or no way to.
 */
#define STEP_INVERSE_MAX 3
size_t step_inverse(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    const struct seen *before, struct memhp_step inverse[STEP_INVERSE_MAX]);

/* "cannot be taken offline: ": what failed, for a sentence that begins with the subject. */
const char *step_doing(const struct memhp_step *step);
/* What the kernel means by refusing a step with RC, in one clause; SEEN is what was read afterwards. */
void step_refusal(const struct memhp_snapshot *snapshot, const struct memhp_step *step, int rc, const struct seen *seen, char *text, size_t size);

/* What the user can do about it, or NULL. */
const char *step_way_out(const struct memhp_step *step, int rc);

/* The word to write for a block to go to one of ZONES. */
enum online_word word_for_zones(zone_set zones);
/* Whether DRIVER takes this device only after being given its id. */
bool driver_needs_id(const struct memhp_device *device, enum driver driver);

#endif
