/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What udev's rules would do when a device appears, worked out from their text: which of them write its
 * state, or run something; and the same rules without that. Takes any bytes, runs nothing.
 */
#ifndef MEMHP_PARSE_UDEV_H
#define MEMHP_PARSE_UDEV_H

#include "parse.h"

/* What is known of an event; what is asked beyond that may be so or not. NULL: not known. */
struct udev_attribute {
	const char *name;	/* as it stands in ATTR{}; "[dmi/id]sys_vendor" too */
	const char *value;
};
struct udev_event {
	const char *subsystem;
	const char *kernel;	/* the device's name */
	const char *devpath;
	const char *arch;	/* as CONST{arch} has it */
	const struct udev_attribute *attributes;
	size_t attribute_count;
};

/* DEED: what a rule does that makes a difference to memory. */
struct udev_deed {
	bool is_state;		/* writes ATTR{state}; else it has something run */
	bool certain;		/* its conditions hold; else it cannot be told from here */
	bool named;		/* its rule itself says that it is for such a device */
	uint8_t words;		/* of a state: bits by enum online_word; 0: not known */
	unsigned int line;	/* where its rule begins */
	struct piece text;	/* what is written or run, as it stands there */
	struct piece key;	/* to what: KEY{ATTRIBUTE} */
};
typedef int (*udev_deed_fn)(void *data, const struct udev_deed *deed);

/* parse_udev - FN for each deed of the rules in TEXT, one file; what it returns, if not 0, ends the walk. */
int parse_udev(const char *text, size_t len, const struct udev_event *event, udev_deed_fn fn, void *data);

/*
 * udev_stand_in - what can take the place of a file of rules, TEXT, below run/: the same, but what is assigned to
 * KEYS, of its deeds and ascending, goes to a property that nobody reads. To be freed; NULL: no memory.
 * udev_is_stand_in - whether TEXT is such a one.
 */
char *udev_stand_in(const char *text, size_t len, const struct piece *keys, size_t count);
bool udev_is_stand_in(const char *text, size_t len);

#endif
