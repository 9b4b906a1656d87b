/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's dax regions: what of one is free, and devices that are made of it and given back. As in
 * drivers/dax/bus.c; static regions have none of this.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakekern-private.h"

#define SUBSECTION (2 * MIB)

static bool is_of(const struct dax *dax, const struct dax *sibling)
{
	return dax->region == sibling->region && dax->provider == sibling->provider;
}

/* The device that the region came with: it stays as long as the region does. */
static const struct dax *first_of(struct fakekern *kernel, const struct dax *sibling)
{
	for (size_t i = 0; i < kernel->dax_count; i++) {
		if (is_of(kernel->daxes[i], sibling) && kernel->daxes[i]->id == 0)
			return kernel->daxes[i];
	}
	return sibling;
}

static uint64_t available(struct fakekern *kernel, const struct dax *sibling)
{
	const struct dax *first = first_of(kernel, sibling);
	uint64_t size = 0;

	for (size_t i = 0; i < first->range_count; i++)
		size += first->ranges[i].size;
	for (size_t i = 0; i < kernel->dax_count; i++) {
		if (is_of(kernel->daxes[i], sibling))
			size -= dax_size(kernel->daxes[i]);
	}
	return size;
}

/* The first free piece of RANGE from START on; size 0: none. */
static struct fakekern_range free_piece(struct fakekern *kernel, const struct dax *sibling,
					const struct fakekern_range *range)
{
	uint64_t start = range->start, end = range->start + range->size;

	for (bool moved = true; moved;) {
		moved = false;
		for (size_t i = 0; i < kernel->dax_count; i++) {
			const struct dax *dax = kernel->daxes[i];

			for (size_t j = 0; is_of(dax, sibling) && j < dax->mapping_count; j++) {
				if (start < dax->mappings[j].start ||
				    start >= dax->mappings[j].start + dax->mappings[j].size)
					continue;
				start = dax->mappings[j].start + dax->mappings[j].size;
				moved = true;
			}
		}
	}
	if (start >= end)
		return (struct fakekern_range){ 0 };
	for (size_t i = 0; i < kernel->dax_count; i++) {
		const struct dax *dax = kernel->daxes[i];

		for (size_t j = 0; is_of(dax, sibling) && j < dax->mapping_count; j++) {
			if (dax->mappings[j].start > start)
				end = MIN(end, dax->mappings[j].start);
		}
	}
	return (struct fakekern_range){ start, end - start };
}

/* A piece that follows the device's last range makes that longer. */
static void add_range(struct dax *dax, struct fakekern_range piece)
{
	struct fakekern_range *last =
		dax->mapping_count > 0 ? &dax->mappings[dax->mapping_count - 1] : NULL;

	if (last != NULL && last->start + last->size == piece.start) {
		last->size += piece.size;
		return;
	}
	if (dax->mapping_count == FAKEKERN_RANGES)
		abort();
	dax->mappings[dax->mapping_count++] = piece;
}

static void grow(struct fakekern *kernel, struct dax *dax, uint64_t size)
{
	const struct dax *first = first_of(kernel, dax);

	for (size_t i = 0; i < first->range_count && size > 0;) {
		struct fakekern_range piece = free_piece(kernel, dax, &first->ranges[i]);

		if (piece.size == 0) {
			i++;
			continue;
		}
		piece.size = MIN(piece.size, size);
		add_range(dax, piece);
		size -= piece.size;
	}
}

static void shrink(struct dax *dax, uint64_t size)
{
	while (size > 0) {
		struct fakekern_range *last = &dax->mappings[dax->mapping_count - 1];
		uint64_t part = MIN(last->size, size);

		last->size -= part;
		size -= part;
		if (last->size == 0)
			dax->mapping_count--;
	}
}

static int store_size(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dax *dax = entry->object;
	uint64_t now = dax_size(dax), size;
	char *end;

	size = strtoull(word, &end, 0);
	if (end == word || (*end != '\0' && *end != '\n') ||
	    size % MAX(dax->align, SUBSECTION) != 0)
		return -EINVAL;
	if (dax->driver != NULL)
		return -EBUSY;
	if (size > now && size - now > available(kernel, dax))
		return -ENOSPC;
	if (size > now)
		grow(kernel, dax, size - now);
	else
		shrink(dax, now - size);
	dax_mappings(kernel, dax);
	return 0;
}

static int store_align(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dax *dax = entry->object;
	char *end;
	uint64_t align = strtoull(word, &end, 0);

	if (end == word || (*end != '\0' && *end != '\n'))
		return -ENXIO;
	if (align != kernel->config.page_size && align != 2 * MIB && align != GIB)
		return -EINVAL;
	if (dax->driver != NULL)
		return -EBUSY;
	for (size_t i = 0; i < dax->mapping_count; i++) {
		if (dax->mappings[i].size % align != 0)
			return -EINVAL;
	}
	dax->align = align;
	return 0;
}

static int show_available(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "%llu\n", (unsigned long long)available(kernel, entry->object));
	return 0;
}

static int show_seed(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *sibling = entry->object;

	for (size_t i = 0; i < kernel->dax_count; i++) {
		if (is_of(kernel->daxes[i], sibling) && kernel->daxes[i]->driver == NULL) {
			output_add(output, "%s", kernel->daxes[i]->name);
			break;
		}
	}
	output_add(output, "\n");
	return 0;
}

static int show_create(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *sibling = entry->object;

	for (size_t i = kernel->dax_count; i-- > 0;) {
		if (is_of(kernel->daxes[i], sibling)) {
			output_add(output, "%s\n", kernel->daxes[i]->name);
			break;
		}
	}
	return 0;
}

static int store_create(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	const struct dax *first = entry->object;
	char name[16];
	int id = 0;

	if (!word_is(word, "1"))
		return -EINVAL;
	if (available(kernel, first) == 0)
		return -ENOSPC;
	do
		snprintf(name, sizeof(name), "dax%d.%d", first->region, id);
	while (dax_find(kernel, name) != NULL && ++id < 100);
	dax_add_empty(kernel, first, name);
	return 0;
}

static int store_delete(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dax *dax = dax_find(kernel, word);

	if (dax == NULL || !is_of(dax, entry->object))
		return -ENXIO;
	if (dax->driver != NULL || dax->mapping_count > 0 || dax->id == 0)
		return -EBUSY;
	dax_delete(kernel, dax);
	return 0;
}

void region_attributes(struct entry *region, struct dax *first)
{
	static const struct attribute rows[] = {
		READS("available_size", show_available),
		WRITES("create", show_create, store_create),
		READS("seed", show_seed),
		WRITES("delete", NULL, store_delete),
	};

	tree_attributes(region, rows, ARRAY_SIZE(rows), first);
}

void geometry_attributes(struct entry *directory, struct dax *dax)
{
	tree_child(directory, "size")->store = store_size;
	tree_child(directory, "align")->store = store_align;
}
