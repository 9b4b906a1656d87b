/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the library says of a request, in types that the model can be held against. */
#ifndef TEST_TOLD_H
#define TEST_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOLD_BLOCKS 288
#define TOLD_FINDINGS 256

struct told_budget {
	int64_t kernel, kernel_free, kernel_available, movable, ratio, memmap, on_memory, offline;
	uint64_t offline_blocks, kernel_blocks, movable_blocks, none_blocks, unknown_blocks;
};

struct told_finding {
	char rule[32];
	char subject[64];
	int severity; /* 0 off 1 info 2 warn 3 deny */
	bool forced, left_out;
	uint64_t measured, limit;
};

struct told {
	char failure[32]; /* the kind of error; "": planned */
	char message[256];
	int verdict; /* 0 allow 1 warn 2 deny */
	struct told_budget before, lowest, after;
	struct told_finding findings[TOLD_FINDINGS];
	size_t finding_count;
	char state[TOLD_BLOCKS];	  /* predicted: '-' o(n)line o(f)fline (g)oing (u)nknown */
	unsigned int zones[TOLD_BLOCKS]; /* bit by zone: DMA DMA32 Normal Movable; 1 << 7 several */
	uint64_t memmap_counts[2]; /* what nr_memmap_pages may be after it */
	size_t memmap_count_count;
};

/* library_plan - plans WORDS on the machine that TEXT describes. */
void library_plan(const char *text, const char *words, struct told *told);

#endif
