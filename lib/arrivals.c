/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of what is remembered from run to run, line by line:
 *
 *	memhp-arrivals 1
 *	boot 5a1c...			the boot that it is of
 *	auto-online offline online	the policy's word, and the one that it took the place of
 *	time 12345678			when blocks had their turn, in microseconds since boot
 *	seen 0-15			blocks that had it
 *
 * Pure: reads and saves nothing.
 */
#include "arrivals.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

#define HEADER "memhp-arrivals 1"
#define WORD_MAX 40

static bool take_word(struct cursor *words, uint8_t *ret_word)
{
	char name[WORD_MAX];

	if (!parse_name(words, name, sizeof(name)))
		return false;
	*ret_word = (uint8_t)online_word_from_name(name);
	return *ret_word != WORD_UNKNOWN;
}

/* Ascending, so that what is looked for can be found by bisection. */
static bool take_run(struct cursor *words, const struct arrivals *arrivals, struct block_run *run)
{
	const struct block_run *last =
		arrivals->run_count > 0 ? &arrivals->runs[arrivals->run_count - 1] : NULL;
	uint64_t first, end;
	struct piece word;

	if (!parse_word(words, &word) || parse_range(word.text, word.len, 10, &first, &end) < 0 ||
	    end > UINT32_MAX || (last != NULL && first <= last->last))
		return false;
	*run = (struct block_run){ (uint32_t)first, (uint32_t)end };
	return true;
}

static bool take_line(struct piece line, struct arrivals *arrivals, struct block_run *runs)
{
	struct cursor words = cursor_of(line.text, line.len);
	struct piece key, number, more;
	bool known = false;

	if (!parse_word(&words, &key))
		return true;
	if (piece_is(key, "boot")) {
		known = parse_name(&words, arrivals->boot_id, sizeof(arrivals->boot_id));
	} else if (piece_is(key, "auto-online")) {
		known = take_word(&words, &arrivals->set) && take_word(&words, &arrivals->replaced);
	} else if (piece_is(key, "time")) {
		known = parse_word(&words, &number) &&
			parse_uint(number.text, number.len, 10, &arrivals->time) == 0;
	} else if (piece_is(key, "seen")) {
		known = take_run(&words, arrivals, &runs[arrivals->run_count]);
		arrivals->run_count += known;
	}
	return known && !parse_word(&words, &more);
}

int arrivals_parse(const char *text, size_t len, struct arena *arena, struct arrivals *ret_arrivals)
{
	struct cursor lines = cursor_of(text, len), count = lines;
	struct arrivals arrivals = { .run_count = 0 };
	struct block_run *runs;
	struct piece line;
	size_t room = 1;

	if (!parse_line(&lines, &line) || !piece_is(line, HEADER))
		return -EINVAL;
	while (parse_line(&count, &line))
		room++;
	runs = arena_alloc(arena, room * sizeof(*runs));
	if (runs == NULL)
		return -ENOMEM;
	arrivals.runs = runs;
	while (parse_line(&lines, &line)) {
		if (!take_line(line, &arrivals, runs))
			return -EINVAL;
	}
	*ret_arrivals = arrivals;
	return 0;
}

char *arrivals_format(const struct arrivals *arrivals)
{
	char *text = NULL;
	size_t size, i;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL)
		return NULL;
	fprintf(file, HEADER "\n");
	if (arrivals->boot_id[0] != '\0')
		fprintf(file, "boot %s\n", arrivals->boot_id);
	if (arrivals->set != WORD_UNKNOWN)
		fprintf(file, "auto-online %s %s\n", online_word_name(arrivals->set),
			online_word_name(arrivals->replaced));
	if (arrivals->time != 0)
		fprintf(file, "time %" PRIu64 "\n", arrivals->time);
	for (i = 0; i < arrivals->run_count; i++)
		fprintf(file, "seen %" PRIu32 "-%" PRIu32 "\n", arrivals->runs[i].first,
			arrivals->runs[i].last);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}

/* The first run that does not end below NUMBER. */
static size_t find(const struct arrivals *arrivals, uint32_t number)
{
	size_t low = 0, high = arrivals->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (arrivals->runs[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool arrivals_have(const struct arrivals *arrivals, uint32_t number)
{
	size_t index = find(arrivals, number);

	return index < arrivals->run_count && arrivals->runs[index].first <= number;
}

void arrivals_append(struct block_run *runs, size_t *count, uint32_t number)
{
	if (*count > 0 && runs[*count - 1].last == number - 1) {
		runs[*count - 1].last = number;
		return;
	}
	runs[(*count)++] = (struct block_run){ number, number };
}

int arrivals_remove(struct arrivals *arrivals, uint32_t number, struct arena *arena)
{
	struct block_run *runs = arena_alloc(arena, (arrivals->run_count + 1) * sizeof(*runs));
	size_t count = 0, i;

	if (runs == NULL)
		return -ENOMEM;
	for (i = 0; i < arrivals->run_count; i++) {
		struct block_run run = arrivals->runs[i];

		if (run.first > number || run.last < number) {
			runs[count++] = run;
			continue;
		}
		if (run.first < number)
			runs[count++] = (struct block_run){ run.first, number - 1 };
		if (run.last > number)
			runs[count++] = (struct block_run){ number + 1, run.last };
	}
	arrivals->runs = runs;
	arrivals->run_count = count;
	return 0;
}
