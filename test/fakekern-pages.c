/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's /proc/kpageflags: one word a page. Within a part of a block the pages stand in
 * the order: memmap or reserved, the kernel's, the programs', free.
 */
#include <errno.h>
#include <string.h>

#include "fakekern-private.h"

#define KPF(bit) (UINT64_C(1) << (bit))

enum {
	KPF_LRU = 5,
	KPF_SLAB = 7,
	KPF_BUDDY = 10,
	KPF_ANON = 12,
	KPF_NOPAGE = 20,
	KPF_RESERVED = 32,
	KPF_OWNER_PRIVATE = 37,
};

/*
 * What is not the page allocator's: struct pages of the block itself, or what was reserved at boot. On
 * machines that lies together; here each block has its share, and one that can be emptied shows none.
 */
static uint64_t reserved_flags(const struct block *block)
{
	if (block->self_hosted)
		return KPF(KPF_OWNER_PRIVATE);
	return block->busy ? KPF(KPF_RESERVED) : KPF(KPF_BUDDY);
}

static uint64_t flags_of(struct fakekern *kernel, uint64_t page)
{
	const struct block *block = block_find(kernel, (uint32_t)(page / block_pages(kernel)));

	for (size_t i = 0; block != NULL && i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		uint64_t index = page - extent->start;

		if (page < extent->start || index >= extent->pages)
			continue;
		if (index < extent->reserved)
			return reserved_flags(block);
		if (index < extent->reserved + extent->taken)
			return KPF(KPF_SLAB);
		if (index < extent->reserved + extent->taken + extent->used)
			return KPF(KPF_LRU) | KPF(KPF_ANON);
		return KPF(KPF_BUDDY);
	}
	return KPF(KPF_NOPAGE);
}

int page_flags(struct fakekern *kernel, uint64_t offset, void *buffer, size_t size, size_t *ret_len)
{
	uint64_t last =
		kernel->block_count > 0 ? kernel->blocks[kernel->block_count - 1]->number + 1 : 0;
	uint64_t end = last * block_pages(kernel), page = offset / sizeof(uint64_t);
	size_t count = size / sizeof(uint64_t);

	if (offset % sizeof(uint64_t) != 0 || size % sizeof(uint64_t) != 0)
		return -EINVAL;
	count = page < end ? (size_t)MIN(count, end - page) : 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t flags = flags_of(kernel, page + i);

		memcpy((char *)buffer + i * sizeof(flags), &flags, sizeof(flags));
	}
	if (count * sizeof(uint64_t) == size)
		return -E2BIG;
	*ret_len = count * sizeof(uint64_t);
	return 0;
}
