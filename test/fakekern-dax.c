/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's dax bus: devices, their regions, their attributes. As in drivers/dax/bus.c.
 * Drivers, and what binding does, are in fakekern-driver.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

struct dax *dax_find(struct fakekern *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->dax_count; i++) {
		if (word_is(name, kernel->daxes[i]->name))
			return kernel->daxes[i];
	}
	return NULL;
}

uint64_t dax_size(const struct dax *dax)
{
	uint64_t size = 0;

	for (size_t i = 0; i < dax->mapping_count; i++)
		size += dax->mappings[i].size;
	return size;
}

static bool is_locked(const struct fakekern *kernel, const struct dax *dax)
{
	return kernel->config.size_takes_lock && (dax->leaving != NULL || dax->arriving);
}

static int show_size(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	if (is_locked(kernel, entry->object))
		return SHOW_WAITS;
	output_add(output, "%llu\n", (unsigned long long)dax_size(entry->object));
	return 0;
}

static int show_align(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *dax = entry->object;

	output_add(output, "%llu\n", (unsigned long long)dax->align);
	return 0;
}

static int show_target_node(struct fakekern *kernel, const struct entry *entry,
			    struct output *output)
{
	const struct dax *dax = entry->object;

	output_add(output, "%d\n", dax->target_node);
	return 0;
}

static int show_numa_node(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *dax = entry->object;

	output_add(output, "%d\n", dax->numa_node);
	return 0;
}

static int show_resource(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *dax = entry->object;

	output_add(output, "0x%llx\n", (unsigned long long)dax->mappings[0].start);
	return 0;
}

static int show_modalias(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "dax:t0\n");
	return 0;
}

static int show_memmap(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *dax = entry->object;

	output_add(output, "%d\n", dax->memmap_on_memory);
	return 0;
}

static int store_memmap(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dax *dax = entry->object;
	bool on = strchr("1yY", word[0]) != NULL && word[0] != '\0';

	if (!on && (word[0] == '\0' || strchr("0nN", word[0]) == NULL))
		return -EINVAL;
	if (on && !memmap_on_memory_works(kernel))
		return -EOPNOTSUPP;
	if (dax->memmap_on_memory != on && dax->driver != NULL &&
	    strcmp(dax->driver->name, "kmem") == 0)
		return -EBUSY;
	dax->memmap_on_memory = on;
	return 0;
}

static int show_mapping(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *dax = entry->object;
	const struct fakekern_range *range = &dax->mappings[entry->index];
	uint64_t offset = 0;

	if (is_locked(kernel, dax))
		return SHOW_WAITS;
	for (size_t i = 0; i < entry->index; i++)
		offset += dax->mappings[i].size;
	if (strcmp(entry->name, "start") == 0)
		offset = range->start;
	else if (strcmp(entry->name, "end") == 0)
		offset = range->start + range->size - 1;
	else
		offset /= kernel->config.page_size;
	output_add(output, "0x%llx\n", (unsigned long long)offset);
	return 0;
}

static int show_region_size(struct fakekern *kernel, const struct entry *entry,
			    struct output *output)
{
	const struct dax *dax = entry->object;
	uint64_t size = 0;

	for (size_t i = 0; i < dax->range_count; i++)
		size += dax->ranges[i].size;
	output_add(output, "%llu\n", (unsigned long long)size);
	return 0;
}

static int show_region_id(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dax *dax = entry->object;

	output_add(output, "%d\n", dax->region);
	return 0;
}

static const struct attribute dax_attributes[] = {
	READS("size", show_size),	    READS("align", show_align),
	READS("numa_node", show_numa_node), READS("modalias", show_modalias),
	SECRET("resource", show_resource),
};

static const struct attribute mapping_attributes[] = {
	SECRET("start", show_mapping),
	SECRET("end", show_mapping),
	SECRET("page_offset", show_mapping),
};

static const struct attribute region_files[] = {
	READS("id", show_region_id),
	READS("size", show_region_size),
	READS("align", show_align),
};

