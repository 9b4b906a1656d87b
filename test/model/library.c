/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library's side of the comparison: a case is planned, and what came of it handed over. */
#include "../case.h"

#include <stdio.h>
#include <string.h>

#include "memmap.h"
#include "told.h"

static struct told_budget budget_told(const struct memhp_budget *budget)
{
	return (struct told_budget){ .kernel = budget->kernel_bytes,
				     .kernel_free = budget->kernel_free_bytes,
				     .kernel_available = budget->kernel_available_bytes,
				     .movable = budget->movable_bytes,
				     .ratio = budget->ratio_percent,
				     .memmap = budget->memmap_bytes,
				     .on_memory = budget->memmap_on_memory_bytes,
				     .offline = budget->offline_bytes,
				     .offline_blocks = budget->offline_blocks,
				     .kernel_blocks = budget->kernel_blocks,
				     .movable_blocks = budget->movable_blocks,
				     .none_blocks = budget->none_blocks,
				     .unknown_blocks = budget->unknown_blocks };
}

static unsigned int zones_told(zone_set zones)
{
	static const struct {
		enum zone_index zone;
		unsigned int bit;
	} bits[] = { { ZONE_DMA, 1 }, { ZONE_DMA32, 2 }, { ZONE_NORMAL, 4 }, { ZONE_MOVABLE, 8 } };
	unsigned int bits_told = zones & ZONE_SPANS ? 1U << 7 : 0;

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		bits_told |= zones & ZONE_BIT(bits[i].zone) ? bits[i].bit : 0;
	return bits_told;
}

static void take_blocks(const struct memhp_snapshot *snapshot, struct told *told)
{
	memset(told->state, '-', sizeof(told->state));
	for (size_t i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		assert_true(block->number < TOLD_BLOCKS);
		told->state[block->number] = block->state == MEMHP_STATE_ONLINE	       ? 'n' :
					     block->state == MEMHP_STATE_OFFLINE       ? 'f' :
					     block->state == MEMHP_STATE_GOING_OFFLINE ? 'g' :
											 'u';
		told->zones[block->number] = zones_told(block->zones);
	}
}

static void take_findings(const struct findings *findings, struct told *told)
{
	for (size_t i = 0; i < findings->count && i < TOLD_FINDINGS; i++) {
		const struct memhp_finding *finding = &findings->items[i];
		struct told_finding *out = &told->findings[told->finding_count++];

		snprintf(out->rule, sizeof(out->rule), "%s", finding->rule->name);
		snprintf(out->subject, sizeof(out->subject), "%.60s", finding->subject);
		out->severity = (int)finding->severity;
		out->forced = finding->forced;
		out->left_out = strncmp(finding->message, "left out", 8) == 0;
		out->measured = finding->measured;
		out->limit = finding->limit;
	}
}

void library_plan(const char *text, const char *words, struct told *told)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("model", text);
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct memhp_error error;

	memset(told, 0, sizeof(*told));
	if (case_plan(test_case, words, &error, &plan) < 0) {
		snprintf(told->failure, sizeof(told->failure), "%s",
			 memhp_error_kind_to_string(error.kind));
		snprintf(told->message, sizeof(told->message), "%.100s: %.140s", error.object,
			 error.message);
		return;
	}
	told->verdict = (int)plan->verdict;
	told->before = budget_told(&plan->budget_before);
	told->lowest = budget_told(&plan->budget_lowest);
	told->after = budget_told(&plan->budget_after);
	told->memmap_count_count = memmap_counts(&plan->predicted->machine, told->memmap_counts);
	take_blocks(plan->predicted, told);
	take_findings(&plan->findings, told);
}
