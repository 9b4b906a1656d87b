/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 10000 random machines, policies and requests: the library and the model say the same of what there is
 * before, on the way and after, to the byte; of every block; and of every rule. A case is made from its
 * number alone: run one with MEMHP_TEST_SEED, as many as you like with MEMHP_TEST_CASES.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "told.h"

#define CASES 10000
#define SHOWN 10
#define TEXT_MAX (1 << 17)

struct contest {
	uint64_t seed;
	char text[TEXT_MAX];
	char words[512];
	struct world world;
	struct policy policy;
	struct request request;
	struct outcome outcome;
	struct told told;
	size_t differences, wrong_cases;
	bool wrong;
	size_t planned, failed, denied, either;
	size_t found[RULES]; /* how many cases each rule had something to say in */
};

static void __attribute__((format(printf, 2, 3)))
differ(struct contest *contest, const char *format, ...)
{
	va_list list;

	contest->wrong = true;
	if (contest->differences++ >= SHOWN * 4)
		return;
	printf("# seed %" PRIu64 ": %s: ", contest->seed, contest->words);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("\n");
}

/* ---- budgets ---- */

static const struct {
	const char *name;
	size_t in_model, in_library;
} members[] = {
#define MEMBER(name)                                                                     \
	{                                                                                \
#name, offsetof(struct budget, name), offsetof(struct told_budget, name) \
	}
	MEMBER(kernel),	       MEMBER(kernel_free),    MEMBER(kernel_available),
	MEMBER(movable),       MEMBER(ratio),	       MEMBER(memmap),
	MEMBER(on_memory),     MEMBER(offline),	       MEMBER(offline_blocks),
	MEMBER(kernel_blocks), MEMBER(movable_blocks), MEMBER(none_blocks),
	MEMBER(unknown_blocks)
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int64_t member(const void *budget, size_t offset)
{
	return *(const int64_t *)((const char *)budget + offset);
}

static size_t different_members(const struct budget *model, const struct told_budget *library)
{
	size_t count = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		count += member(model, members[i].in_model) !=
			 member(library, members[i].in_library);
	return count;
}

static void compare_budget(struct contest *contest, const char *when, const struct budget *model,
			   const struct told_budget *library)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		int64_t expected = member(model, members[i].in_model);
		int64_t found = member(library, members[i].in_library);

		if (expected != found)
			differ(contest, "%s, %s is %" PRId64 ", and %" PRId64 " in the model", when,
			       members[i].name, found, expected);
	}
}

/* Several moments may be as lean: the library's is one of them. */
static void compare_leanest(struct contest *contest)
{
	const struct outcome *outcome = &contest->outcome;
	size_t best = 0;

	for (size_t i = 0; i < outcome->leanest_count; i++) {
		if (different_members(&outcome->leanest[i], &contest->told.lowest) <
		    different_members(&outcome->leanest[best], &contest->told.lowest))
			best = i;
	}
	compare_budget(contest, "at its leanest", &outcome->leanest[best], &contest->told.lowest);
}

/* ---- blocks ---- */

static void compare_blocks(struct contest *contest)
{
	static const char states[] = "-fngu";

	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &contest->outcome.after.blocks[i];

		if (contest->told.state[i] != states[block->state] ||
		    contest->told.zones[i] != block->zones)
			differ(contest, "memory%d ends %c %x, and %c %x in the model", i,
			       contest->told.state[i], contest->told.zones[i], states[block->state],
			       block->zones);
	}
}

/* ---- nr_memmap_pages ---- */

static bool is_told(const struct told *told, int64_t count)
{
	for (size_t i = 0; i < told->memmap_count_count; i++) {
		if (told->memmap_counts[i] == (uint64_t)count)
			return true;
	}
	return false;
}

/*
 * The count by this kernel's way is among those that are told, and no other is than those by either way.
 * Which way it is, what was counted before can tell: then there is but one.
 */
