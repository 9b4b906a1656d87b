/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line says: one row per option, and the parser that goes by these rows. Options
 * may stand before or after the verb; which of them a verb takes is known once the verb is.
 */
#ifndef MEMHP_OPTS_H
#define MEMHP_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include <memhp/libmemhp.h>

#include "failure.h"

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum progress_choice {
	PROGRESS_AUTO,
	PROGRESS_ALWAYS,
	PROGRESS_NEVER,
	PROGRESS_JSON,
};

/* Who takes an option: sets of these bits. The operations come first, by their own numbers. */
enum option_user {
	USER_ADD = 1 << MEMHP_OPERATION_ADD,
	USER_ONLINE = 1 << MEMHP_OPERATION_ONLINE,
	USER_OFFLINE = 1 << MEMHP_OPERATION_OFFLINE,
	USER_REMOVE = 1 << MEMHP_OPERATION_REMOVE,
	USER_RECOVER = 1 << MEMHP_OPERATION_RECOVER,
	USER_PLACE = 1 << MEMHP_OPERATION_PLACE,
	USER_CREATE = 1 << MEMHP_OPERATION_CREATE,
	USER_DESTROY = 1 << MEMHP_OPERATION_DESTROY,
	USER_AUTO_ONLINE = 1 << MEMHP_OPERATION_AUTO_ONLINE,
	USER_WRITERS = USER_ADD | USER_ONLINE | USER_OFFLINE | USER_REMOVE | USER_RECOVER | USER_CREATE | USER_DESTROY |
		       USER_AUTO_ONLINE,
	USER_LIST = 1 << 11,
	USER_EVERYONE = 1 << 12,
	USER_DUMP = 1 << 13,
	USER_MAP = 1 << 14,
	USER_POLICY = 1 << 15,
	USER_APPLY = 1 << 16,
	USER_MONITOR = 1 << 17,
	USER_TARGETERS = USER_LIST | USER_MAP | USER_DUMP, /* --target */
};

struct options {
	bool help;
	bool version;
	bool verbose;
	bool json;
	bool human;
	bool dry_run;
	bool anonymous;
	bool pages;
	bool each;
	enum color_choice color;
	enum progress_choice progress;
	const char *root;
	const char *config;
	const char *target;
	const char *columns;
	const char *openmetrics;
	struct memhp_request request;
	char **words;			/* the verb and what follows it; NULL-terminated */
	size_t word_count;
	uint64_t given;			/* a bit for each row of the table that was used */
};

/* options_parse - everything that can be said before the verb is known. Free with options_clear(). */
void options_parse(int argc, char **argv, struct options *ret_options, struct failure *failure);
void options_clear(struct options *options);
/* options_check - that each option given is one that USERS take; VERB is named in the sentence. */
void options_check(const struct options *options, unsigned int users, const char *verb, struct failure *failure);

/* options_describe - the line INDEX of the help on options of USERS; false past the last one. */
struct option_help {
	char letter;			/* or 0 */
	const char *name;
	const char *argument;		/* NULL: takes none */
	unsigned int users;
	const char *help;
};
bool options_describe(size_t index, struct option_help *ret_help);

#endif
