/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The policy in force, as plain data: values, severities of rules, device sections, each with the file
 * and line that it comes from. policy-file.c reads lines, policy.c makes a policy of them, policy-keys.c
 * knows the keys, policy-match.c finds the section of a device or of a physical range. All pure.
 */
#ifndef MEMHP_POLICY_H
#define MEMHP_POLICY_H

#include "model.h"
#include "policy-entry.h"

/* Where a value comes from. FILE NULL: built in. */
struct policy_origin {
	const char *file;
	unsigned int line;
};

/* One value in force, as text: for showing. */
struct policy_value {
	const char *section;
	const char *key;
	const char *value;
	struct policy_origin origin;
};

/* One word behind a match- key: a pattern, or a number or range that was read from it. */
struct match_item {
	const char *text;
	uint64_t first;
	uint64_t last;
};

/* One match- key of a section: holds if any of its words does. */
struct policy_match {
	const struct match_key *key;
	const char *text;
	const struct match_item *items;
	size_t item_count;
	struct policy_origin origin;
};

/* A [device X]. Without matches it takes everything. */
struct policy_device {
	const char *name;			/* X */
	const char *section;			/* "device X" */
	struct policy_origin origin;		/* of its first line */
	bool online;				/* what --from-policy does; yes unless it says no */
	bool keep_offline;
	enum memhp_zone_choice zone;		/* UNSET: as [policy] says */
	enum memhp_memmap_choice memmap_on_memory;
	const struct policy_match *matches;
	size_t match_count;
};

struct policy_severity {
	const char *rule;
	enum memhp_severity severity;
};

struct policy {
	enum memhp_zone_choice zone;
	bool move;
	enum memhp_memmap_choice memmap_on_memory;
	enum memhp_on_error on_error;
	/* MOVABLE to kernel memory, in hundredths of a percent: 3.5 is 35000. At the limit is within. */
	uint64_t movable_ratio_warn;
	uint64_t movable_ratio_deny;
	bool kernel_reserve_is_size;
	uint64_t kernel_reserve;		/* bytes, or hundredths of a percent of kernel memory */
	enum online_word auto_online;		/* WORD_UNKNOWN: keep the kernel's */
	const struct policy_severity *severities;	/* that a file sets */
	size_t severity_count;
	const struct policy_device *devices;	/* in the order in which they are tried */
	size_t device_count;
	const struct policy_value *values;	/* all that is in force, defaults too; NULL for a default policy */
	size_t value_count;
	struct policy_store *store;		/* holds all of the above; NULL: nothing to hold */
};

/* policy_default - what holds where no file says otherwise. Needs no policy_clear(). */
void policy_default(struct policy *ret_policy);
/* policy_new - the policy that ENTRIES make; takes their texts over. */
int policy_new(struct policy_entries *entries, struct memhp_error *error, struct policy *ret_policy);
/* policy_copy - the same policy once more: it is shared, not doubled. */
void policy_copy(const struct policy *policy, struct policy *ret_copy);
void policy_clear(struct policy *policy);

/* policy_severity - what the files make of a rule; false where they say nothing of it. */
bool policy_severity(const struct policy *policy, const char *rule, enum memhp_severity *ret_severity);
/* policy_reserve_bytes - the reserve of KERNEL_BYTES of managed memory, rounded up to a page. */
uint64_t policy_reserve_bytes(const struct policy *policy, uint64_t kernel_bytes, uint64_t page_size);

/* ---- policy-keys.c: what a key's text may be, and where its value goes ---- */

struct policy_key {
	const char *name;
	const char *fallback;	/* of [policy]: the text of the default */
	const char *expected;	/* "movable, kernel, auto or balanced" */
	int (*parse)(const char *text, void *member);
	size_t offset;		/* into struct policy, or struct policy_device */
};
extern const struct policy_key policy_keys[];		/* of [policy]; ended by a NULL name */
extern const struct policy_key policy_device_keys[];	/* of [device X], without match- */
const struct policy_key *policy_key_by_name(const struct policy_key *keys, const char *name);
int policy_parse_severity(const char *text, enum memhp_severity *ret_severity);

#define POLICY_SECTION "policy"
#define RULE_SECTION "rule "
#define DEVICE_SECTION "device "
#define SEVERITY_KEY "severity"

/* What may be named in [rule X]: the rules that there are, and those to come. False past the last one. */
struct policy_rule {
	const char *name;
	enum memhp_severity severity;
	bool may_be_lowered;	/* from deny */
};
bool policy_rule(size_t index, struct policy_rule *ret_rule);

/* ---- policy-check.c ---- */

/* policy_check - whether ENTRY is a line that there can be; says what would be right. */
int policy_check(const struct policy_entry *entry, struct memhp_error *error);
/* policy_next_word - the next word of a list behind a key; false at its end. */
bool policy_next_word(const char **text, char *word, size_t size);

/* ---- policy-match.c: the match- keys; policy-section.c: which section is taken ---- */

/* What sections are held against: a device with all its mappings, or a block. */
struct policy_subject {
	const struct memhp_snapshot *snapshot;
	const struct memhp_device *device;	/* the block's owner; NULL: none */
	bool is_block;
	struct mapping range;			/* of a block */
	int node;				/* NODE_NONE: unknown */
	bool partly;				/* of a block: to touch a range is enough */
};

struct match_key {
	const char *name;
	const char *expected;
	int (*parse)(const char *text, struct match_item *item);
	bool (*holds)(const struct policy_match *match, const struct policy_subject *subject);
	/* What the subject has instead; "" where it has none. */
	void (*show)(const struct policy_subject *subject, char *buffer, size_t size);
	unsigned int needs;	/* enum device_unread: cannot be said of a device of which this is unread */
};
extern const struct match_key match_keys[];	/* ended by a NULL name */
const struct match_key *match_key_by_name(const char *name);

struct policy_subject policy_subject_of_device(const struct memhp_snapshot *snapshot,
					       const struct memhp_device *device);
struct policy_subject policy_subject_of_block(const struct memhp_snapshot *snapshot,
					      const struct memhp_block *block);
/* policy_mismatch - the first key of SECTION that does not hold; NULL: all of them do. */
const struct policy_match *policy_mismatch(const struct policy_device *section,
					   const struct policy_subject *subject);
/*
 * policy_unsure - a section that would be taken for DEVICE, or not, by what could not be read of it; NULL:
 * which one is taken does not depend on that.
 */
const struct policy_device *policy_unsure(const struct policy *policy,
					  const struct memhp_snapshot *snapshot,
					  const struct memhp_device *device);
/* The section that is taken, or NULL. */
const struct policy_device *policy_section_of_device(const struct policy *policy,
						     const struct memhp_snapshot *snapshot,
						     const struct memhp_device *device);
const struct policy_device *policy_section_of_block(const struct policy *policy,
						    const struct memhp_snapshot *snapshot,
						    const struct memhp_block *block);

#endif
