/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands below the tables of a list: totals, notes, and what could not be read.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "render.h"

#define TEXT_MAX 32
#define LINE_MAX_SIZE 256
/* Where the text of totals and notes begins, and how much of it stands in a line at least. */
#define LABEL 14
#define NOTE 6
#define LEAST 24

/* A budget's value for a sentence. */
static const char *amount(const struct render *render, const struct memhp_object *budget,
			  const char *key, char text[TEXT_MAX])
{
	struct memhp_value value = value_of(budget, key);

	if (value.type == MEMHP_TYPE_UINT)
		render_bytes(render, value.unsigned_number, text, TEXT_MAX);
	else
		snprintf(text, TEXT_MAX, "unknown");
	return text;
}

/* What goes on behind column INDENT, broken into lines where a terminal is too narrow for it. */
static void print_rest(const struct render *render, const char *text, size_t indent)
{
	size_t width = render->width > indent + LEAST ? render->width - indent : LEAST;

	if (render->width > 0)
		print_wrapped(render->out, text, indent, width);
	else
		fputs(text, render->out);
	fputc('\n', render->out);
}

/* One line of totals. A text that is empty is no line. */
static void print_total(const struct render *render, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	fprintf(render->out, "  %-*s", LABEL, label);
	print_rest(render, text, 2 + LABEL);
}

/* Adds to what stands in a line, behind GLUE if it is not the first. */
static void __attribute__((format(printf, 3, 4)))
add_to(char line[LINE_MAX_SIZE], const char *glue, const char *format, ...)
{
	size_t used = strlen(line);
	va_list arguments;

	if (used > 0)
		used += (size_t)snprintf(line + used, LINE_MAX_SIZE - used, "%s", glue);
	if (used >= LINE_MAX_SIZE)
		return;
	va_start(arguments, format);
	vsnprintf(line + used, LINE_MAX_SIZE - used, format, arguments);
	va_end(arguments);
}

static void print_kernel(const struct render *render, const struct memhp_object *budget)
{
	char whole[TEXT_MAX], part[TEXT_MAX], other[TEXT_MAX], line[LINE_MAX_SIZE] = "";

	add_to(line, "", "%s (%s free, %s available)",
	       amount(render, budget, "kernel_bytes", whole),
	       amount(render, budget, "kernel_free_bytes", part),
	       amount(render, budget, "kernel_available_bytes", other));
	print_total(render, "kernel zones", line);
}

static void print_movable(const struct render *render, const struct memhp_object *budget)
{
	struct memhp_value ratio = value_of(budget, "ratio_percent");
	char whole[TEXT_MAX], line[LINE_MAX_SIZE] = "";

	add_to(line, "", "%s", amount(render, budget, "movable_bytes", whole));
	if (ratio.type == MEMHP_TYPE_UINT)
		add_to(line, " ", "(%" PRIu64 "%% of kernel zones)", ratio.unsigned_number);
	print_total(render, "movable", line);
}

static void print_memmap(const struct render *render, const struct memhp_object *budget)
{
	struct memhp_value on_memory = value_of(budget, "memmap_on_memory_bytes");
	char whole[TEXT_MAX], part[TEXT_MAX], line[LINE_MAX_SIZE] = "";

	add_to(line, "", "%s", amount(render, budget, "memmap_bytes", whole));
	if (on_memory.type == MEMHP_TYPE_UINT)
		add_to(line, " ", "(%s on the memory itself)",
		       amount(render, budget, "memmap_on_memory_bytes", part));
	print_total(render, "memmap", line);
}

/* How many blocks are where; what there is none of is not worth a word. */
static void print_blocks(const struct render *render, const struct memhp_snapshot *snapshot,
			 const struct memhp_object *budget)
{
	struct memhp_value value = value_of(budget, "block_count");
	const struct memhp_field *field = memhp_field_get_first(MEMHP_KIND_BLOCK_COUNT);
	char size[TEXT_MAX], line[LINE_MAX_SIZE] = "";
	const char *glue = ": ";

	if (memhp_snapshot_get_block_size(snapshot) == 0)
		snprintf(size, sizeof(size), "unknown size");
	else
		render_bytes(render, memhp_snapshot_get_block_size(snapshot), size, sizeof(size));
	add_to(line, "", "%zu of %s", memhp_snapshot_get_block_count(snapshot), size);
	for (; field != NULL; field = memhp_field_get_next(field)) {
		uint64_t count = number_of(&value.object, memhp_field_get_key(field), 0);

		if (count == 0)
			continue;
		add_to(line, glue, "%" PRIu64 " %s", count, memhp_field_get_key(field));
		glue = ", ";
	}
	print_total(render, "blocks", line);
}

