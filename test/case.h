/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case: a machine in a few lines of text, requests in the words of the command line, and what is to
 * be found. Cases of rules are files; other tests write the same text as a literal. One statement a
 * line, # begins a comment. What does not parse ends the test, with file and line.
 *
 *   block 128M                     page and block size, and so on; each has a usual value
 *   page 4K
 *   struct-page 64
 *   auto-online offline            the kernel's word
 *   memmap-on-memory off           the parameter: off on force unknown
 *   online-policy contig-zones
 *   movable-node no                booted with it: no yes unknown
 *   auto-movable 301 numa-aware    ratio; numa-aware or numa-blind
 *   memmap-pages 0                 nr_memmap_pages; without, the kernel does not count them
 *   iomem hidden                   addresses in /proc/iomem are not shown to this user
 *   modules device_dax             the drivers on the dax bus; kmem and device_dax if not said
 *   movable-gigantic no            vm.movable_gigantic_pages: no yes unknown
 *   crash-loaded yes               a crash kernel: no yes unknown
 *   crash-hotplug no               ... that is told of changes
 *   node 1 cpu gigantic 4 poisoned 2 distance 20 10
 *                                  nodes of blocks need no line
 *   device dax0.0 kmem node 1 hmem memmap on blocks 48-63
 *   device dax0.0 hmem region dax:region0 free 2G
 *                                  of no size, in a region that makes devices; so much of that is free
 *   blocks 48-63 offline node 1 kmem dax0.0
 *   zone 1 Normal free 1G          after the blocks, from which it follows where a line does not say
 *   zones unknown                  after the blocks: there is no /proc/zoneinfo
 *   policy movable-ratio-deny 4    a key of [policy]
 *   policy rule owner severity off
 *   policy device 10-trace match-range 0x100000000-0x17fffffff
 *   command-line quiet numa=off    what the kernel was told at boot
 *   config CONFIG_MIGRATION=y      its build options; several lines; "config unknown"
 *   firmware cedt efi soft-reserved
 *   udev FILE:LINE block state certain online,online_movable TEXT
 *   udev FILE:LINE dax runs maybe TEXT
 *   udev FILE:LINE block hidden certain online TEXT
 *   request online --zone movable dax0.0
 *   request check                  the machine as it is
 *   verdict allow                  and what else is expected of the request above it
 */
#ifndef TEST_CASE_H
#define TEST_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../lib/rule.h"

#define CASE_WORDS 48

/* One line, cut into words. */
struct case_line {
	const char *file;
	size_t number;
	char *text;			/* owns the words */
	char *words[CASE_WORDS + 1];	/* NULL-terminated */
	size_t count;
};

/* A request and the lines that say what is expected of it. */
struct case_request {
	struct case_line line;
	struct memhp_request options;
	const char *targets[CASE_WORDS + 1];
	struct case_line *expected;
	size_t expected_count;
	size_t expected_capacity;
};

struct test_case {
	char *file;
	struct memhp_snapshot *snapshot;
	struct policy policy;
	char **policy_lines;		/* "[section]\nkey = value" */
	size_t policy_line_count;
	bool derived;			/* nodes and zones were made from the blocks */
	struct case_request *requests;
	size_t request_count;
	size_t request_capacity;
};

/* case_parse - the machine and the requests that TEXT says; NAME is for messages. */
struct test_case *case_parse(const char *name, const char *text);
struct test_case *case_read(const char *path);
void case_free(struct test_case *test_case);
void case_cleanup(struct test_case **test_case);

/* case_plan - the plan of WORDS ("online --zone movable dax0.0"), or the rc of planning it. */
int case_plan(const struct test_case *test_case, const char *words, struct memhp_error *error,
	      struct memhp_plan **ret_plan);
/* ... of request INDEX. */
int case_plan_request(const struct test_case *test_case, size_t index, struct memhp_error *error,
		      struct memhp_plan **ret_plan);
void plan_cleanup(struct memhp_plan **plan);

/* For statements: the word at INDEX, which must be there; ends the test with file and line. */
const char *case_word(const struct case_line *line, size_t index);
uint64_t case_number(const struct case_line *line, size_t index);	/* with K M G T, or 0x... */
void case_bad(const struct case_line *line, const char *what) __attribute__((noreturn));

/* case-machine.c: one statement about the machine; false: it is none. */
bool case_machine(struct test_case *test_case, const struct case_line *line);
/* After all blocks: nodes and zones that follow from them. */
void case_derive(struct test_case *test_case);

#endif
