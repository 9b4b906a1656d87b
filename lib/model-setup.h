/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a machine is set up around its memory: the kernel's build options, its firmware, udev's rules. Part of the
 * model, and no more than that.
 */
#ifndef MEMHP_MODEL_SETUP_H
#define MEMHP_MODEL_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A fact that a kernel may not show. */
enum tristate {
	TRI_UNKNOWN,
	TRI_NO,
	TRI_YES,
};

/* What a rule of udev does when a memory block, or a dax device, appears. */
struct udev_hit {
	const char *file;
	unsigned int line;
	bool is_block;			/* of a memory block; else of a dax device */
	bool is_state;			/* its state is written; else something is run */
	bool certain;			/* else it depends on what cannot be told from here */
	bool named;			/* the rule itself says that it is for such a device */
	uint8_t words;			/* of a state: bits by enum online_word; 0: not known */
	bool hidden;			/* another file stands in for this one, and does not do it */
	const char *text;		/* what is written or run */
};

/* A file of udev's rules that write the state of memory blocks, and one below run/ that can stand in for it. */
struct udev_stand_in {
	const char *name;		/* of both, without the directory */
	const char *text;		/* what it has to say; NULL: there is nothing that it could stand in for */
	uint8_t words;			/* that the rules write: bits by enum online_word; 0: not known */
	bool stands;			/* it is there, */
	bool is_current;		/* ... with this text */
};

/*
 * How the machine is set up beyond what its memory shows: for `check`, for recordings, and for what has to know
 * whether udev's rules online blocks.
 */
struct setup {
	bool scanned;
	const char *config;		/* the kernel's build options, as text; NULL: not known */
	const char *config_path;
	enum tristate has_cedt;		/* the firmware describes CXL */
	enum tristate has_efi;
	enum tristate udev_has_told;	/* udev has been told of all that is there, or is being so */
	struct udev_hit *hits;
	size_t hit_count;
	struct udev_stand_in *stand_ins;
	size_t stand_in_count;
};

#endif
