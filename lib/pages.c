/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of page flags to what a page is, as far as it bears on whether the page can be moved. What a
 * page is follows from its flags and, of struct pages and huge pages, from where it stands.
 */
#include "pages.h"

/* include/uapi/linux/kernel-page-flags.h and include/linux/kernel-page-flags.h, 6.1 to 7.2 */
enum page_flag {
	KPF_UPTODATE = 3,
	KPF_LRU = 5,
	KPF_SLAB = 7,
	KPF_BUDDY = 10,
	KPF_ANON = 12,
	KPF_SWAPBACKED = 14,
	KPF_COMPOUND_HEAD = 15,
	KPF_HUGE = 17,
	KPF_UNEVICTABLE = 18,
	KPF_HWPOISON = 19,
	KPF_NOPAGE = 20,
	KPF_THP = 22,
	KPF_OFFLINE = 23,
	KPF_ZERO_PAGE = 24,
	KPF_PGTABLE = 26,
	KPF_RESERVED = 32,
	KPF_OWNER_PRIVATE = 37,
};
#define KPF(flag) (UINT64_C(1) << KPF_##flag)

/*
 * The first row that has all of its flags in a page tells what the page is. A poisoned page is that
 * above all; one without a struct page has no other flag; free pages are marked to the last one. Pages
 * on their way to a list of programs' pages are told by flags that only such pages have.
 */
static const struct page_row {
	uint64_t flags;
	enum page_word word;
} page_rows[] = {
	{ KPF(NOPAGE), PAGE_ABSENT },	  { KPF(HWPOISON), PAGE_POISONED },
	{ KPF(BUDDY), PAGE_FREE },	  { KPF(OFFLINE), PAGE_OFFLINE },
	{ KPF(SLAB), PAGE_SLAB },	  { KPF(PGTABLE), PAGE_TABLE },
	{ KPF(HUGE), PAGE_HUGE },	  { KPF(ZERO_PAGE), PAGE_OTHER },
	{ KPF(RESERVED), PAGE_RESERVED }, { KPF(ANON), PAGE_ANONYMOUS },
	{ KPF(LRU), PAGE_FILE },	  { KPF(THP), PAGE_FILE },
	{ KPF(UNEVICTABLE), PAGE_FILE },  { KPF(SWAPBACKED), PAGE_FILE },
	{ KPF(UPTODATE), PAGE_FILE },
};

static const char *const page_words[PAGE_WORDS] = {
	[PAGE_FREE] = "free",	    [PAGE_ANONYMOUS] = "anonymous", [PAGE_FILE] = "file",
	[PAGE_HUGE] = "huge",	    [PAGE_GIGANTIC] = "gigantic",   [PAGE_SLAB] = "slab",
	[PAGE_TABLE] = "tables",    [PAGE_RESERVED] = "reserved",   [PAGE_MEMMAP] = "memmap",
	[PAGE_OFFLINE] = "offline", [PAGE_POISONED] = "poisoned",   [PAGE_ABSENT] = "absent",
	[PAGE_OTHER] = "other",
};

enum page_word page_word_of(uint64_t flags)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(page_rows); i++) {
		if ((flags & page_rows[i].flags) != 0)
			return page_rows[i].word;
	}
	return PAGE_OTHER;
}

const char *page_word_name(enum page_word word)
{
	return (unsigned int)word < PAGE_WORDS ? page_words[word] : NULL;
}

/*
 * Struct pages that describe the block they lie in have this flag and no other; 6.1 leaves them
 * reserved besides (mm/memory_hotplug.c:mhp_init_memmap_on_memory). Elsewhere than at a block's start
 * the flag has other meanings.
 */
static bool looks_like_memmap(uint64_t flags)
{
	return (flags & ~(KPF(RESERVED) | PAGE_FLAGS_PASSING)) == KPF(OWNER_PRIVATE);
}

/*
 * A hugetlb page is as large as the pages between two heads. One that began before the block is
 * larger than the block's alignment, which is that of the smallest huge page at least.
 */
static void end_huge(struct page_counter *counter)
{
	bool gigantic = counter->began_before ||
			(counter->huge_pages > 0 && counter->huge_run > counter->huge_pages);

	counter->counts[gigantic ? PAGE_GIGANTIC : PAGE_HUGE] += (uint32_t)counter->huge_run;
	counter->huge_run = 0;
	counter->began_before = false;
}

static void add_huge(struct page_counter *counter, uint64_t flags)
{
	if ((flags & KPF(COMPOUND_HEAD)) != 0)
		end_huge(counter);
	else if (counter->huge_run == 0)
		counter->began_before = true;
	counter->huge_run++;
}

void page_counter_add(struct page_counter *counter, uint64_t flags)
{
	enum page_word word;

	if (!counter->past_memmap && looks_like_memmap(flags)) {
		counter->memmap_run++;
		counter->reserved_run += (flags & KPF(RESERVED)) != 0;
		return;
	}
	counter->past_memmap = true;
	word = page_word_of(flags);
	if (word == PAGE_HUGE) {
		add_huge(counter, flags);
		return;
	}
	if (counter->huge_run > 0)
		end_huge(counter);
	counter->counts[word]++;
}

/* Fewer pages than describe the block are something else. */
static void end_memmap(const struct page_counter *counter)
{
	if (counter->memmap_pages > 0 && counter->memmap_run >= counter->memmap_pages) {
		counter->counts[PAGE_MEMMAP] += (uint32_t)counter->memmap_run;
		return;
	}
	counter->counts[PAGE_RESERVED] += (uint32_t)counter->reserved_run;
	counter->counts[PAGE_OTHER] += (uint32_t)(counter->memmap_run - counter->reserved_run);
}

void page_counter_end(struct page_counter *counter)
{
	end_memmap(counter);
	if (counter->huge_run > 0)
		end_huge(counter);
}
