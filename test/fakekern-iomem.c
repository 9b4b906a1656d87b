/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's maps of physical memory: the resources of /proc/iomem and what the firmware said
 * in /sys/firmware/memmap.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

/* Parents stand before children, and those that were there first before later ones alike. */
static bool stands_before(const struct resource *a, uint64_t start, uint64_t end)
{
	return a->start < start || (a->start == start && a->end >= end);
}

int resource_request(struct fakekern *kernel, uint64_t start, uint64_t size, bool busy,
		     const char *name, const char *parent)
{
	uint64_t end = start + size - 1;
	size_t index = 0;

	for (size_t i = 0; i < kernel->resource_count && parent != NULL; i++) {
		const struct resource *other = &kernel->resources[i];

		if (other->busy && other->start <= end && start <= other->end &&
		    strcmp(other->name, parent) != 0)
			return -EBUSY;
	}
	while (index < kernel->resource_count &&
	       stands_before(&kernel->resources[index], start, end))
		index++;
	kernel->resources = kernel_grow(kernel->resources, kernel->resource_count,
					&kernel->resource_capacity, sizeof(struct resource));
	memmove(kernel->resources + index + 1, kernel->resources + index,
		(kernel->resource_count - index) * sizeof(struct resource));
	kernel->resources[index] = (struct resource){ .start = start, .end = end, .busy = busy };
	snprintf(kernel->resources[index].name, sizeof(kernel->resources[index].name), "%s", name);
	kernel->resource_count++;
	return 0;
}

void resource_release(struct fakekern *kernel, uint64_t start, uint64_t size, const char *name)
{
	for (size_t i = 0; i < kernel->resource_count; i++) {
		const struct resource *resource = &kernel->resources[i];

		if (resource->start != start || resource->end != start + size - 1 ||
		    strcmp(resource->name, name) != 0)
			continue;
		kernel->resource_count--;
		memmove(kernel->resources + i, kernel->resources + i + 1,
			(kernel->resource_count - i) * sizeof(struct resource));
		return;
	}
}

void resource_cut(struct fakekern *kernel, uint64_t start, uint64_t size, const char *name)
{
	for (size_t i = 0; i < kernel->resource_count; i++) {
		const struct resource *resource = &kernel->resources[i];

		if (strcmp(resource->name, name) != 0 || resource->start >= start + size ||
		    resource->end < start)
			continue;
		resource_release(kernel, resource->start, resource->end - resource->start + 1,
				 name);
		return;
	}
}

/* Addresses are hidden from those without privilege, names are not. */
int iomem_show(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	uint64_t ends[16];
	size_t depth = 0;

	for (size_t i = 0; i < kernel->resource_count; i++) {
		const struct resource *resource = &kernel->resources[i];

		while (depth > 0 && ends[depth - 1] < resource->end)
			depth--;
		output_add(output, "%*s%08llx-%08llx : %s\n", (int)(2 * depth), "",
			   kernel->unprivileged ? 0ULL : (unsigned long long)resource->start,
			   kernel->unprivileged ? 0ULL : (unsigned long long)resource->end,
			   resource->name);
		if (depth < ARRAY_SIZE(ends))
			ends[depth++] = resource->end;
	}
	return 0;
}

/* Numbers of entries only grow; a removed one leaves its number unused. */
void firmware_add(struct fakekern *kernel, uint64_t start, uint64_t size, const char *type)
{
	char path[64], text[32];
	size_t index = kernel->firmware_count;

	kernel->firmware = kernel_grow(kernel->firmware, kernel->firmware_count,
				       &kernel->firmware_capacity, sizeof(struct fakekern_range));
	kernel->firmware[kernel->firmware_count++] = (struct fakekern_range){ start, size };
	snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/start", index);
	snprintf(text, sizeof(text), "0x%llx\n", (unsigned long long)start);
	tree_text(kernel, path, text);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/end", index);
	snprintf(text, sizeof(text), "0x%llx\n", (unsigned long long)(start + size - 1));
	tree_text(kernel, path, text);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/type", index);
	snprintf(text, sizeof(text), "%s\n", type);
	tree_text(kernel, path, text);
}

void firmware_remove(struct fakekern *kernel, uint64_t start, uint64_t size)
{
	for (size_t i = kernel->firmware_count; i-- > 0;) {
		char path[64];

		if (kernel->firmware[i].start != start || kernel->firmware[i].size != size)
			continue;
		snprintf(path, sizeof(path), "sys/firmware/memmap/%zu", i);
		tree_remove(tree_directory(kernel, path));
		kernel->firmware[i] = (struct fakekern_range){ 0 };
		return;
	}
}
