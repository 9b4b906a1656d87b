/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/rules.c and lib/rules/: every case below test/rules, each a test of its own. A folder is named
 * after its rule; a rule without cases and a folder without a rule fail. Of each request
 *
 *   nothing                        the rule finds nothing
 *   finds deny memory0-3 measured 4 limit 0 blocks remedy --boot-memory
 *                                  it does, and nothing besides such lines; then any of: measured,
 *                                  limit, unit, a word of message or remedy, forced
 *   verdict deny                   of all rules together
 *   steps 0                        how many the plan has
 *   fails target                   it cannot be planned: the kind of error
 */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

#define CASES_MAX 512

struct named_case {
	const struct rule *rule;
	char path[512];
	char name[128];
};

/* ---- one line of what is expected ---- */

static const char *unit_of(const struct memhp_finding *finding)
{
	return finding->unit != NULL ? finding->unit : "";
}

/* The word at AT and its value agree with FINDING; RET_USED: how many words they were. */
static bool agrees(const struct case_line *line, size_t at, const struct memhp_finding *finding,
		   size_t *ret_used)
{
	const char *word = case_word(line, at);

	*ret_used = 2;
	if (strcmp(word, "measured") == 0)
		return finding->has_measure && finding->measured == case_number(line, at + 1);
	if (strcmp(word, "limit") == 0)
		return finding->has_measure && finding->limit == case_number(line, at + 1);
	if (strcmp(word, "message") == 0)
		return strstr(finding->message, case_word(line, at + 1)) != NULL;
	if (strcmp(word, "remedy") == 0)
		return strstr(finding->remedy, case_word(line, at + 1)) != NULL;
	*ret_used = 1;
	if (strcmp(word, "forced") == 0)
		return finding->forced;
	if (strcmp(word, "bytes") == 0 || strcmp(word, "percent") == 0 ||
	    strcmp(word, "blocks") == 0 || strcmp(word, "pages") == 0)
		return strcmp(word, unit_of(finding)) == 0;
	case_bad(line, word);
}

static bool line_matches(const struct case_line *line, const struct memhp_finding *finding)
{
	bool forced = false;
	size_t at, used;

	if (strcmp(case_word(line, 1), memhp_severity_to_string(finding->severity)) != 0 ||
	    strcmp(case_word(line, 2), finding->subject) != 0)
		return false;
	for (at = 3; at < line->count; at += used) {
		if (!agrees(line, at, finding, &used))
			return false;
		forced |= strcmp(line->words[at], "forced") == 0;
	}
	return forced == finding->forced;
}

/* ---- one request ---- */

static void show_findings(const struct memhp_plan *plan, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < plan->findings.count; i++) {
		const struct memhp_finding *finding = &plan->findings.items[i];

		print_message("# %s %s %s %s measured %llu limit %llu %s: %s; %s\n",
			      finding->rule == rule ? "finds" : "  also", finding->rule->name,
			      memhp_severity_to_string(finding->severity), finding->subject,
			      (unsigned long long)finding->measured,
			      (unsigned long long)finding->limit, unit_of(finding),
			      finding->message, finding->remedy);
	}
}

static void check_sense(const struct memhp_finding *finding, const struct case_line *line)
{
	if (finding->subject[0] == '\0' || finding->message[0] == '\0' ||
	    finding->remedy[0] == '\0' || (finding->has_measure && finding->unit == NULL))
		case_bad(line, "a finding without subject, message, remedy or unit");
}

/* Each finding of RULE has its line. */
static void check_findings(const struct memhp_plan *plan, const struct rule *rule,
			   const struct case_request *request, const struct case_line *line)
{
	bool matched[CASE_WORDS] = { false };
	size_t i, j, found = 0;

	for (i = 0; i < plan->findings.count; i++) {
		const struct memhp_finding *finding = &plan->findings.items[i];

		if (finding->rule != rule)
			continue;
		found++;
		check_sense(finding, line);
		for (j = 0; j < request->expected_count; j++) {
			if (strcmp(request->expected[j].words[0], "finds") == 0 && !matched[j] &&
			    line_matches(&request->expected[j], finding))
				break;
		}
		if (j < request->expected_count) {
			matched[j] = true;
			continue;
		}
		show_findings(plan, rule);
		case_bad(&request->line, "finds what no line below it expects");
	}
	for (j = 0; j < request->expected_count; j++) {
		if (strcmp(request->expected[j].words[0], "finds") != 0 || matched[j])
			continue;
		show_findings(plan, rule);
		case_bad(&request->expected[j], "was not found so");
	}
	if (found > 0 && strcmp(line->words[0], "nothing") == 0)
		case_bad(line, "something was found");
}

static void check_plan(const struct memhp_plan *plan, const struct rule *rule,
		       const struct case_request *request)
{
	bool said = false;
	size_t i;

	for (i = 0; i < request->expected_count; i++) {
		const struct case_line *line = &request->expected[i];
		const char *word = line->words[0];

		if (strcmp(word, "finds") == 0 || strcmp(word, "nothing") == 0) {
			said = true;
		} else if (strcmp(word, "verdict") == 0) {
			if (strcmp(memhp_verdict_to_string(plan->verdict), case_word(line, 1)) !=
			    0) {
				show_findings(plan, rule);
				case_bad(line, memhp_verdict_to_string(plan->verdict));
			}
		} else if (strcmp(word, "steps") == 0) {
			if (case_number(line, 1) != plan->step_count)
				case_bad(line, "the plan has another number of steps");
		} else {
			case_bad(line, "not a statement");
		}
	}
	if (!said)
		case_bad(&request->line, "nothing is said of what it finds");
	check_findings(plan, rule, request, &request->expected[0]);
}

