/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One row per kind of step: the table that step.c holds and the step-*.c files read. */
#ifndef MEMHP_STEP_ROW_H
#define MEMHP_STEP_ROW_H

#include "step.h"

#define MEMORY_DIR "sys/devices/system/memory"
#define DAX_DIR "sys/bus/dax"
#define ACPI_DIR "sys/bus/acpi/devices"
#define DEVICES_DIR "sys/devices"
#define IOMEM "proc/iomem"

typedef bool (*look_fn)(const struct memhp_snapshot *, const struct memhp_step *, size_t,
			struct look *);
typedef void (*observe_fn)(const struct memhp_snapshot *, const struct memhp_step *, size_t, int rc,
			   const char *text, struct seen *);

struct step_row {
	enum step_action action;
	const char *path;    /* %s: the device, or the driver's directory */
	bool path_of_driver; /* ... named by step.to, or by step.from where to is none */
	bool path_of_region; /* ... the directory that holds the region's devices */
	bool blind;	     /* the kernel does not show what was done: the write's word is taken */
	bool can_always_start;
	look_fn look;
	observe_fn observe;
};

extern const struct step_row step_rows[STEP_KIND_COUNT];

/* step-look.c: for each kind, what is read and what that says. */
bool look_auto_online(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		      size_t index, struct look *look);
bool look_module(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_memmap(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_driver(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_unbind(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_blocks(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_gone(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
	       struct look *look);
bool look_block(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		struct look *look);
bool look_created(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_deleted(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
bool look_amount(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look);
void observe_created(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_deleted(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_amount(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_auto_online(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			 size_t index, int rc, const char *text, struct seen *seen);
void observe_module(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_memmap(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_driver(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_unbind(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen);
void observe_wait_blocks(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			 size_t index, int rc, const char *text, struct seen *seen);
void observe_eject(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		   size_t index, int rc, const char *text, struct seen *seen);
void observe_ejected(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		     size_t index, int rc, const char *text, struct seen *seen);
void observe_gone(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  size_t index, int rc, const char *text, struct seen *seen);
void observe_block(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		   size_t index, int rc, const char *text, struct seen *seen);

#endif
