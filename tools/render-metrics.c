/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine as metrics: text of OpenMetrics, which the textfile collector of node_exporter takes as well.
 * What could not be known has no line: 0 would be a value.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"

/* Label values and help in quotes' own escapes. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text, out);
	}
}

static void put_head(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# TYPE memhp_%s gauge\n# HELP memhp_%s ", name, name);
	put_escaped(out, help);
	fputc('\n', out);
}

static void put_label(FILE *out, const char *before, const char *name, const char *value)
{
	fprintf(out, "%s%s=\"", before, name);
	put_escaped(out, value);
	fputc('"', out);
}

/* ------------------------------------------------------------------------------------- budget */

static void put_budget(FILE *out, const struct memhp_snapshot *snapshot)
{
	struct memhp_object budget = memhp_snapshot_get_object(snapshot, MEMHP_KIND_BUDGET);
	const struct memhp_field *field = memhp_field_get_first(MEMHP_KIND_BUDGET);

	for (; field != NULL; field = memhp_field_get_next(field)) {
		const char *key = memhp_field_get_key(field);
		struct memhp_value value = value_of(&budget, key);

		if (value.type != MEMHP_TYPE_UINT)
			continue;
		put_head(out, key, memhp_field_get_summary(field));
		fprintf(out, "memhp_%s %" PRIu64 "\n", key, value.unsigned_number);
	}
}

/* ------------------------------------------------------------------------------------- blocks */

static const char *const zones[] = { "DMA",	"DMA32", "Normal", "HighMem",
				     "Movable", "none",	 "unknown" };
static const char *const states[] = { "offline", "going-offline", "unknown" };

struct tally {
	uint64_t online[ARRAY_SIZE(zones)];
	uint64_t others[ARRAY_SIZE(states)];
};

static size_t index_of(const char *const *words, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i + 1 < count && (word == NULL || strcmp(words[i], word) != 0); i++)
		;
	return i; /* the last one stands for all else */
}

static void count_blocks(const struct memhp_snapshot *snapshot, struct tally *tally)
{
	const struct memhp_block *block;

	memhp_block_foreach(snapshot, block) {
		enum memhp_state state = memhp_block_get_state(block);

		if (state == MEMHP_STATE_ONLINE)
			tally->online[index_of(zones, ARRAY_SIZE(zones),
					       memhp_block_get_zone(block))]++;
		else
			tally->others[index_of(states, ARRAY_SIZE(states),
					       memhp_state_to_string(state))]++;
	}
}

/* Also those of which there are none: a series that comes and goes is hard to watch. */
static void put_blocks(FILE *out, const struct memhp_snapshot *snapshot)
{
	struct tally tally = { .online = { 0 } };
	size_t i;

	count_blocks(snapshot, &tally);
	put_head(out, "blocks", "memory blocks by state, and by zone where they are online");
	for (i = 0; i < ARRAY_SIZE(zones); i++)
		fprintf(out, "memhp_blocks{state=\"online\",zone=\"%s\"} %" PRIu64 "\n", zones[i],
			tally.online[i]);
	for (i = 0; i < ARRAY_SIZE(states); i++)
		fprintf(out, "memhp_blocks{state=\"%s\",zone=\"\"} %" PRIu64 "\n", states[i],
			tally.others[i]);
	put_head(out, "block_size_bytes", "size of a memory block");
	fprintf(out, "memhp_block_size_bytes %" PRIu64 "\n",
		memhp_snapshot_get_block_size(snapshot));
}

static void put_errors(FILE *out, const struct memhp_snapshot *snapshot)
{
	struct memhp_cursor cursor;
	struct memhp_object object;
	uint64_t count = 0;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_ERROR);
	while (memhp_cursor_next(&cursor, &object))
		count++;
	put_head(out, "unreadable", "what of the machine could not be read");
	fprintf(out, "memhp_unreadable %" PRIu64 "\n", count);
}

static void put_auto_online(FILE *out, const struct memhp_snapshot *snapshot)
{
	struct memhp_object machine = memhp_snapshot_get_object(snapshot, MEMHP_KIND_MACHINE);
	char word[64];

	text_of(&machine, "auto_online", word, sizeof(word));
	if (word[0] == '\0')
		return;
	put_head(out, "auto_online", "what the kernel does with memory that is added, as a label");
	put_label(out, "memhp_auto_online{", "word", word);
	fputs("} 1\n", out);
}

/* ----------------------------------------------------------------------------------- findings */

static const char *const severities[] = { "info", "warn", "deny" };

static uint64_t count_findings(const struct memhp_object *check, const char *rule,
			       const char *severity)
{
	const struct memhp_field *field = memhp_field_get_by_key(check->kind, "findings");
	struct memhp_value value;
	uint64_t count = 0;
	size_t i;

	for (i = 0; memhp_field_get_item(field, check, i, &value) == 0; i++) {
		char its_rule[64], its_severity[16];

		text_of(&value.object, "rule", its_rule, sizeof(its_rule));
		text_of(&value.object, "severity", its_severity, sizeof(its_severity));
		count += strcmp(its_rule, rule) == 0 && strcmp(its_severity, severity) == 0;
	}
	return count;
}

static void put_findings(FILE *out, const struct memhp_plan *plan)
{
	struct memhp_object check = memhp_check_get_object(plan), rule;
	struct memhp_cursor cursor;
	size_t i;

	put_head(out, "findings", "what memhp check has to say, by rule and severity");
	memhp_cursor_init(&cursor, NULL, MEMHP_KIND_RULE);
	while (memhp_cursor_next(&cursor, &rule)) {
		char name[64];

		text_of(&rule, "rule", name, sizeof(name));
		for (i = 0; i < ARRAY_SIZE(severities); i++) {
			put_label(out, "memhp_findings{", "rule", name);
			put_label(out, ",", "severity", severities[i]);
			fprintf(out, "} %" PRIu64 "\n",
				count_findings(&check, name, severities[i]));
		}
	}
}

char *render_metrics(const struct memhp_snapshot *snapshot, const struct memhp_plan *check,
		     size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);
	bool failed;

	if (out == NULL)
		return NULL;
	put_budget(out, snapshot);
	put_blocks(out, snapshot);
	put_errors(out, snapshot);
	put_auto_online(out, snapshot);
	put_head(out, "check_succeeded", "whether the findings could be had");
	fprintf(out, "memhp_check_succeeded %d\n", check != NULL);
	if (check != NULL)
		put_findings(out, check);
	fputs("# EOF\n", out);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
