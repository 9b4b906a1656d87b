/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tokens of udev's rules, one by one. Private to parse-udev*.c. */
#ifndef MEMHP_PARSE_UDEV_TOKEN_H
#define MEMHP_PARSE_UDEV_TOKEN_H

#include "parse.h"

enum udev_relation { RELATION_IS, RELATION_IS_NOT, RELATION_ASSIGN };

/* KEY{ATTRIBUTE} RELATION "VALUE" */
struct udev_token {
	struct piece key;
	struct piece attribute;
	enum udev_relation relation;
	struct piece value;
};

/*
 * udev_token - the next one of the rule at CURSOR, which may go on over several lines; LINE counts them.
 * False at the end of the rule, and (RET_BROKEN) where it does not parse.
 */
bool udev_token(struct cursor *cursor, unsigned int *line, struct udev_token *ret_token, bool *ret_broken);
/* udev_skip_rest - what is left of a rule: nothing, a comment, or what did not parse. */
void udev_skip_rest(struct cursor *cursor, unsigned int *line);
void udev_skip_comments(struct cursor *cursor, unsigned int *line);

#endif