static void compare_counts(struct contest *contest)
{
	const struct told *told = &contest->told;
	const int64_t *counts = contest->outcome.after.memmap_count;
	enum way way = contest->world.way;
	bool any = counts[ALL_PAGES] >= 0 || counts[KEPT_PAGES] >= 0;

	if (way != WAYS && counts[way] >= 0 && !is_told(told, counts[way]))
		differ(contest, "nr_memmap_pages is not %" PRId64, counts[way]);
	for (size_t i = 0; i < told->memmap_count_count; i++) {
		if ((int64_t)told->memmap_counts[i] != counts[ALL_PAGES] &&
		    (int64_t)told->memmap_counts[i] != counts[KEPT_PAGES])
			differ(contest,
			       "nr_memmap_pages may be %" PRIu64 ", and %" PRId64 " or %" PRId64
			       " in the model",
			       told->memmap_counts[i], counts[ALL_PAGES], counts[KEPT_PAGES]);
	}
	if (any != (told->memmap_count_count > 0))
		differ(contest, "nr_memmap_pages is %sknown, and not so in the model",
		       any ? "not " : "");
	contest->either += told->memmap_count_count == 2;
}

/* ---- rules ---- */

/* Rules whose findings are about single blocks, run by run. */
static bool is_of_blocks(enum rule rule)
{
	return rule == ZONE_ALLOWED || rule == BOOT_MEMORY || rule == BLOCK_INTEGRITY ||
	       rule == OWNER || rule == GRANULARITY || rule == PERMANENT ||
	       rule == GIGANTIC_PAGES || rule == KEEP_OFFLINE;
}

static enum rule rule_of(const struct told_finding *finding)
{
	for (int i = 0; i < RULES; i++) {
		if (strcmp(rule_names[i], finding->rule) == 0)
			return (enum rule)i;
	}
	fail_msg("there is no rule %s", finding->rule);
	return RULES;
}

static void read_marks(const struct told *told, enum rule rule, int *marks, bool *forced)
{
	for (size_t i = 0; i < told->finding_count; i++) {
		const struct told_finding *finding = &told->findings[i];
		int first = 0, last;

		if (finding->left_out || rule_of(finding) != rule)
			continue;
		if (sscanf(finding->subject, "memory%d-%d", &first, &last) != 2)
			last = first;
		for (; first <= last && first < BLOCKS; first++) {
			marks[first] = finding->severity;
			forced[first] = finding->forced;
		}
	}
}

static void compare_marks(struct contest *contest, enum rule rule)
{
	int marks[BLOCKS] = { 0 };
	bool forced[BLOCKS] = { false };

	read_marks(&contest->told, rule, marks, forced);
	for (int i = 0; i < BLOCKS; i++) {
		int expected = (int)contest->outcome.marks[rule][i];

		if (marks[i] != expected || forced[i] != contest->outcome.marks_forced[rule][i])
			differ(contest, "%s of memory%d: %d%s, and %d in the model",
			       rule_names[rule], i, marks[i], forced[i] ? " forced" : "", expected);
		contest->found[rule] += expected != 0;
	}
}

static bool is_listed(const struct told_finding *finding)
{
	return finding->left_out || !is_of_blocks(rule_of(finding));
}

static bool same_finding(const struct finding *a, const struct told_finding *b)
{
	return strcmp(rule_names[a->rule], b->rule) == 0 && strcmp(a->subject, b->subject) == 0 &&
	       (int)a->severity == b->severity && a->forced == b->forced &&
	       a->left_out == b->left_out && a->measured == b->measured && a->limit == b->limit;
}

static void compare_findings(struct contest *contest)
{
	const struct outcome *outcome = &contest->outcome;
	bool matched[FINDINGS] = { false };

	for (size_t i = 0; i < contest->told.finding_count; i++) {
		const struct told_finding *finding = &contest->told.findings[i];
		size_t j = 0;

		if (!is_listed(finding))
			continue;
		while (j < outcome->finding_count &&
		       (matched[j] || !same_finding(&outcome->findings[j], finding)))
			j++;
		if (j == outcome->finding_count)
			differ(contest,
			       "%s says %d%s of %s, %" PRIu64 " of %" PRIu64
			       ", and the model does not",
			       finding->rule, finding->severity, finding->forced ? " forced" : "",
			       finding->subject, finding->measured, finding->limit);
		else
			matched[j] = true;
	}
	for (size_t j = 0; j < outcome->finding_count; j++) {
		const struct finding *finding = &outcome->findings[j];

		contest->found[finding->rule]++;
		if (!matched[j])
			differ(contest,
			       "the model's %s says %d%s of %s, %" PRIu64 " of %" PRIu64
			       ", and nothing else does",
			       rule_names[finding->rule], (int)finding->severity,
			       finding->forced ? " forced" : "", finding->subject,
			       finding->measured, finding->limit);
	}
}

