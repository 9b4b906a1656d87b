/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables of proc: zoneinfo, iomem, vmstat and meminfo, by key and never by line number. Pure;
 * what is not understood is passed over.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "parse.h"

int parse_counter(const char *text, size_t len, const char *key, uint64_t *ret_value)
{
	struct cursor lines = cursor_of(text, len);
	struct piece line, word;

	while (parse_line(&lines, &line)) {
		struct cursor words = cursor_of(line.text, line.len);

		if (piece_starts_with(line, key) && parse_word(&words, &word) &&
		    piece_is(word, key))
			return parse_uint(words.at, (size_t)(words.end - words.at), 10, ret_value);
	}
	return -ENOENT;
}

/* Lines are "MemTotal: 1 kB"; those of a node begin with "Node 0". */
int parse_meminfo(const char *text, size_t len, const char *key, uint64_t *ret_bytes)
{
	struct cursor lines = cursor_of(text, len);
	struct piece line, word;
	uint64_t kilobytes, bytes;

	while (parse_line(&lines, &line)) {
		struct cursor words = cursor_of(line.text, line.len);
		bool found = false;

		while (!found && parse_word(&words, &word))
			found = piece_is(word, key);
		if (!found || !parse_word(&words, &word))
			continue;
		if (parse_uint(word.text, word.len, 10, &kilobytes) < 0)
			return -EINVAL;
		if (__builtin_mul_overflow(kilobytes, (uint64_t)1024, &bytes))
			return -ERANGE;
		*ret_bytes = bytes;
		return 0;
	}
	return -ENOENT;
}

/* One row for each counter that is wanted of a zone; rows of one member are added up. */
static const struct zone_key {
	const char *key;
	size_t offset;
} zone_keys[] = {
	{ "high", offsetof(struct memhp_zone, high) },
	{ "spanned", offsetof(struct memhp_zone, spanned) },
	{ "present", offsetof(struct memhp_zone, present) },
	{ "managed", offsetof(struct memhp_zone, managed) },
	{ "cma", offsetof(struct memhp_zone, cma) },
	{ "count:", offsetof(struct memhp_zone, at_hand) },
	{ "start_pfn:", offsetof(struct memhp_zone, start_pfn) },
	{ "nr_zone_inactive_file", offsetof(struct memhp_zone, file) },
	{ "nr_zone_active_file", offsetof(struct memhp_zone, file) },
	{ "nr_zone_inactive_anon", offsetof(struct memhp_zone, programs) },
	{ "nr_zone_active_anon", offsetof(struct memhp_zone, programs) },
	{ "nr_zone_unevictable", offsetof(struct memhp_zone, programs) },
};

/* "Node 0, zone      DMA" */
static bool parse_zone_heading(struct piece line, int *ret_node, enum zone_index *ret_zone)
{
	struct cursor words = cursor_of(line.text, line.len);
	struct piece word;
	uint64_t node;

	if (!piece_starts_with(line, "Node ") || !parse_word(&words, &word) ||
	    !parse_word(&words, &word) || word.len < 2 || word.text[word.len - 1] != ',' ||
	    parse_uint(word.text, word.len - 1, 10, &node) < 0 || node > INT16_MAX ||
	    !parse_word(&words, &word) || !piece_is(word, "zone") || !parse_word(&words, &word))
		return false;
	*ret_node = (int)node;
	*ret_zone = zone_from_name(word.text, word.len);
	return true;
}

static void parse_zone_line(struct piece line, struct memhp_zone *zone)
{
	struct cursor words = cursor_of(line.text, line.len);
	struct piece key;
	size_t offset = SIZE_MAX;
	uint64_t value;
	size_t i;

	if (!parse_word(&words, &key))
		return;
	if (piece_is(key, "pages")) {
		if (!parse_word(&words, &key) || !piece_is(key, "free"))
			return;
		offset = offsetof(struct memhp_zone, free);
	}
	for (i = 0; offset == SIZE_MAX && i < ARRAY_SIZE(zone_keys); i++) {
		if (piece_is(key, zone_keys[i].key))
			offset = zone_keys[i].offset;
	}
	if (offset == SIZE_MAX ||
	    parse_uint(words.at, (size_t)(words.end - words.at), 10, &value) < 0)
		return;
	*(uint64_t *)((char *)zone + offset) += value;
}

bool parse_zoneinfo(struct cursor *cursor, struct memhp_zone *ret_zone)
{
	enum zone_index index = ZONE_INDEX_NONE;
	struct memhp_zone zone = { .node = NODE_NONE };
	struct cursor ahead = *cursor;
	struct piece line;
	bool begun = false;
	int node;

	while (parse_line(&ahead, &line)) {
		enum zone_index next;

		if (parse_zone_heading(line, &node, &next)) {
			if (begun)
				break;
			begun = true;
			index = next;
			zone.node = node;
		} else if (begun) {
			parse_zone_line(line, &zone);
		}
		*cursor = ahead;
	}
	if (!begun)
		return false;
	zone.zone = (uint8_t)index;
	*ret_zone = zone;
	return true;
}

static bool parse_iomem_line(struct piece line, struct iomem_line *ret_line)
{
	size_t indent = 0, dash, colon;
	const char *text = line.text;
	struct iomem_line result;

	while (indent < line.len && text[indent] == ' ')
		indent++;
	for (dash = indent; dash < line.len && text[dash] != ' ' && text[dash] != ':'; dash++)
		;
	colon = dash;
	if (line.len - colon < 3 || memcmp(text + colon, " : ", 3) != 0)
		return false;
	if (parse_range(text + indent, colon - indent, 16, &result.start, &result.end) < 0)
		return false;
	result.name = (struct piece){ text + colon + 3, line.len - colon - 3 };
	result.depth = (unsigned int)MIN(indent / 2, (size_t)UINT16_MAX);
	*ret_line = result;
	return true;
}

bool parse_iomem(struct cursor *cursor, struct iomem_line *ret_line)
{
	struct piece line;

	while (parse_line(cursor, &line)) {
		if (parse_iomem_line(line, ret_line))
			return true;
	}
	return false;
}

/* Counted from behind the name of the program, which may hold anything (proc(5)). */
#define START_TIME_FIELD 20

int parse_start_time(const char *text, size_t len, uint64_t *ret_time)
{
	const char *end = text + len, *at = end;
	struct cursor cursor;
	struct piece word;
	unsigned int field;

	while (at > text && at[-1] != ')')
		at--;
	cursor = cursor_of(at, (size_t)(end - at));
	for (field = 0; field < START_TIME_FIELD; field++) {
		if (!parse_word(&cursor, &word))
			return -EINVAL;
	}
	return parse_uint(word.text, word.len, 10, ret_time);
}

char parse_config(const char *config, const char *option)
{
	size_t len = strlen(option);
	const char *at = config;

	while ((at = strstr(at, option)) != NULL) {
		bool starts = at == config || at[-1] == '\n';

		if (starts && at[len] == '=')
			return (at[len + 1] == 'y' || at[len + 1] == 'm' || at[len + 1] == 'n') &&
					       (at[len + 2] == '\n' || at[len + 2] == '\0') ?
				       at[len + 1] :
				       '=';
		at += len;
	}
	/* "# CONFIG_X is not set", and what is not there at all. */
	return 'n';
}
