/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases: text to lines, lines to requests and what is expected of them. What a line says of the machine
 * stands in case-machine.c.
 */
#include "case.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

void case_bad(const struct case_line *line, const char *what)
{
	fail_msg("%s:%zu: %s: %s", line->file, line->number, line->words[0], what);
	abort();
}

const char *case_word(const struct case_line *line, size_t index)
{
	if (index >= line->count)
		case_bad(line, "a word is missing at its end");
	return line->words[index];
}

uint64_t case_number(const struct case_line *line, size_t index)
{
	const char *word = case_word(line, index);
	uint64_t number;
	char *end;

	if (strncmp(word, "0x", 2) == 0) {
		number = strtoull(word, &end, 16);
		if (*end != '\0')
			case_bad(line, "not a number");
		return number;
	}
	if (memhp_size_from_string(word, &number) < 0)
		case_bad(line, "not a number");
	return number;
}

/* TEXT up to its end of line; false if it says nothing. The words are the line's own. */
static bool line_parse(const char *file, size_t number, const char *text, struct case_line *line)
{
	size_t len = strcspn(text, "\n#");
	char *save = NULL, *word;

	*line = (struct case_line){ .file = file, .number = number, .text = strndup(text, len) };
	assert_non_null(line->text);
	for (word = strtok_r(line->text, " \t", &save); word != NULL;
	     word = strtok_r(NULL, " \t", &save)) {
		if (line->count == CASE_WORDS)
			case_bad(line, "too many words");
		line->words[line->count++] = word;
	}
	if (line->count > 0)
		return true;
	free(line->text);
	return false;
}

/* ---- requests ---- */

static const struct {
	const char *word;
	uint32_t flag;
} flags[] = {
	{ "--move", MEMHP_REQUEST_MOVE },
	{ "--contiguous", MEMHP_REQUEST_CONTIGUOUS },
	{ "--boot-memory", MEMHP_REQUEST_BOOT_MEMORY },
	{ "--yes", MEMHP_REQUEST_YES },
	{ "--from-policy", MEMHP_REQUEST_FROM_POLICY },
	{ "--unbound", MEMHP_REQUEST_UNBOUND },
};

static bool take_flag(struct memhp_request *options, const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(word, flags[i].word) == 0) {
			options->flags |= flags[i].flag;
			return true;
		}
	}
	return false;
}

/* An option with its value, which is the next word. */
static bool take_option(struct memhp_request *options, const struct case_line *line, size_t at)
{
	const char *word = line->words[at];
	int rc = 0;

	if (strcmp(word, "--zone") == 0)
		rc = memhp_zone_choice_from_string(case_word(line, at + 1), &options->zone);
	else if (strcmp(word, "--memmap-on-memory") == 0)
		rc = memhp_memmap_choice_from_string(case_word(line, at + 1),
						     &options->memmap_on_memory);
	else if (strcmp(word, "--on-error") == 0)
		rc = memhp_on_error_from_string(case_word(line, at + 1), &options->on_error);
	else if (strcmp(word, "--size") == 0)
		options->amount = case_number(line, at + 1);
	else if (strcmp(word, "--align") == 0)
		options->align = case_number(line, at + 1);
	else if (strcmp(word, "--force") == 0)
		options->force = case_word(line, at + 1);
	else
		return false;
	if (rc < 0)
		case_bad(line, "an option's value is not one of its words");
	return true;
}

/* From word FIRST on: operation, options and targets. */
static void request_parse(struct case_request *request, size_t first)
{
	const struct case_line *line = &request->line;
	size_t i, count = 0;

	request->options = (struct memhp_request){ .struct_size = sizeof(request->options) };
	if (strcmp(case_word(line, first), "place") == 0)
		request->options.operation = MEMHP_OPERATION_PLACE;
	else if (memhp_operation_from_string(case_word(line, first), &request->options.operation) <
		 0)
		case_bad(line, "not an operation");
	for (i = first + 1; i < line->count; i++) {
		if (take_flag(&request->options, line->words[i]))
			continue;
		if (take_option(&request->options, line, i)) {
			i++;
			continue;
		}
		if (text_starts_with(line->words[i], "--"))
			case_bad(line, "not an option");
		request->targets[count++] = line->words[i];
	}
}

static void request_free(struct case_request *request)
{
	size_t i;

	for (i = 0; i < request->expected_count; i++)
		free(request->expected[i].text);
	free(request->expected);
	free(request->line.text);
}

