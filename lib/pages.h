/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What fills the pages of a block, out of the words of proc/kpageflags: one word a page, whose bits
 * no kernel has ever renumbered (include/uapi/linux/kernel-page-flags.h). Pure; bits that are not
 * known say nothing.
 */
#ifndef MEMHP_PAGES_H
#define MEMHP_PAGES_H

#include "model.h"

/*
 * Flags that come and go while a page stays what it is (accessed, dirty, locked, mapped, ...): nothing
 * here looks at them, and a recording leaves them out.
 */
#define PAGE_FLAGS_PASSING                                                                        \
	((UINT64_C(1) << 0) | (UINT64_C(1) << 1) | (UINT64_C(1) << 2) | (UINT64_C(1) << 4) |      \
	 (UINT64_C(1) << 6) | (UINT64_C(1) << 8) | (UINT64_C(1) << 9) | (UINT64_C(1) << 11) |     \
	 (UINT64_C(1) << 13) | (UINT64_C(1) << 25) | (UINT64_C(1) << 33) | (UINT64_C(1) << 34) |  \
	 (UINT64_C(1) << 38) | (UINT64_C(1) << 40) | (UINT64_C(1) << 41) | (UINT64_C(1) << 42))

/* What one page is, by its own flags; a page of the kernel's is PAGE_OTHER if no flag says more. */
enum page_word page_word_of(uint64_t flags);
/* The word for a person, and the key in JSON; NULL past the last one. */
const char *page_word_name(enum page_word word);

/* The pages of one block, told one after the other from its first. */
struct page_counter {
	uint32_t *counts;	/* by enum page_word, zeroed by the caller */
	uint64_t huge_pages;	/* pages of the smallest huge page; 0: unknown */
	uint64_t memmap_pages;	/* that would describe the block; 0: unknown */
	uint64_t memmap_run;	/* pages like those of a memmap that the block began with */
	uint64_t reserved_run;	/* reserved ones among them */
	uint64_t huge_run;	/* pages so far of the hugetlb page under way */
	bool began_before;	/* that page began in an earlier block */
	bool past_memmap;
};
void page_counter_add(struct page_counter *counter, uint64_t flags);
/* page_counter_end - the block has no more pages. */
void page_counter_end(struct page_counter *counter);

#endif
