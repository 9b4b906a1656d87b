/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal's text:
 *
 *	memhp-journal 1
 *	boot 5f0c1d3e-...		the boot that it is of
 *	process 1234 56789		who wrote it, and when that process began, in clock ticks
 *	auto-online online		write this word back
 *	others online			it is back; online by this word what came before it was
 *	id kmem dax0.0			kmem was told that dax0.0 is its own: tell it otherwise
 *	blocks 0 15			there when it was parked, or a dax device's
 *
 * Pure: reads and saves nothing.
 */
#include "journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

#define HEADER "memhp-journal 1"
#define WORD_MAX 64

static bool take_number(struct cursor *words, uint64_t *ret_number)
{
	struct piece word;

	return parse_word(words, &word) && parse_uint(word.text, word.len, 10, ret_number) == 0;
}

static bool take_online_word(struct cursor *words, enum bracket_kind kind, struct bracket *bracket)
{
	char name[WORD_MAX];

	bracket->kind = (uint8_t)kind;
	if (!parse_name(words, name, sizeof(name)))
		return false;
	bracket->value = (uint8_t)online_word_from_name(name);
	return bracket->value != WORD_UNKNOWN && bracket->value != WORD_OFFLINE;
}

static bool take_id(struct cursor *words, struct bracket *bracket)
{
	char name[WORD_MAX];

	bracket->kind = BRACKET_ID;
	if (!parse_name(words, name, sizeof(name)) ||
	    !parse_name(words, bracket->device, sizeof(bracket->device)))
		return false;
	bracket->value = (uint8_t)driver_from_name(name);
	return driver_name(bracket->value) != NULL;
}

static bool take_blocks(struct cursor *words, struct journal *journal)
{
	uint64_t first, last;

	if (!take_number(words, &first) || !take_number(words, &last) || last < first ||
	    last > UINT32_MAX || journal->run_count == JOURNAL_RUNS_MAX)
		return false;
	journal->runs[journal->run_count++] =
		(struct block_run){ .first = (uint32_t)first, .last = (uint32_t)last };
	return true;
}

static bool take_line(struct piece line, struct journal *journal)
{
	struct cursor words = cursor_of(line.text, line.len);
	struct bracket bracket = { 0 };
	struct piece key, more;
	bool known;

	if (!parse_word(&words, &key))
		return true;
	if (piece_is(key, "boot"))
		known = parse_name(&words, journal->boot_id, sizeof(journal->boot_id));
	else if (piece_is(key, "process"))
		known = take_number(&words, &journal->pid) &&
			take_number(&words, &journal->start_time);
	else if (piece_is(key, "auto-online"))
		known = take_online_word(&words, BRACKET_AUTO_ONLINE, &bracket) &&
			journal_add(journal, &bracket) == 0;
	else if (piece_is(key, "others"))
		known = take_online_word(&words, BRACKET_OTHERS, &bracket) &&
			journal_add(journal, &bracket) == 0;
	else if (piece_is(key, "id"))
		known = take_id(&words, &bracket) && journal_add(journal, &bracket) == 0;
	else if (piece_is(key, "blocks"))
		known = take_blocks(&words, journal);
	else
		known = false;
	return known && !parse_word(&words, &more);
}

int journal_parse(const char *text, size_t len, struct journal *ret_journal)
{
	struct cursor lines = cursor_of(text, len);
	struct journal journal = { .count = 0 };
	struct piece line;

	if (!parse_line(&lines, &line) || !piece_is(line, HEADER))
		return -EINVAL;
	while (parse_line(&lines, &line)) {
		if (!take_line(line, &journal))
			return -EINVAL;
	}
	*ret_journal = journal;
	return 0;
}

static size_t format_bracket(const struct bracket *bracket, char *text, size_t size)
{
	if (bracket->kind == BRACKET_AUTO_ONLINE)
		text_format(text, size, "auto-online %s\n", online_word_name(bracket->value));
	else if (bracket->kind == BRACKET_OTHERS)
		text_format(text, size, "others %s\n", online_word_name(bracket->value));
	else
		text_format(text, size, "id %s %s\n", driver_name(bracket->value), bracket->device);
	return strlen(text);
}

void journal_format(const struct journal *journal, char text[JOURNAL_TEXT_SIZE])
{
	size_t len, i;

	text_format(text, JOURNAL_TEXT_SIZE, HEADER "\n%s%s%sprocess %" PRIu64 " %" PRIu64 "\n",
		    journal->boot_id[0] != '\0' ? "boot " : "", journal->boot_id,
		    journal->boot_id[0] != '\0' ? "\n" : "", journal->pid, journal->start_time);
	len = strlen(text);
	for (i = 0; i < journal->count; i++)
		len += format_bracket(&journal->brackets[i], text + len, JOURNAL_TEXT_SIZE - len);
	for (i = 0; i < journal->run_count; i++) {
		text_format(text + len, JOURNAL_TEXT_SIZE - len, "blocks %u %u\n",
			    journal->runs[i].first, journal->runs[i].last);
		len += strlen(text + len);
	}
}

/* ---- blocks that are not others' ---- */

bool journal_add_run(struct journal *journal, uint32_t first, uint32_t last)
{
	struct block_run *previous = NULL;

	if (journal->run_count > 0)
		previous = &journal->runs[journal->run_count - 1];
	if (previous != NULL && first > previous->first && first - 1 <= previous->last) {
		previous->last = last > previous->last ? last : previous->last;
		return true;
	}
	if (previous != NULL && first < previous->first && last == previous->first - 1) {
		previous->first = first;
		return true;
	}
	if (journal->run_count == JOURNAL_RUNS_MAX)
		return false;
	journal->runs[journal->run_count++] = (struct block_run){ .first = first, .last = last };
	return true;
}

bool journal_is_new(const struct journal *journal, uint32_t block)
{
	size_t i;

	for (i = 0; i < journal->run_count; i++) {
		if (journal->runs[i].first <= block && block <= journal->runs[i].last)
			return false;
	}
	return journal->run_count > 0;
}

const struct bracket *journal_find_kind(const struct journal *journal, enum bracket_kind kind)
{
	size_t i;

	for (i = 0; i < journal->count; i++) {
		if (journal->brackets[i].kind == kind)
			return &journal->brackets[i];
	}
	return NULL;
}

size_t journal_find(const struct journal *journal, const struct bracket *bracket)
{
	size_t i;

	for (i = 0; i < journal->count; i++) {
		const struct bracket *other = &journal->brackets[i];

		if (other->kind == bracket->kind && other->value == bracket->value &&
		    strcmp(other->device, bracket->device) == 0)
			break;
	}
	return i;
}

int journal_add(struct journal *journal, const struct bracket *bracket)
{
	if (journal_find(journal, bracket) < journal->count)
		return 0;
	if (journal->count == JOURNAL_BRACKETS_MAX)
		return -ENOSPC;
	journal->brackets[journal->count++] = *bracket;
	return 0;
}

void journal_remove(struct journal *journal, size_t index)
{
	journal->count--;
	memmove(&journal->brackets[index], &journal->brackets[index + 1],
		(journal->count - index) * sizeof(journal->brackets[0]));
}
