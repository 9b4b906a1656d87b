/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands below the tables of a list: totals, notes, and what could not be read.
 */
#include <inttypes.h>
#include <string.h>

#include "render.h"

#define TEXT_MAX 32

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

static void print_budget(const struct render *render, const struct memhp_object *budget)
{
	char whole[TEXT_MAX], part[TEXT_MAX], other[TEXT_MAX];
	struct memhp_value ratio = value_of(budget, "ratio_percent");
	struct memhp_value on_memory = value_of(budget, "memmap_on_memory_bytes");

	fprintf(render->out, "  kernel zones  %s (%s free, %s available)\n",
		amount(render, budget, "kernel_bytes", whole),
		amount(render, budget, "kernel_free_bytes", part),
		amount(render, budget, "kernel_available_bytes", other));
	fprintf(render->out, "  movable       %s", amount(render, budget, "movable_bytes", whole));
	if (ratio.type == MEMHP_TYPE_UINT)
		fprintf(render->out, " (%" PRIu64 "%% of kernel zones)", ratio.unsigned_number);
	fprintf(render->out, "\n  offline       %s\n",
		amount(render, budget, "offline_bytes", whole));
	fprintf(render->out, "  memmap        %s", amount(render, budget, "memmap_bytes", whole));
	if (on_memory.type == MEMHP_TYPE_UINT)
		fprintf(render->out, " (%s on the memory itself)",
			amount(render, budget, "memmap_on_memory_bytes", part));
	fputc('\n', render->out);
}

/* How many blocks are where; what there is none of is not worth a word. */
static void print_blocks(const struct render *render, const struct memhp_snapshot *snapshot,
			 const struct memhp_object *budget)
{
	struct memhp_value value = value_of(budget, "block_count");
	const struct memhp_field *field = memhp_field_get_first(MEMHP_KIND_BLOCK_COUNT);
	const char *glue = ":";
	char size[TEXT_MAX];

	render_bytes(render, memhp_snapshot_get_block_size(snapshot), size, sizeof(size));
	fprintf(render->out, "  blocks        %zu of %s", memhp_snapshot_get_block_count(snapshot),
		size);
	for (; field != NULL; field = memhp_field_get_next(field)) {
		uint64_t count = number_of(&value.object, memhp_field_get_key(field), 0);

		if (count == 0)
			continue;
		fprintf(render->out, "%s %" PRIu64 " %s", glue, count, memhp_field_get_key(field));
		glue = ",";
	}
	fputc('\n', render->out);
}

/* Only where page flags were read: otherwise there is little to tell of any block. */
static void print_offlineable(const struct render *render, const struct memhp_snapshot *snapshot)
{
	static const char *const words[] = { "yes", "likely", "unlikely", "no", "unknown" };
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "offlineable");
	const char *glue = "  offlineable   ";
	size_t counts[ARRAY_SIZE(words)] = { 0 }, i;
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
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (counts[i] == 0)
			continue;
		fprintf(render->out, "%s%zu %s", glue, counts[i], words[i]);
		glue = ", ";
	}
	if (strcmp(glue, ", ") == 0)
		fputc('\n', render->out);
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
	const char *glue = "  kernel        ";
	char text[96];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		text_of(&machine, parts[i].key, text, sizeof(text));
		if (text[0] == '\0')
			continue;
		fprintf(render->out, "%s%s%s", glue, parts[i].label, text);
		glue = ", ";
	}
	if (strcmp(glue, ", ") == 0)
		fputc('\n', render->out);
}

static void print_notes(const struct render *render, const struct memhp_snapshot *snapshot)
{
	struct memhp_cursor cursor;
	struct memhp_object note;
	size_t count = 0;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_NOTE);
	for (; memhp_cursor_next(&cursor, &note); count++) {
		char subject[64], message[128], remedy[128];

		text_of(&note, "subject", subject, sizeof(subject));
		text_of(&note, "message", message, sizeof(message));
		text_of(&note, "remedy", remedy, sizeof(remedy));
		if (count == 0)
			fprintf(render->out, "\n");
		fprintf(render->out, "%snote:%s %s: %s\n", paint_on(render, PAINT_WARN),
			paint_off(render, PAINT_WARN), subject, message);
		if (remedy[0] != '\0')
			fprintf(render->out, "      %s\n", remedy);
	}
}

void render_totals(const struct render *render, const struct memhp_snapshot *snapshot, bool pages)
{
	struct memhp_object budget = memhp_snapshot_get_object(snapshot, MEMHP_KIND_BUDGET);

	fputc('\n', render->out);
	render_title(render, "Totals");
	print_budget(render, &budget);
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
		char path[128], message[256];

		if (!render->verbose)
			continue;
		text_of(&error, "path", path, sizeof(path));
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