static void add_request(struct test_case *test_case, const struct case_line *line)
{
	struct case_request *request;

	assert_int_equal(array_reserve(&test_case->requests, test_case->request_count,
				       &test_case->request_capacity, sizeof(*request)),
			 0);
	request = &test_case->requests[test_case->request_count++];
	*request = (struct case_request){ .line = *line };
	if (line->count != 2 || strcmp(line->words[1], "check") != 0)
		request_parse(request, 1);
}

static void add_expected(struct test_case *test_case, const struct case_line *line)
{
	struct case_request *request;

	if (test_case->request_count == 0)
		case_bad(line, "this says nothing about a machine, and no request stands above it");
	request = &test_case->requests[test_case->request_count - 1];
	assert_int_equal(array_reserve(&request->expected, request->expected_count,
				       &request->expected_capacity, sizeof(*request->expected)),
			 0);
	request->expected[request->expected_count++] = *line;
}

/* ---- cases ---- */

static void take_line(struct test_case *test_case, const struct case_line *line)
{
	if (strcmp(line->words[0], "request") == 0) {
		add_request(test_case, line);
	} else if (test_case->request_count == 0 && case_machine(test_case, line)) {
		free(line->text);
	} else {
		add_expected(test_case, line);
	}
}

struct test_case *case_parse(const char *name, const char *text)
{
	struct test_case *test_case = calloc(1, sizeof(*test_case));
	struct case_line line;
	size_t number = 1;

	assert_non_null(test_case);
	test_case->file = strdup(name);
	assert_int_equal(snapshot_new(&test_case->snapshot), 0);
	policy_default(&test_case->policy);
	test_case->snapshot->machine = (struct machine){
		.boot_id = "5f3c0f0e-0000-4000-8000-000000000000",
		.arch = "x86_64",
		.page_size = 4096,
		.struct_page_size = 64,
		.block_size = UINT64_C(128) << 20,
		.auto_online = WORD_OFFLINE,
		.online_policy = "contig-zones",
		.auto_movable_ratio = 301,
		.auto_movable_numa_aware = TRI_YES,
		.memmap_on_memory = MEMMAP_MODE_OFF,
		.movable_node = TRI_NO,
		.memmap_pages = -1,
		.memmap_boot_pages = -1,
		.iomem_known = true,
		.has_kmem = true,
		.has_device_dax = true,
	};
	for (; *text != '\0'; number++) {
		if (line_parse(test_case->file, number, text, &line))
			take_line(test_case, &line);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	case_derive(test_case);
	return test_case;
}

struct test_case *case_read(const char *path)
{
	struct test_case *test_case;
	char *text = NULL;
	size_t capacity = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	if (getdelim(&text, &capacity, '\0', file) < 0)
		fail_msg("%s: is empty", path);
	fclose(file);
	test_case = case_parse(path, text);
	free(text);
	return test_case;
}

void case_free(struct test_case *test_case)
{
	size_t i;

	if (test_case == NULL)
		return;
	for (i = 0; i < test_case->request_count; i++)
		request_free(&test_case->requests[i]);
	free(test_case->requests);
	for (i = 0; i < test_case->policy_line_count; i++)
		free(test_case->policy_lines[i]);
	free(test_case->policy_lines);
	policy_clear(&test_case->policy);
	memhp_snapshot_unref(test_case->snapshot);
	free(test_case->file);
	free(test_case);
}

void case_cleanup(struct test_case **test_case)
{
	case_free(*test_case);
}

void plan_cleanup(struct memhp_plan **plan)
{
	*plan = memhp_plan_unref(*plan);
}

/* ---- plans ---- */

static int make_plan(const struct test_case *test_case, struct case_request *request,
		     struct memhp_error *error, struct memhp_plan **ret_plan)
{
	static const struct lessons none;

	request->options.targets = request->targets;
	error_clear(error);
	if (request->options.operation == MEMHP_OPERATION_NONE)
		return plan_new_check(test_case->snapshot, &test_case->policy, error, ret_plan);
	return plan_new(test_case->snapshot, &test_case->policy, &request->options, &none, error,
			ret_plan);
}

int case_plan(const struct test_case *test_case, const char *words, struct memhp_error *error,
	      struct memhp_plan **ret_plan)
{
	struct case_request request = { 0 };
	int rc;

	assert_true(line_parse(words, 0, words, &request.line));
	request_parse(&request, 0);
	rc = make_plan(test_case, &request, error, ret_plan);
	request_free(&request);
	return rc;
}

int case_plan_request(const struct test_case *test_case, size_t index, struct memhp_error *error,
		      struct memhp_plan **ret_plan)
{
	return make_plan(test_case, &test_case->requests[index], error, ret_plan);
}