/* A link in the device's directory to TARGET below sys. */
void dax_link(struct dax *dax, const char *name, const char *target)
{
	char path[512] = "";

	for (const char *at = strchr(dax->path, '/'); at != NULL; at = strchr(at + 1, '/'))
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "../");
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s", target);
	tree_link(dax->directory, name, path);
}

/* The directory that holds the device, below sys/devices. */
static void parent_path(const struct fakekern *kernel, const struct dax *dax, char *path,
			size_t size)
{
	switch (dax->provider) {
	case FAKEKERN_HMEM:
		snprintf(path, size, "platform/%shmem.%d",
			 kernel->config.hmem_platform ? "hmem_platform.0/" : "", dax->region);
		return;
	case FAKEKERN_CXL:
		snprintf(path, size, "platform/ACPI0017:00/root0/decoder0.0/region%d/dax_region%d",
			 dax->region, dax->region);
		return;
	case FAKEKERN_PMEM:
		snprintf(path, size, "LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0/region%d/dax%d.0",
			 dax->region, dax->region);
		return;
	}
}

void dax_mappings(struct fakekern *kernel, struct dax *dax)
{
	char path[48 + sizeof(dax->path)];

	for (size_t i = 0; i < FAKEKERN_RANGES; i++) {
		snprintf(path, sizeof(path), "mapping%zu", i);
		if (tree_child(dax->directory, path) != NULL)
			tree_remove(tree_child(dax->directory, path));
	}
	for (size_t i = 0; i < dax->mapping_count; i++) {
		snprintf(path, sizeof(path), "%s/mapping%zu", dax->path, i);
		struct entry *mapping = tree_directory(kernel, path);

		tree_attributes(mapping, mapping_attributes, ARRAY_SIZE(mapping_attributes), dax);
		for (size_t j = 0; j < mapping->child_count; j++)
			mapping->children[j]->index = i;
	}
}

static void dax_directory(struct fakekern *kernel, struct dax *dax)
{
	static const struct attribute target = READS("target_node", show_target_node);
	static const struct attribute memmap =
		WRITES("memmap_on_memory", show_memmap, store_memmap);
	char parent[128], path[160 + sizeof(dax->path)];

	parent_path(kernel, dax, parent, sizeof(parent));
	snprintf(dax->path, sizeof(dax->path), "sys/devices/%s/%s", parent, dax->name);
	dax->directory = tree_directory(kernel, dax->path);
	tree_attributes(dax->directory, dax_attributes, ARRAY_SIZE(dax_attributes), dax);
	if (dax->target_node >= 0)
		tree_attributes(dax->directory, &target, 1, dax);
	if (kernel->config.memmap_attribute)
		tree_attributes(dax->directory, &memmap, 1, dax);
	dax_mappings(kernel, dax);
	if (dax->dynamic)
		geometry_attributes(dax->directory, dax);
	if (dax->range_count > 0) {
		snprintf(path, sizeof(path), "sys/devices/%s/dax_region", parent);
		struct entry *region = tree_directory(kernel, path);
		tree_attributes(region, region_files, ARRAY_SIZE(region_files), dax);
		if (dax->dynamic)
			region_attributes(region, dax);
	}
	snprintf(path, sizeof(path), "../../../devices/%s/%s", parent, dax->name);
	tree_link(tree_directory(kernel, "sys/bus/dax/devices"), dax->name, path);
	dax_link(dax, "subsystem", "bus/dax");
}

/* What stands above the device in iomem. */
static void surroundings(struct fakekern *kernel, const struct dax *dax)
{
	bool hidden = dax->provider == FAKEKERN_HMEM && !kernel->config.soft_reserved_in_iomem;
	char name[32];

	for (size_t i = 0; i < dax->mapping_count; i++) {
		const struct fakekern_range *range = &dax->mappings[i];

		/* Only what iomem did not know of was there for a buffer to take. */
		if (!hidden)
			resource_cut(kernel, range->start, range->size, "RAM buffer");
		if (dax->provider == FAKEKERN_CXL) {
			resource_request(kernel, range->start, range->size, false, "CXL Window 0",
					 NULL);
			snprintf(name, sizeof(name), "region%d", dax->region);
			resource_request(kernel, range->start, range->size, false, name, NULL);
		} else if (dax->provider == FAKEKERN_PMEM) {
			resource_request(kernel, range->start, range->size, false,
					 "Persistent Memory", NULL);
		} else if (kernel->config.soft_reserved_in_iomem) {
			resource_request(kernel, range->start, range->size, false, "Soft Reserved",
					 NULL);
			snprintf(name, sizeof(name), "hmem.%d", dax->region);
			if (kernel->config.hmem_in_iomem)
				resource_request(kernel, range->start, range->size, false, name,
						 NULL);
		}
		firmware_add(kernel, range->start, range->size,
			     dax->provider == FAKEKERN_PMEM ? "Persistent Memory" :
							      "Soft Reserved");
	}
}

