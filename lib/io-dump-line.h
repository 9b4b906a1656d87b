/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two halves of reading a dump share. io-dump-parse.c has the lines, io-dump-table.c what
 * stands for many directories at once, io-dump-words.c files of words.
 */
#ifndef MEMHP_IO_DUMP_LINE_H
#define MEMHP_IO_DUMP_LINE_H

#include "io-dump.h"

/* What an indented line goes with. */
enum dump_open {
	OPEN_NOTHING,
	OPEN_TEXT,
	OPEN_TABLE,
	OPEN_WORDS,
};

struct dump_parser {
	const char *name;
	struct memhp_error *error;
	struct dump *dump;
	unsigned int line;
	bool carriage;		/* lines end in a carriage return too, as the first one did */
	bool in_body;
	bool ended;
	enum dump_open open;
	char *text_start;	/* of the file that is open */
	bool text_cut;
	struct dump_name *names;	/* of the list that is read */
	size_t name_capacity;
	uint64_t name_count;	/* that were told of, in all */
};

/* Whether PATH, of LEN bytes, can be asked for: no empty component, no "." or "..", no NUL. */
bool dump_path_is_good(const char *path, size_t len);

int dump_parse_names(struct dump_parser *parser, struct dump_entry *entry, char *operator, char *text,
		     size_t len);
bool dump_is_table(const char *text, size_t len);
int dump_parse_table(struct dump_parser *parser, char *text, size_t len);
int dump_parse_row(struct dump_parser *parser, char *text, size_t len);
int dump_parse_words(struct dump_parser *parser, struct dump_entry *entry, char *operator, char *value,
		     size_t len);
int dump_parse_run(struct dump_parser *parser, char *text, size_t len);

#endif
