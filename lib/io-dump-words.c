/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of 64-bit words in a dump, of which only pieces are of interest: kept, written, read and
 * looked up as runs of words that are alike. Knows nothing of what the words mean.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "io-dump-line.h"
#include "parse.h"

/* ---- runs ---- */

static bool goes_on(const struct dump_run *run, const struct dump_run *next)
{
	return run->last + 1 == next->first && run->word == next->word && run->error == next->error;
}

int dump_add_run(struct dump *dump, struct dump_entry *entry, const struct dump_run *run)
{
	struct dump_run *last = entry->count == 0 ? NULL : &dump->runs[dump->run_count - 1];

	if (run->last < run->first || (last != NULL && run->first <= last->last))
		return -EINVAL;
	if (last != NULL && goes_on(last, run)) {
		last->last = run->last;
		return 0;
	}
	if (dump->run_count == DUMP_RUNS_MAX)
		return -E2BIG;
	if (array_reserve(&dump->runs, dump->run_count, &dump->run_capacity, sizeof(*dump->runs)) <
	    0)
		return -ENOMEM;
	if (entry->count == 0)
		entry->first_run = dump->run_count;
	dump->runs[dump->run_count++] = *run;
	entry->count++;
	return 0;
}

void dump_cut_runs(struct dump *dump, struct dump_entry *entry, uint64_t first)
{
	while (entry->count > 0 && dump->runs[dump->run_count - 1].first >= first) {
		dump->run_count--;
		entry->count--;
	}
	if (entry->count > 0 && dump->runs[dump->run_count - 1].last >= first)
		dump->runs[dump->run_count - 1].last = first - 1;
}

/* The first run that does not end before word INDEX; the end of the runs if there is none. */
static const struct dump_run *run_from(const struct dump *dump, const struct dump_entry *entry,
				       uint64_t index)
{
	const struct dump_run *runs = dump->runs + entry->first_run;
	size_t low = 0, high = entry->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs[middle].last < index)
			low = middle + 1;
		else
			high = middle;
	}
	return runs + low;
}

int dump_read_words(const struct dump *dump, const struct dump_entry *entry, uint64_t offset,
		    void *buffer, size_t size, size_t *ret_len)
{
	uint64_t *words = buffer, index = offset / sizeof(*words);
	size_t wanted = size / sizeof(*words), count = 0;
	const struct dump_run *run, *end;

	if (offset % sizeof(*words) != 0 || size % sizeof(*words) != 0)
		return -EINVAL;
	if (entry->count == 0) {
		*ret_len = 0;
		return 0;
	}
	end = dump->runs + entry->first_run + entry->count;
	for (run = run_from(dump, entry, index); run < end && run->first <= index + count; run++) {
		if (run->error != 0 && count == 0)
			return -run->error;
		if (run->error != 0)
			break;
		for (; count < wanted && index + count <= run->last; count++)
			memcpy(&words[count], &run->word, sizeof(run->word));
		if (count == wanted)
			return -E2BIG;
	}
	*ret_len = count * sizeof(*words);
	return 0;
}

/* ---- as text ---- */

void dump_put_words(struct dump_text *out, const struct dump *dump, const struct dump_entry *entry)
{
	size_t i;

	dump_print(out, " @");
	for (i = 0; i < entry->count; i++) {
		const struct dump_run *run = &dump->runs[entry->first_run + i];

		dump_print(out, "\n\t%" PRIx64, run->first);
		if (run->last > run->first)
			dump_print(out, "-%" PRIx64, run->last);
		if (run->error == 0)
			dump_print(out, " | %" PRIx64, run->word);
		else if (dump_errno_name(run->error) != NULL)
			dump_print(out, " | !%s", dump_errno_name(run->error));
		else
			dump_print(out, " | !%d", run->error);
	}
}

static int wrong(struct dump_parser *parser, const char *what)
{
	return error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name, "line %u: %s",
			 parser->line, what);
}

/* PATH @ */
int dump_parse_words(struct dump_parser *parser, struct dump_entry *entry, char *operator,
		     char * value, size_t len)
{
	if (len > 0)
		return wrong(parser, "something behind @");
	parser->open = OPEN_WORDS;
	return 0;
}

/* FIRST | WORD, FIRST-LAST | WORD, or !ERROR for the word. */
static bool parse_run(char *text, size_t len, struct dump_run *ret_run)
{
	static const char bar[] = " | ";
	char *middle = memmem(text, len, bar, sizeof(bar) - 1), *word;
	struct dump_run run = { .error = 0 };
	size_t left;

	if (middle == NULL)
		return false;
	left = (size_t)(middle - text);
	word = middle + sizeof(bar) - 1;
	if (memchr(text, '-', left) != NULL) {
		if (parse_range(text, left, 16, &run.first, &run.last) < 0)
			return false;
	} else if (parse_uint(text, left, 16, &run.first) < 0) {
		return false;
	} else {
		run.last = run.first;
	}
	text[len] = '\0';
	if (word[0] == '!')
		run.error = dump_errno_from_name(word + 1);
	else if (parse_uint(word, (size_t)(text + len - word), 16, &run.word) < 0)
		return false;
	*ret_run = run;
	return word[0] != '!' || run.error != 0;
}

int dump_parse_run(struct dump_parser *parser, char *text, size_t len)
{
	struct dump *dump = parser->dump;
	struct dump_run run;
	int rc;

	if (!parse_run(text, len, &run))
		return wrong(parser, "not FIRST-LAST | WORD");
	rc = dump_add_run(dump, &dump->entries[dump->entry_count - 1], &run);
	if (rc == -ENOMEM)
		return error_memory(parser->error);
	if (rc == -E2BIG)
		return wrong(parser, "more words than there can be");
	return rc < 0 ? wrong(parser, "words that do not come after those before them") : 0;
}