void fakekern_add_dax(struct fakekern *kernel, const struct fakekern_dax *config)
{
	struct dax *dax = kernel_alloc(sizeof(*dax));

	snprintf(dax->name, sizeof(dax->name), "%s", config->name);
	if (sscanf(dax->name, "dax%d.%d", &dax->region, &dax->id) != 2)
		abort();
	dax->provider = config->provider;
	dax->target_node = config->target_node;
	dax->numa_node = config->numa_node;
	dax->align = config->align == 0 ? 2 * MIB : config->align;
	dax->dynamic = config->dynamic;
	dax->memmap_on_memory = config->provider == FAKEKERN_CXL;
	while (dax->mapping_count < FAKEKERN_RANGES &&
	       config->mappings[dax->mapping_count].size > 0) {
		dax->mappings[dax->mapping_count] = config->mappings[dax->mapping_count];
		dax->mapping_count++;
	}
	memcpy(dax->ranges, dax->mappings, sizeof(dax->ranges));
	dax->range_count = dax->mapping_count;
	kernel->daxes = kernel_grow(kernel->daxes, kernel->dax_count, &kernel->dax_capacity,
				    sizeof(struct dax *));
	kernel->daxes[kernel->dax_count++] = dax;
	dax_directory(kernel, dax);
	surroundings(kernel, dax);
	kernel_tells(kernel);
	driver_offer(kernel, dax);
}

void dax_add_empty(struct fakekern *kernel, const struct dax *sibling, const char *name)
{
	struct dax *dax = kernel_alloc(sizeof(*dax));

	snprintf(dax->name, sizeof(dax->name), "%s", name);
	if (sscanf(dax->name, "dax%d.%d", &dax->region, &dax->id) != 2)
		abort();
	dax->provider = sibling->provider;
	dax->target_node = sibling->target_node;
	dax->numa_node = sibling->numa_node;
	dax->align = sibling->align;
	dax->dynamic = true;
	kernel->daxes = kernel_grow(kernel->daxes, kernel->dax_count, &kernel->dax_capacity,
				    sizeof(struct dax *));
	kernel->daxes[kernel->dax_count++] = dax;
	dax_directory(kernel, dax);
	kernel_tells(kernel);
	driver_offer(kernel, dax);
}

void dax_delete(struct fakekern *kernel, struct dax *dax)
{
	size_t i = 0;

	while (kernel->daxes[i] != dax)
		i++;
	tree_remove(tree_child(tree_directory(kernel, "sys/bus/dax/devices"), dax->name));
	tree_remove(dax->directory);
	kernel->dax_count--;
	memmove(kernel->daxes + i, kernel->daxes + i + 1,
		(kernel->dax_count - i) * sizeof(struct dax *));
	free(dax);
	kernel_tells(kernel);
}

/* The device is gone from its bus, as when its region is torn down. */
void fakekern_remove_dax(struct fakekern *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->dax_count; i++) {
		struct dax *dax = kernel->daxes[i];

		if (strcmp(dax->name, name) != 0)
			continue;
		driver_detach(kernel, dax);
		tree_remove(tree_child(tree_directory(kernel, "sys/bus/dax/devices"), dax->name));
		struct entry *parent = dax->directory->parent;
		tree_remove(dax->directory);
		if (tree_child(parent, "dax_region") != NULL)
			tree_remove(tree_child(parent, "dax_region"));
		kernel->daxes[i] = kernel->daxes[--kernel->dax_count];
		free(dax);
		kernel_tells(kernel);
		return;
	}
}
