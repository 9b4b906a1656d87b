/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A rule looks at a plan and says what it finds. It is one file in rules/, one const row, one folder
 * of cases; a function of the plan alone.
 */
#ifndef MEMHP_RULE_H
#define MEMHP_RULE_H

#include "plan.h"

enum forceable {
	FORCE_NEVER,
	FORCE_BY_NAME,		/* --force RULE */
	FORCE_BY_BOOT_MEMORY,	/* --boot-memory */
	FORCE_NOT_APPLICABLE,	/* never denies */
};

#define OPERATION_BIT(operation) (1U << (operation))

struct rule {
	const char *name;
	enum memhp_severity severity;	/* by default */
	enum forceable forceable;
	unsigned int operations;	/* OPERATION_BIT of each it bears on; bit NONE: `check` too */
	const char *summary;		/* one clause for list rules and the manual */
	int (*check)(const struct memhp_plan *plan, struct findings *findings);
};

/* NULL-terminated, in the order in which findings are shown. */
extern const struct rule *const rules[];
const struct rule *rule_by_name(const char *name);

/*
 * rules_find_crash_kernel - what the rule kdump has to say where memory has changed, as PLAN's policy has it.
 * -ENOMEM.
 */
int rules_find_crash_kernel(const struct memhp_plan *plan, struct findings *findings);

/* rules_run - all rules over PLAN, severities by its policy; forced and lifted denies become warns. */
int rules_run(const struct memhp_plan *plan, struct findings *findings);
enum memhp_verdict findings_verdict(const struct findings *findings);

/*
 * For rules: blocks that a plan takes offline and that MATCHES says are touched make one finding per
 * run. WHY and REMEDY are its words.
 */
typedef bool (*block_matches_fn)(const struct memhp_plan *plan, const struct memhp_block *block);
int findings_of_offlined(const struct memhp_plan *plan, struct findings *findings, const struct rule *rule,
			 block_matches_fn matches, const char *why, const char *remedy);

/* A set named as a whole left some blocks out, if any: that is told, and denies nothing. WHY follows "left out: ". */
int findings_of_left_out(struct findings *findings, const struct rule *rule,
			 const struct left_out *left_out, const char *why, const char *remedy);
/* A set of zones for a sentence: "Movable", "a kernel zone", "any zone". */
void zones_to_words(zone_set zones, char *text, size_t size);

/* What a finding is about: a block or a run of them; and by how much it passes what limit. */
void finding_subject(struct memhp_finding *finding, uint32_t first, uint32_t last);
void finding_measure(struct memhp_finding *finding, uint64_t measured, uint64_t limit, const char *unit);
/* "16 GiB", "16512 MiB": whole GiB or MiB, rounded down; less than one in smaller units. */
void size_to_text(uint64_t bytes, char *text, size_t size);

/* rules/kdump.c: its finding, for memory that does change, whatever PLAN says. */
int kdump_find(const struct memhp_plan *plan, struct findings *findings);

extern const struct rule rule_zone_allowed;
extern const struct rule rule_boot_memory;
extern const struct rule rule_block_integrity;
extern const struct rule rule_owner;
extern const struct rule rule_granularity;
extern const struct rule rule_permanent;
extern const struct rule rule_movable_ratio;
extern const struct rule rule_kernel_headroom;
extern const struct rule rule_capacity;
extern const struct rule rule_memmap_placement;
extern const struct rule rule_memmap_host;
extern const struct rule rule_gigantic_pages;
extern const struct rule rule_auto_online;
extern const struct rule rule_hwpoison;
extern const struct rule rule_kdump;
extern const struct rule rule_keep_offline;
extern const struct rule rule_kernel_config;
extern const struct rule rule_boot_parameters;
extern const struct rule rule_udev_rules;

#endif