static void check_failure(const struct case_request *request, const struct memhp_error *error)
{
	const struct case_line *line = &request->expected[0];

	if (request->expected_count != 1 || strcmp(line->words[0], "fails") != 0 ||
	    strcmp(case_word(line, 1), memhp_error_kind_to_string(error->kind)) != 0) {
		print_message("# %s: %s\n", memhp_error_kind_to_string(error->kind),
			      error->message);
		case_bad(&request->line, "cannot be planned");
	}
}

static void run_case(void **state)
{
	const struct named_case *named = *state;
	_cleanup_(case_cleanup) struct test_case *test_case = case_read(named->path);
	size_t i;

	if (test_case->request_count == 0)
		fail_msg("%s: no request", named->path);
	for (i = 0; i < test_case->request_count; i++) {
		_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
		struct case_request *request = &test_case->requests[i];
		struct memhp_error error;

		if (request->expected_count == 0)
			case_bad(&request->line, "nothing is expected of it");
		if (case_plan_request(test_case, i, &error, &plan) < 0)
			check_failure(request, &error);
		else
			check_plan(plan, named->rule, request);
	}
}

/* ---- the table itself ---- */

static void test_rows(void **state)
{
	size_t i, j;

	for (i = 0; rules[i] != NULL; i++) {
		assert_ptr_equal(rule_by_name(rules[i]->name), rules[i]);
		assert_non_null(rules[i]->check);
		assert_true(strlen(rules[i]->summary) > 10);
		assert_true(rules[i]->operations != 0);
		/* What never denies has nothing to force, and what denies says whether it can be. */
		assert_true(rules[i]->severity != MEMHP_SEVERITY_DENY ||
			    rules[i]->forceable != FORCE_NOT_APPLICABLE);
		for (j = 0; j < i; j++)
			assert_string_not_equal(rules[i]->name, rules[j]->name);
	}
	assert_null(rule_by_name("no-such-rule"));
	assert_null(rule_by_name(""));
}

static void expect_usage(const struct test_case *test_case, const char *words)
{
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	assert_true(case_plan(test_case, words, &error, &plan) < 0);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	assert_null(plan);
}

/* --force takes the names of rules that can be forced, and no others. */
static void test_force(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("force", "blocks 0-3 online Normal node 0 boot\n");
	size_t i;

	for (i = 0; rules[i] != NULL; i++) {
		_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
		struct memhp_error error;
		char words[128];

		text_format(words, sizeof(words), "offline --force %s 3", rules[i]->name);
		if (rules[i]->forceable == FORCE_BY_NAME)
			assert_int_equal(case_plan(test_case, words, &error, &plan), 0);
		else
			expect_usage(test_case, words);
	}
	expect_usage(test_case, "offline --force no-such-rule 3");
	expect_usage(test_case, "offline --force boot-memory,no-such-rule 3");
}

static void test_verdict(void **state)
{
	struct memhp_finding items[] = { { .severity = MEMHP_SEVERITY_INFO },
					 { .severity = MEMHP_SEVERITY_WARN },
					 { .severity = MEMHP_SEVERITY_DENY },
					 { .severity = MEMHP_SEVERITY_WARN } };
	static const enum memhp_verdict expected[] = { MEMHP_VERDICT_ALLOW, MEMHP_VERDICT_ALLOW,
						       MEMHP_VERDICT_WARN, MEMHP_VERDICT_DENY,
						       MEMHP_VERDICT_DENY };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		struct findings findings = { .items = items, .count = i };

		assert_int_equal(findings_verdict(&findings), expected[i]);
	}
}

/* ---- finding the cases ---- */

static const char *cases_root(void)
{
	const char *root = getenv("MEMHP_TEST_RULES");

	return root != NULL ? root : "test/rules";
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int is_case(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".case") == 0;
}

/* The cases of RULE from COUNT on; returns how many there are then. */
static size_t collect_rule(const struct rule *rule, struct named_case *cases, size_t count)
{
	struct dirent **entries = NULL;
	char path[300];
	int found, i;

	text_format(path, sizeof(path), "%s/%s", cases_root(), rule->name);
	found = scandir(path, &entries, is_case, alphasort);
	if (found <= 0) {
		print_error("Bail out! rule %s has no case in %s\n", rule->name, path);
		exit(1);
	}
	for (i = 0; i < found && count < CASES_MAX; i++) {
		cases[count].rule = rule;
		text_format(cases[count].path, sizeof(cases[count].path), "%s/%.200s", path,
			    entries[i]->d_name);
		text_format(cases[count].name, sizeof(cases[count].name), "%.40s/%.80s", rule->name,
			    entries[i]->d_name);
		count++;
		free(entries[i]);
	}
	free(entries);
	return count;
}

static void test_folders(void **state)
{
	struct dirent **entries = NULL;
	int found = scandir(cases_root(), &entries, is_visible, alphasort), i;

	assert_true(found > 0);
	for (i = 0; i < found; i++) {
		if (rule_by_name(entries[i]->d_name) == NULL)
			fail_msg("%s/%s is the folder of no rule", cases_root(),
				 entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int main(void)
{
	static struct named_case cases[CASES_MAX];
	static struct CMUnitTest tests[CASES_MAX + 4] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_force),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_folders),
	};
	size_t count = 0, i;

	for (i = 0; rules[i] != NULL; i++)
		count = collect_rule(rules[i], cases, count);
	for (i = 0; i < count; i++)
		tests[4 + i] = (struct CMUnitTest){ .name = cases[i].name,
						    .test_func = run_case,
						    .initial_state = &cases[i] };
	/* cmocka passes over rows without a function. */
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
