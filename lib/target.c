/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a word of the command line to devices and runs of block numbers. Looks at a snapshot and
 * nothing else; says which word cannot be used, and why.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"

struct resolver {
	const struct memhp_snapshot *snapshot;
	const char *text;
	struct memhp_error *error;
	struct target *target;
};

static int no_target(const struct resolver *resolver, const char *what)
{
	return error_set(resolver->error, MEMHP_ERROR_TARGET, -ENOENT, resolver->text, "%s", what);
}

static int add_device(const struct resolver *resolver, uint16_t device)
{
	struct target *target = resolver->target;

	if (array_reserve(&target->devices, target->device_count, &target->device_capacity,
			  sizeof(*target->devices)) < 0)
		return error_memory(resolver->error);
	target->devices[target->device_count++] = device;
	return 0;
}

/* Blocks one after the other become runs. */
static int add_run(const struct resolver *resolver, uint32_t first, uint32_t last)
{
	struct target *target = resolver->target;
	struct block_run *end = target->run_count > 0 ? &target->runs[target->run_count - 1] : NULL;

	if (end != NULL && first > 0 && end->last == first - 1) {
		end->last = last;
		return 0;
	}
	if (array_reserve(&target->runs, target->run_count, &target->run_capacity,
			  sizeof(*target->runs)) < 0)
		return error_memory(resolver->error);
	target->runs[target->run_count++] = (struct block_run){ .first = first, .last = last };
	return 0;
}

/* ---- numbers ---- */

/* A number in digits of BASE from *TEXT on; false if there is none or it does not fit. */
static bool read_number(const char **text, int base, uint64_t *ret_number)
{
	char *end;

	if (!(base == 16 ? isxdigit((unsigned char)**text) : isdigit((unsigned char)**text)) ||
	    (base == 16 && tolower((unsigned char)(*text)[1]) == 'x'))
		return false;
	errno = 0;
	*ret_number = strtoull(*text, &end, base);
	*text = end;
	return errno == 0;
}

static bool skip(const char **text, const char *prefix)
{
	if (!text_starts_with(*text, prefix))
		return false;
	*text += strlen(prefix);
	return true;
}

/* ---- blocks by number ---- */

static bool block_on_node(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			  int node)
{
	int16_t nodes[64];
	size_t count = snapshot_block_nodes(snapshot, block, nodes, ARRAY_SIZE(nodes)), i;

	for (i = 0; i < MIN(count, ARRAY_SIZE(nodes)); i++) {
		if (nodes[i] == node)
			return true;
	}
	return false;
}

static int missing_block(const struct resolver *resolver, uint32_t number)
{
	return error_set(resolver->error, MEMHP_ERROR_TARGET, -ENOENT, resolver->text,
			 "there is no block memory%u", number);
}

static int missing_on_node(const struct resolver *resolver, uint32_t number, int node)
{
	return error_set(resolver->error, MEMHP_ERROR_TARGET, -ENOENT, resolver->text,
			 "block memory%u does not lie on node %d", number, node);
}

/* Every block of a run that is named must exist, and lie on NODE unless that is NODE_NONE. */
static int add_blocks(const struct resolver *resolver, uint32_t first, uint32_t last, int node)
{
	const struct memhp_snapshot *snapshot = resolver->snapshot;
	size_t i = snapshot_block_index(snapshot, first);
	uint32_t number = first;

	for (;; i++, number++) {
		if (i >= snapshot->block_count || snapshot->blocks[i].number != number)
			return missing_block(resolver, number);
		if (node != NODE_NONE && !block_on_node(snapshot, &snapshot->blocks[i], node))
			return missing_on_node(resolver, number, node);
		if (number == last)
			break;
	}
	return add_run(resolver, first, last);
}

static int not_a_target(const struct resolver *resolver)
{
	error_set(resolver->error, MEMHP_ERROR_USAGE, -EINVAL, resolver->text,
		  "this is not a target");
	return error_hint(resolver->error,
			  "name a device (dax0.0), blocks (42-47,60), a node (node1), a region "
			  "(cxl:region0), addresses (0x100000000+2G) or all");
}

/* The next of "42-47,60"; *TEXT then stands at the comma or the end behind it. */
static bool read_range(const char **text, uint64_t *ret_first, uint64_t *ret_last)
{
	if (!read_number(text, 10, ret_first))
		return false;
	*ret_last = *ret_first;
	if (skip(text, "-") && !read_number(text, 10, ret_last))
		return false;
	return **text == ',' || **text == '\0';
}

/* What is no list at all is told before what is not there. */
static int check_block_list(const struct resolver *resolver, const char *text)
{
	uint64_t first, last;

	do {
		if (!read_range(&text, &first, &last))
			return not_a_target(resolver);
		if (last < first)
			return error_set(resolver->error, MEMHP_ERROR_USAGE, -EINVAL,
					 resolver->text, "the range ends before it begins");
	} while (skip(&text, ","));
	return 0;
}