static void compare_rules(struct contest *contest)
{
	int verdict = contest->outcome.verdict == DENY ? 2 : contest->outcome.verdict == WARN;

	for (int i = 0; i < RULES; i++) {
		if (is_of_blocks((enum rule)i))
			compare_marks(contest, (enum rule)i);
	}
	compare_findings(contest);
	if (verdict != contest->told.verdict)
		differ(contest, "the verdict is %d, and %d in the model", contest->told.verdict,
		       verdict);
}

/* ---- one case ---- */

/* Which blocks --zone balanced took for kernel zones is a matter of taste; how many is not. */
static void take_choice(const struct contest *contest, bool *choice)
{
	for (int i = 0; i < BLOCKS; i++)
		choice[i] = contest->told.state[i] == 'n' &&
			    (contest->told.zones[i] & BIT(MOVABLE)) == 0 &&
			    (contest->told.zones[i] & KERNEL_ZONES) != 0;
}

static bool any_balanced(const struct contest *contest)
{
	return contest->request.zone == ZONE_BALANCED_ ||
	       (contest->request.zone == ZONE_UNSET &&
		(contest->policy.zone == ZONE_BALANCED_ ||
		 contest->policy.section.zone == ZONE_BALANCED_));
}

static const char *failure_name(enum failure failure)
{
	static const char *const names[] = { "", "usage", "unsupported", "privilege", "target" };

	return names[failure];
}

static void compare(struct contest *contest)
{
	bool choice[BLOCKS] = { false };

	take_choice(contest, choice);
	model_plan(&contest->world, &contest->policy, &contest->request, choice, &contest->outcome);
	if (strcmp(failure_name(contest->outcome.failure), contest->told.failure) != 0) {
		differ(contest, "fails \"%s\" (%s), and \"%s\" in the model", contest->told.failure,
		       contest->told.message, failure_name(contest->outcome.failure));
		return;
	}
	contest->planned += contest->told.failure[0] == '\0';
	contest->failed += contest->told.failure[0] != '\0';
	if (contest->told.failure[0] != '\0')
		return;
	model_judge(&contest->policy, &contest->request, &contest->outcome);
	contest->denied += contest->told.verdict == 2;
	compare_budget(contest, "before", &contest->outcome.budget_before, &contest->told.before);
	compare_leanest(contest);
	compare_budget(contest, "after", &contest->outcome.budget_after, &contest->told.after);
	compare_blocks(contest);
	compare_counts(contest);
	compare_rules(contest);
}

static void try_case(struct contest *contest, uint64_t seed)
{
	struct random random = { .state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };

	contest->seed = seed;
	contest->wrong = false;
	random_world(&random, &contest->world);
	random_policy(&random, &contest->world, &contest->policy);
	random_request(&random, &contest->world, &contest->request);
	/* The order of several is a matter of balance. */
	if (any_balanced(contest))
		contest->request.target_count = 1;
	write_case(&contest->world, &contest->policy, contest->text, sizeof(contest->text));
	write_request(&contest->request, &contest->world, contest->words, sizeof(contest->words));
	if (getenv("MEMHP_TEST_SEED") != NULL)
		printf("%s\nrequest %s\n", contest->text, contest->words);
	library_plan(contest->text, contest->words, &contest->told);
	compare(contest);
	contest->wrong_cases += contest->wrong;
}

static void test_random_cases(void **state)
{
	const char *one = getenv("MEMHP_TEST_SEED"), *many = getenv("MEMHP_TEST_CASES");
	uint64_t count = many != NULL ? strtoull(many, NULL, 10) : CASES;
	struct contest *contest = calloc(1, sizeof(*contest));
	size_t silent = 0, wrong;

	assert_non_null(contest);
	for (uint64_t seed = 1; one == NULL && seed <= count; seed++)
		try_case(contest, seed);
	if (one != NULL)
		try_case(contest, strtoull(one, NULL, 10));
	printf("# %zu planned, %zu of them denied, %zu with two counts; %zu fail; %zu cases "
	       "differ\n",
	       contest->planned, contest->denied, contest->either, contest->failed,
	       contest->wrong_cases);
	for (int i = 0; one == NULL && i < RULES; i++) {
		printf("# %s: %zu\n", rule_names[i], contest->found[i]);
		/* A rule that never speaks was not compared. */
		silent += contest->found[i] == 0;
	}
	silent += one == NULL && contest->either == 0;
	wrong = contest->wrong_cases;
	free(contest);
	assert_int_equal(wrong, 0);
	assert_true(count < CASES || silent == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_cases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
