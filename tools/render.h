/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From fields to what the user sees: aligned text, or one JSON object. The only printer. It knows no
 * machine: what there is to show comes by rows of fields.
 */
#ifndef MEMHP_RENDER_H
#define MEMHP_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include <memhp/libmemhp.h>

#include "opts.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define RENDER_CELL_MAX 256
/* Of a list: the cards of a region, the ranges of a device, the distances to all nodes. */
#define RENDER_LIST_MAX 8192

enum paint {
	PAINT_NONE,
	PAINT_HEAD,
	PAINT_DIM,
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
};

struct render {
	FILE *out;
	char *buffer;		/* its own; NULL: it has a small one */
	int rc;			/* why an event could not be written, or 0: the stream keeps only that */
	bool json;
	bool lines;		/* an object is one line, for there will be many */
	bool human;
	bool verbose;
	bool color;
	unsigned int width;	/* of the terminal; 0: not one */
	unsigned int height;
};

void render_init(struct render *render, const struct options *options);
/* render_finish - 0, or -errno if anything that was printed did not arrive. */
int render_finish(struct render *render);
/*
 * render_failure - the sentence on standard error; with --json also the object on standard output,
 * unless the verb has ANSWERED with one of its own.
 */
void render_failure(struct render *render, bool answered, const char *command, const struct failure *failure);
void render_sentence(const struct failure *failure);

/* render_text - LEN bytes as they are. */
void render_text(const struct render *render, const char *text, size_t len);
/* print_clean - what comes from the command line or from files must not steer the terminal. */
void print_clean(FILE *out, const char *text);
/* print_wrapped - TEXT from column INDENT on, broken into lines of WIDTH; ends without a new line. */
void print_wrapped(FILE *out, const char *text, size_t indent, size_t width);

/* render.c: values as text. */
void render_bytes(const struct render *render, uint64_t bytes, char *buffer, size_t size);
/* The value of FIELD in OBJECT as it stands in a table; DIGITS: of an address, at least. */
void render_cell(const struct render *render, const struct memhp_field *field,
		 const struct memhp_object *object, unsigned int digits, char *cell, size_t size);
const char *paint_on(const struct render *render, enum paint paint);
const char *paint_off(const struct render *render, enum paint paint);
void render_title(const struct render *render, const char *title);

/* Values by key, for what is shown otherwise than in a table. Texts only by text_of(): they may lie in the value. */
struct memhp_value value_of(const struct memhp_object *object, const char *key);
/* A string value copied to where it stays; "" for null. */
void text_of(const struct memhp_object *object, const char *key, char *buffer, size_t size);
uint64_t number_of(const struct memhp_object *object, const char *key, uint64_t otherwise);

/* render-table.c */
#define RENDER_COLUMNS_MAX 40
struct columns {
	const struct memhp_field *fields[RENDER_COLUMNS_MAX];
	size_t count;
	bool chosen;		/* by the user: none is left out */
};
/* columns_parse - NAMES (NULL: those shown unasked) of KIND, by heading or key. */
void columns_parse(enum memhp_kind kind, const char *names, struct columns *ret_columns, struct failure *failure);

/* A table of the objects that CURSOR, just set up, gives. */
struct table {
	const struct memhp_cursor *cursor;
	const struct columns *columns;
	const char *title;				/* NULL: none */
	bool (*skip)(const struct memhp_object *object);	/* NULL: none is left out */
	bool apart;					/* a blank line before it */
	bool hide_empty;				/* without a row, not even a heading */
};
/* render_table - false if nothing was shown. */
bool render_table(const struct render *render, const struct table *table);

/* render-json.c: the one object, member by member. */
void json_begin(struct render *render, const char *command, const struct failure *failure,
		const struct memhp_snapshot *snapshot);
void json_text(struct render *render, const char *key, const char *text);
void json_member(struct render *render, const char *key, const struct memhp_object *object);
void json_array(struct render *render, const char *key, const struct memhp_cursor *cursor, const struct columns *columns);
/* All fields of OBJECT as members. */
void json_fields(struct render *render, const struct memhp_object *object);
void json_end(struct render *render);

/* render-monitor.c */
/* One line, or one object, and it is on its way; -errno if it did not get there. */
int render_event(struct render *render, const struct memhp_object *event);
/*
 * render-metrics.c: what a collector of metrics reads, of SNAPSHOT and of a CHECK (NULL: it failed). To be
 * freed with free(); NULL: no memory.
 */
char *render_metrics(const struct memhp_snapshot *snapshot, const struct memhp_plan *check, size_t *ret_len);

/* render-list.c */
/* Totals and notes, a blank line before them; with PAGES, those of blocks by what page flags say. */
void render_totals(const struct render *render, const struct memhp_snapshot *snapshot, bool pages);
void render_errors(const struct render *render, const struct memhp_snapshot *snapshot);

/* render-policy.c: all of it, or (MATCHED) what its target matched. */
void render_policy(const struct render *render, const struct memhp_policy *policy, bool matched);

/* render-progress.c */
struct progress {
	enum progress_choice choice;	/* never AUTO */
	bool drawn;
	double drawn_at;		/* seconds of the run */
	const char *phase;		/* that was drawn */
};
void progress_init(struct progress *progress, enum progress_choice choice);
void progress_draw(void *data, const struct memhp_progress *now);	/* a memhp_progress_fn */
void progress_clear(const struct progress *progress);

/* render-plan.c, render-report.c */
/* What a plan or a report was asked for, in one clause. */
void render_request(const struct render *render, const struct memhp_object *object);
void render_plan(const struct render *render, const struct memhp_plan *plan);
/* render-check.c */
void render_check(const struct render *render, const struct memhp_plan *check);
/* By node, what describes memory and where that falls, and what is gained. */
void render_costs(const struct render *render, const struct memhp_object *plan);
void render_findings(const struct render *render, const struct memhp_object *object);
void render_verdict(const struct render *render, const struct memhp_object *object);
void render_report(const struct render *render, const struct memhp_report *report);

#endif