static int resolve_block_list(const struct resolver *resolver, const char *text, int node)
{
	uint64_t first, last;
	int rc = check_block_list(resolver, text);

	while (rc == 0 && read_range(&text, &first, &last)) {
		if (last > UINT32_MAX)
			return no_target(resolver, "there is no such block");
		rc = add_blocks(resolver, (uint32_t)first, (uint32_t)last, node);
		skip(&text, ",");
	}
	return rc;
}

/* ---- blocks by address ---- */

static int off_limits(const struct resolver *resolver, uint64_t start, uint64_t end)
{
	uint64_t size = resolver->snapshot->machine.block_size;
	uint64_t low = start - start % size, high = end - end % size + (size - 1);

	error_set(resolver->error, MEMHP_ERROR_USAGE, -EINVAL, resolver->text,
		  "the range does not begin and end at block limits (blocks have 0x%llx bytes)",
		  (unsigned long long)size);
	return error_hint(resolver->error, "the nearest that holds it is 0x%llx-0x%llx",
			  (unsigned long long)low, (unsigned long long)high);
}

static int add_addresses(const struct resolver *resolver, uint64_t start, uint64_t end)
{
	uint64_t size = resolver->snapshot->machine.block_size;

	if (size == 0)
		return error_set(resolver->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, resolver->text,
				 "this kernel shows no memory blocks (no block_size_bytes)");
	if (end < start)
		return error_set(resolver->error, MEMHP_ERROR_USAGE, -EINVAL, resolver->text,
				 "the range ends before it begins");
	if (start % size != 0 || end % size != size - 1)
		return off_limits(resolver, start, end);
	if (end / size > UINT32_MAX)
		return no_target(resolver, "there are no blocks at these addresses");
	return add_blocks(resolver, (uint32_t)(start / size), (uint32_t)(end / size), NODE_NONE);
}

static int resolve_addresses(const struct resolver *resolver, const char *text, uint64_t unit)
{
	uint64_t size = resolver->snapshot->machine.block_size, start, end, length;

	if (!read_number(&text, 16, &start) || (unit > 1 && start > UINT64_MAX / unit))
		return not_a_target(resolver);
	start *= unit;
	if (*text == '\0') /* a block by its first address */
		return add_addresses(resolver, start,
				     size > 0 && start % size == 0 ? start + (size - 1) : start);
	if (skip(&text, "+")) {
		if (memhp_size_from_string(text, &length) < 0 || length == 0 ||
		    length - 1 > UINT64_MAX - start)
			return not_a_target(resolver);
		return add_addresses(resolver, start, start + (length - 1));
	}
	if (!skip(&text, "-") || !(skip(&text, "pfn:0x") || skip(&text, "0x") || true) ||
	    !read_number(&text, 16, &end) || *text != '\0' || end > UINT64_MAX / unit)
		return not_a_target(resolver);
	return add_addresses(resolver, start, end * unit + (unit - 1));
}

/* ---- sets named as a whole ---- */

static int resolve_node(const struct resolver *resolver, const char *text)
{
	const struct memhp_snapshot *snapshot = resolver->snapshot;
	uint64_t node;
	size_t i;
	int rc = 0;

	if (!read_number(&text, 10, &node) || *text != '\0')
		return not_a_target(resolver);
	if (node > INT16_MAX || snapshot_node(snapshot, (int)node) == NULL)
		return no_target(resolver, "there is no such node");
	resolver->target->whole = true;
	for (i = 0; rc == 0 && i < snapshot->block_count; i++) {
		if (block_on_node(snapshot, &snapshot->blocks[i], (int)node))
			rc = add_run(resolver, snapshot->blocks[i].number,
				     snapshot->blocks[i].number);
	}
	return rc;
}

/* Everything hot-added; what cannot be told from boot memory is not. */
static int resolve_all(const struct resolver *resolver)
{
	const struct memhp_snapshot *snapshot = resolver->snapshot;
	size_t i;
	int rc = 0;

	resolver->target->whole = true;
	for (i = 0; rc == 0 && i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		if (device->kind == MEMHP_DEVICE_DAX && device->driver == DRIVER_KMEM)
			rc = add_device(resolver, (uint16_t)i);
	}
	for (i = 0; rc == 0 && i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];
		bool taken = block->device != NO_DEVICE &&
			     snapshot->devices[block->device].kind == MEMHP_DEVICE_DAX &&
			     snapshot->devices[block->device].driver == DRIVER_KMEM;

		if (!taken && block->origin != MEMHP_ORIGIN_BOOT &&
		    block->origin != MEMHP_ORIGIN_UNKNOWN)
			rc = add_run(resolver, block->number, block->number);
	}
	return rc;
}

