/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy as text that could be a policy file: values in their sections, and behind each as a comment
 * where it comes from. For a target, the sections that were taken and the others.
 */
#include <inttypes.h>
#include <string.h>

#include "render.h"

#define WORD_MAX 128
#define VALUE_MAX 1024
#define COMMENT_COLUMN 40

static void print_origin(const struct render *render, const struct memhp_object *object)
{
	char file[VALUE_MAX];

	text_of(object, "file", file, sizeof(file));
	if (file[0] == '\0')
		fputs("default", render->out);
	else
		fprintf(render->out, "%s:%" PRIu64, file, number_of(object, "line", 0));
}

static bool is_default(const struct memhp_object *object)
{
	char file[2];

	text_of(object, "file", file, sizeof(file));
	return file[0] == '\0';
}

/* What would begin a comment stands in quotes. */
static void print_value(const struct render *render, const struct memhp_object *object,
			const char *indent)
{
	char key[WORD_MAX], value[VALUE_MAX];
	const char *quote;
	int width;

	text_of(object, "key", key, sizeof(key));
	text_of(object, "value", value, sizeof(value));
	quote = strpbrk(value, "#;") == NULL ? "" : strchr(value, '"') == NULL ? "\"" : "'";
	width = fprintf(render->out, "%s%s = %s%s%s", indent, key, quote, value, quote);
	fprintf(render->out, "%*s%s; ", width < COMMENT_COLUMN ? COMMENT_COLUMN - width : 1, "",
		paint_on(render, PAINT_DIM));
	print_origin(render, object);
	fprintf(render->out, "%s\n", paint_off(render, PAINT_DIM));
}

/* A rule that no file speaks of is as `memhp list rules` shows it. */
static bool is_shown(const struct render *render, const struct memhp_object *object,
		     const char *section)
{
	return render->verbose || strncmp(section, "rule ", strlen("rule ")) != 0 ||
	       !is_default(object);
}

static void print_values(const struct render *render, const struct memhp_policy *policy)
{
	char section[WORD_MAX], before[WORD_MAX] = "";
	struct memhp_cursor cursor;
	struct memhp_object object;

	memhp_cursor_init(&cursor, policy, MEMHP_KIND_POLICY_VALUE);
	while (memhp_cursor_next(&cursor, &object)) {
		text_of(&object, "section", section, sizeof(section));
		if (!is_shown(render, &object, section))
			continue;
		if (strcmp(section, before) != 0)
			fprintf(render->out, "%s%s[%s]%s\n", before[0] != '\0' ? "\n" : "",
				paint_on(render, PAINT_HEAD), section,
				paint_off(render, PAINT_HEAD));
		memcpy(before, section, sizeof(before));
		print_value(render, &object, "");
	}
}

static void print_section(const struct render *render, const struct memhp_policy *policy,
			  const char *wanted)
{
	struct memhp_cursor cursor;
	struct memhp_object object;
	char section[WORD_MAX];

	memhp_cursor_init(&cursor, policy, MEMHP_KIND_POLICY_VALUE);
	while (memhp_cursor_next(&cursor, &object)) {
		text_of(&object, "section", section, sizeof(section));
		if (strcmp(section, wanted) == 0)
			print_value(render, &object, "    ");
	}
}

static void print_other(const struct render *render, const struct memhp_object *other)
{
	char section[WORD_MAX], key[WORD_MAX], value[VALUE_MAX], actual[RENDER_CELL_MAX],
		earlier[WORD_MAX];

	text_of(other, "section", section, sizeof(section));
	text_of(other, "key", key, sizeof(key));
	text_of(other, "value", value, sizeof(value));
	text_of(other, "actual", actual, sizeof(actual));
	text_of(other, "earlier", earlier, sizeof(earlier));
	fprintf(render->out, "  not [%s]: ", section);
	if (key[0] == '\0')
		fprintf(render->out, "all its keys hold, but [%s] comes before it", earlier);
	else if (actual[0] == '\0')
		fprintf(render->out, "%s = %s, and there is none, or it is not known", key, value);
	else
		fprintf(render->out, "%s = %s, and it is %s", key, value, actual);
	fprintf(render->out, "  %s; ", paint_on(render, PAINT_DIM));
	print_origin(render, other);
	fprintf(render->out, "%s\n", paint_off(render, PAINT_DIM));
}

static void print_match(const struct render *render, const struct memhp_policy *policy,
			const struct memhp_object *match)
{
	const struct memhp_field *others =
		memhp_field_get_by_key(MEMHP_KIND_POLICY_MATCH, "others");
	char subject[WORD_MAX], section[WORD_MAX];
	struct memhp_value value;
	size_t i;

	text_of(match, "subject", subject, sizeof(subject));
	text_of(match, "section", section, sizeof(section));
	fprintf(render->out, "%s%s: %s%s%s%s\n", paint_on(render, PAINT_HEAD), subject,
		section[0] != '\0' ? "[" : "no section is for it", section,
		section[0] != '\0' ? "]" : "", paint_off(render, PAINT_HEAD));
	if (section[0] != '\0')
		print_section(render, policy, section);
	for (i = 0; memhp_field_get_item(others, match, i, &value) == 0; i++)
		print_other(render, &value.object);
}

void render_policy(const struct render *render, const struct memhp_policy *policy, bool matched)
{
	struct memhp_cursor cursor;
	struct memhp_object match;
	bool first = true;

	if (!matched) {
		print_values(render, policy);
		return;
	}
	memhp_cursor_init(&cursor, policy, MEMHP_KIND_POLICY_MATCH);
	for (; memhp_cursor_next(&cursor, &match); first = false) {
		if (!first)
			fputc('\n', render->out);
		print_match(render, policy, &match);
	}
}
