/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's ACPI memory devices: hot-plugged DIMMs, and their asynchronous eject. As in
 * drivers/acpi/acpi_memhotplug.c and acpi_scan_hot_remove(): the write that asks for an eject only
 * queues it, and a failed one puts blocks back online where the kernel likes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

static uint32_t dimm_first(const struct fakekern *kernel, const struct dimm *dimm)
{
	return (uint32_t)(dimm->addition.start / kernel->config.block_size);
}

static uint32_t dimm_count(const struct fakekern *kernel, const struct dimm *dimm)
{
	return (uint32_t)(dimm->addition.size / kernel->config.block_size);
}

static void physical_node_name(uint32_t index, char name[32])
{
	snprintf(name, 32, index == 0 ? "physical_node" : "physical_node%u", index);
}

/* Links from a DIMM to its blocks and back. */
static void link_blocks(struct fakekern *kernel, struct dimm *dimm)
{
	struct entry *directory = tree_directory(kernel, dimm->path);
	char name[32], target[192];

	for (uint32_t i = 0; i < dimm_count(kernel, dimm); i++) {
		struct block *block = block_find(kernel, dimm_first(kernel, dimm) + i);

		if (block == NULL)
			continue;
		physical_node_name(i, name);
		snprintf(target, sizeof(target), "../../../system/memory/memory%u", block->number);
		tree_link(directory, name, target);
		snprintf(target, sizeof(target), "../../../%s",
			 dimm->path + strlen("sys/devices/"));
		tree_link(block->directory, "firmware_node", target);
	}
}

static void unlink_blocks(struct fakekern *kernel, struct dimm *dimm)
{
	struct entry *directory = tree_directory(kernel, dimm->path);
	char name[32];

	for (uint32_t i = 0; i < dimm_count(kernel, dimm); i++) {
		physical_node_name(i, name);
		if (tree_child(directory, name) != NULL)
			tree_remove(tree_child(directory, name));
	}
}

/* Two passes, for blocks that hold what others need; on failure what was offlined comes back. */
static int offline_all(struct fakekern *kernel, struct dimm *dimm)
{
	bool was_online[1024] = { false };
	uint32_t first = dimm_first(kernel, dimm), count = MIN(dimm_count(kernel, dimm), 1024u);
	int rc = 0;

	for (uint32_t i = 0; i < count; i++)
		was_online[i] = block_find(kernel, first + i)->online;
	for (int pass = 0; pass < 2; pass++) {
		rc = 0;
		for (uint32_t i = 0; i < count && rc == 0; i++) {
			struct block *block = block_find(kernel, first + i);
			int refused = block->online ? block_offline(kernel, block) : 0;

			if (pass == 1)
				rc = refused;
		}
	}
	for (uint32_t i = 0; i < count && rc < 0; i++) {
		struct block *block = block_find(kernel, first + i);

		if (was_online[i] && !block->online)
			block_online(kernel, block, ONLINE_AUTO);
	}
	return rc;
}

static void eject(struct fakekern *kernel, void *data)
{
	struct dimm *dimm = data;

	if (dimm->addition.size == 0)
		return;
	if (dimm->boot || offline_all(kernel, dimm) < 0)
		return;
	unlink_blocks(kernel, dimm);
	memory_remove(kernel, &dimm->addition);
	dimm->addition.size = 0;
}

static int store_eject(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dimm *dimm = entry->object;

	if (!word_is(word, "1"))
		return -EINVAL;
	if (dimm->addition.size == 0)
		return -ENODEV;
	fakekern_after(kernel, dimm->eject_time, eject, dimm);
	return 0;
}

static int show_status(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct dimm *dimm = entry->object;

	output_add(output, "%d\n", dimm->addition.size > 0 ? 15 : 0);
	return 0;
}

static int show_hid(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "PNP0C80\n");
	return 0;
}

static unsigned int slot_of(const struct dimm *dimm)
{
	const char *colon = strrchr(dimm->name, ':');

	return colon != NULL ? (unsigned int)strtoul(colon + 1, NULL, 16) : 0;
}

static int show_uid(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "0x%02X\n", slot_of(entry->object));
	return 0;
}

static int show_path(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "\\_SB_.MHPC.MP%02X\n", slot_of(entry->object));
	return 0;
}

static const struct attribute dimm_attributes[] = {
	WRITES("eject", NULL, store_eject),
	READS("status", show_status),
	READS("hid", show_hid),
	READS("uid", show_uid),
	READS("path", show_path),
};

static struct dimm *dimm_get(struct fakekern *kernel, const char *name)
{
	char target[192];

	for (size_t i = 0; i < kernel->dimm_count; i++) {
		if (strcmp(kernel->dimms[i]->name, name) == 0)
			return kernel->dimms[i];
	}
	struct dimm *dimm = kernel_alloc(sizeof(*dimm));
	kernel->dimms = kernel_grow(kernel->dimms, kernel->dimm_count, &kernel->dimm_capacity,
				    sizeof(struct dimm *));
	kernel->dimms[kernel->dimm_count++] = dimm;
	snprintf(dimm->name, sizeof(dimm->name), "%s", name);
	snprintf(dimm->path, sizeof(dimm->path), "sys/devices/LNXSYSTM:00/LNXSYBUS:00/%s",
		 dimm->name);
	tree_attributes(tree_directory(kernel, dimm->path), dimm_attributes,
			ARRAY_SIZE(dimm_attributes), dimm);
	snprintf(target, sizeof(target), "../../../../%s", dimm->path);
	tree_link(tree_directory(kernel, "sys/bus/acpi/devices"), dimm->name, target);
	return dimm;
}

/* A second call for the same name plugs memory into an empty slot. */
void fakekern_add_dimm(struct fakekern *kernel, const struct fakekern_dimm *config)
{
	struct dimm *dimm = dimm_get(kernel, config->name);

	dimm->node = config->node;
	dimm->boot = config->boot;
	dimm->eject_time = config->eject_time == 0 ? 10 * MILLISECOND : config->eject_time;
	if (config->size == 0)
		return;
	dimm->addition = (struct addition){
		.start = config->start,
		.size = config->size,
		.node = config->node,
		.resource = "System RAM",
		.group = kernel_keep(kernel, sizeof(struct group)),
		.self_hosted = memmap_on_memory_works(kernel),
		.firmware = true,
	};
	dimm->addition.group->max_pages = config->size / kernel->config.page_size;
	if (!config->boot && memory_add(kernel, &dimm->addition) < 0)
		dimm->addition.size = 0;
	link_blocks(kernel, dimm);
}