/* "dax:region3" is also the region, whoever made it, of dax3.0 and its like: the kernel counts them all together. */
static bool is_dax_region_of(const struct memhp_device *device, const char *text)
{
	unsigned int region, id, wanted;
	int end = 0;

	return device->kind == MEMHP_DEVICE_DAX &&
	       sscanf(text, "dax:region%u%n", &wanted, &end) == 1 && text[end] == '\0' &&
	       sscanf(device->name, "dax%u.%u", &region, &id) == 2 && region == wanted;
}

/* "cxl:region0" names one region; a bare "region0" any whose name ends so. */
static bool region_matches(const struct memhp_device *device, const char *text)
{
	const char *bare = device->region != NULL ? strchr(device->region, ':') : NULL;

	if (device->region == NULL)
		return false;
	return strcmp(device->region, text) == 0 || (bare != NULL && strcmp(bare + 1, text) == 0) ||
	       is_dax_region_of(device, text);
}

static int resolve_region(const struct resolver *resolver)
{
	const struct memhp_snapshot *snapshot = resolver->snapshot;
	const char *found = NULL;
	size_t i;
	int rc;

	resolver->target->whole = true;
	for (i = 0; i < snapshot->device_count; i++) {
		const char *region = snapshot->devices[i].region;

		if (!region_matches(&snapshot->devices[i], resolver->text))
			continue;
		if (found != NULL && strcmp(found, region) != 0) {
			error_set(resolver->error, MEMHP_ERROR_USAGE, -EINVAL, resolver->text,
				  "several regions have this name");
			return error_hint(resolver->error, "say %s or %s", found, region);
		}
		found = region;
		rc = add_device(resolver, (uint16_t)i);
		if (rc < 0)
			return rc;
	}
	return found != NULL ? 0 : no_target(resolver, "there is no such region");
}

static int resolve_device(const struct resolver *resolver, const char *name)
{
	const struct memhp_snapshot *snapshot = resolver->snapshot;
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		if (strcmp(snapshot->devices[i].name, name) == 0)
			return add_device(resolver, (uint16_t)i);
	}
	return no_target(resolver, "there is no such device");
}

/* ---- the forms, by how they begin ---- */

static bool is_region_name(const char *text)
{
	const char *colon = strchr(text, ':');

	if (text_starts_with(text, "region"))
		return true;
	return colon != NULL && text_starts_with(colon + 1, "region") &&
	       (text_starts_with(text, "cxl:") || text_starts_with(text, "nd:") ||
		text_starts_with(text, "dax:"));
}

static int resolve_on_node(const struct resolver *resolver, const char *text)
{
	uint64_t node = 0;

	if (!read_number(&text, 10, &node) || !skip(&text, ":"))
		return not_a_target(resolver);
	if (node > INT16_MAX || snapshot_node(resolver->snapshot, (int)node) == NULL)
		return no_target(resolver, "there is no such node");
	return resolve_block_list(resolver, text, (int)node);
}

static int resolve_numbers(const struct resolver *resolver)
{
	const char *text = resolver->text;

	if (skip(&text, "0x") || skip(&text, "0X"))
		return resolve_addresses(resolver, text, 1);
	if (strchr(text, ':') != NULL)
		return resolve_on_node(resolver, text);
	return resolve_block_list(resolver, text, NODE_NONE);
}

static int resolve_pfn(const struct resolver *resolver, const char *text)
{
	uint64_t page_size = resolver->snapshot->machine.page_size;

	if (!skip(&text, "0x"))
		return not_a_target(resolver);
	if (page_size == 0)
		return error_set(resolver->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, resolver->text,
				 "the page size of this machine is not known");
	return resolve_addresses(resolver, text, page_size);
}

int target_resolve(const struct memhp_snapshot *snapshot, const char *text,
		   struct memhp_error *error, struct target *ret_target)
{
	const struct resolver resolver = { snapshot, text, error, ret_target };
	const char *rest = text;

	*ret_target = (struct target){ .text = text };
	if (isdigit((unsigned char)text[0]))
		return resolve_numbers(&resolver);
	if (skip(&rest, "pfn:"))
		return resolve_pfn(&resolver, rest);
	if (skip(&rest, "memory") && isdigit((unsigned char)rest[0]))
		return resolve_block_list(&resolver, rest, NODE_NONE);
	rest = text;
	if (skip(&rest, "node") && isdigit((unsigned char)rest[0]))
		return resolve_node(&resolver, rest);
	if (strcmp(text, "all") == 0)
		return resolve_all(&resolver);
	if (is_region_name(text))
		return resolve_region(&resolver);
	rest = text;
	skip(&rest, "/dev/");
	if (text_starts_with(rest, "dax") || text_starts_with(rest, "PNP0C80:") ||
	    text_starts_with(rest, "virtio"))
		return resolve_device(&resolver, rest);
	return not_a_target(&resolver);
}

void target_clear(struct target *target)
{
	free(target->devices);
	free(target->runs);
	*target = (struct target){ 0 };
}
