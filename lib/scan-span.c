/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sorted, disjoint pieces of address space, and a walk along them with the blocks that costs one
 * step for each piece and each block, whatever was recorded. No I/O, no conclusions.
 */
#include <errno.h>

#include "scan-span.h"

void spans_cleanup(struct spans *spans)
{
	free(spans->items);
}

int spans_add(struct spans *spans, uint64_t start, uint64_t end, enum memhp_origin origin,
	      uint16_t device)
{
	if (end < start)
		return 0;
	if (array_reserve(&spans->items, spans->count, &spans->capacity, sizeof(*spans->items)) < 0)
		return -ENOMEM;
	spans->items[spans->count++] = (struct span){ start, end, device, (uint8_t)origin };
	return 0;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/* Sorts, and cuts what overlaps, so that a walk along the blocks is linear whatever was recorded. */
void spans_order(struct spans *spans)
{
	size_t i, kept = 0;

	if (spans->count > 0)
		qsort(spans->items, spans->count, sizeof(*spans->items), compare_spans);
	for (i = 0; i < spans->count; i++) {
		struct span span = spans->items[i];

		if (kept > 0 && spans->items[kept - 1].end >= span.start) {
			if (spans->items[kept - 1].end >= span.end)
				continue;
			span.start = spans->items[kept - 1].end + 1;
		}
		spans->items[kept++] = span;
	}
	spans->count = kept;
}

struct cover spans_cover(const struct spans *spans, size_t *at, uint64_t start, uint64_t end)
{
	struct cover cover = { .device = NO_DEVICE };
	size_t i;

	while (*at < spans->count && spans->items[*at].end < start)
		(*at)++;
	for (i = *at; i < spans->count && spans->items[i].start <= end; i++) {
		const struct span *span = &spans->items[i];

		cover.bytes += MIN(span->end, end) - MAX(span->start, start) + 1;
		cover.origins |= 1U << span->origin;
		if (cover.device == NO_DEVICE)
			cover.device = span->device;
	}
	return cover;
}