/* Only where page flags were read: otherwise there is little to tell of any block. */
static void print_offlineable(const struct render *render, const struct memhp_snapshot *snapshot)
{
	static const char *const words[] = { "yes", "likely", "unlikely", "no", "unknown" };
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "offlineable");
	size_t counts[ARRAY_SIZE(words)] = { 0 }, i;
	char line[LINE_MAX_SIZE] = "";
	struct memhp_cursor cursor;
	struct memhp_object block;
	struct memhp_value value;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_BLOCK);
	while (memhp_cursor_next(&cursor, &block)) {
		if (memhp_field_get(field, &block, &value) < 0 || value.type != MEMHP_TYPE_STRING)
			continue;
		for (i = 0; i < ARRAY_SIZE(words); i++)
			counts[i] += strcmp(value.string, words[i]) == 0;
	}
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (counts[i] > 0)
			add_to(line, ", ", "%zu %s", counts[i], words[i]);
	print_total(render, "offlineable", line);
}

static void print_machine(const struct render *render, const struct memhp_snapshot *snapshot)
{
	static const struct {
		const char *key;
		const char *label;
	} parts[] = {
		{ "kernel", "" },
		{ "arch", "" },
		{ "auto_online", "auto-online " },
		{ "memmap_on_memory", "memmap_on_memory " },
	};
	struct memhp_object machine = memhp_snapshot_get_object(snapshot, MEMHP_KIND_MACHINE);
	char text[96], line[LINE_MAX_SIZE] = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		text_of(&machine, parts[i].key, text, sizeof(text));
		if (text[0] != '\0')
			add_to(line, ", ", "%s%s", parts[i].label, text);
	}
	print_total(render, "kernel", line);
}

static void print_notes(const struct render *render, const struct memhp_snapshot *snapshot)
{
	struct memhp_cursor cursor;
	struct memhp_object note;
	size_t count = 0;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_NOTE);
	for (; memhp_cursor_next(&cursor, &note); count++) {
		char subject[64], message[128], remedy[128], line[LINE_MAX_SIZE] = "";

		text_of(&note, "subject", subject, sizeof(subject));
		text_of(&note, "message", message, sizeof(message));
		text_of(&note, "remedy", remedy, sizeof(remedy));
		add_to(line, "", "%s: %s", subject, message);
		fprintf(render->out, "%s%snote:%s ", count == 0 ? "\n" : "",
			paint_on(render, PAINT_WARN), paint_off(render, PAINT_WARN));
		print_rest(render, line, NOTE);
		if (remedy[0] == '\0')
			continue;
		fprintf(render->out, "%*s", NOTE, "");
		print_rest(render, remedy, NOTE);
	}
}

void render_totals(const struct render *render, const struct memhp_snapshot *snapshot, bool pages)
{
	struct memhp_object budget = memhp_snapshot_get_object(snapshot, MEMHP_KIND_BUDGET);
	char offline[TEXT_MAX];

	fputc('\n', render->out);
	render_title(render, "Totals");
	print_kernel(render, &budget);
	print_movable(render, &budget);
	print_total(render, "offline", amount(render, &budget, "offline_bytes", offline));
	print_memmap(render, &budget);
	print_blocks(render, snapshot, &budget);
	if (pages)
		print_offlineable(render, snapshot);
	print_machine(render, snapshot);
	print_notes(render, snapshot);
}

/* On standard error: what is missing is no part of what was asked for. */
void render_errors(const struct render *render, const struct memhp_snapshot *snapshot)
{
	struct memhp_cursor cursor;
	struct memhp_object error;
	size_t count = 0;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_ERROR);
	for (; memhp_cursor_next(&cursor, &error); count++) {
		struct failure failure = { .code = EXIT_DONE };
		char path[128] = "/", message[256];

		if (!render->verbose)
			continue;
		text_of(&error, "path", path + 1, sizeof(path) - 1);
		text_of(&error, "message", message, sizeof(message));
		failure_set(&failure, EXIT_SYSTEM, "system", path, "%s", message);
		render_sentence(&failure);
	}
	if (count > 0 && !render->verbose) {
		struct failure failure = { .code = EXIT_DONE };

		failure_set(&failure, EXIT_SYSTEM, "system", "", "%zu %s could not be read", count,
			    count == 1 ? "thing" : "things");
		failure_hint(&failure, "-v names %s", count == 1 ? "it" : "them");
		render_sentence(&failure);
	}
}
