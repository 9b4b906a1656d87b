/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests ask of the fake kernel without being a process in it, and its files beyond those that
 * it makes by itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

static const char *block_word(const struct block *block)
{
	static const char *const words[ZONES] = { "online DMA", "online DMA32", "online Normal",
						  "online Movable" };

	if (block == NULL)
		return "absent";
	if (block->going_offline)
		return "going-offline";
	if (!block->online)
		return "offline";
	return block_one_zone(block) ? words[block->extents[0].zone] : "online none";
}

const char *fakekern_block(struct fakekern *kernel, uint32_t number)
{
	return block_word(block_find(kernel, number));
}

int file_show(struct fakekern *kernel, const struct entry *entry)
{
	output_clear(&kernel->scratch);
	if (entry->type == ENTRY_DIRECTORY)
		return -EISDIR;
	if (entry->read_rc < 0)
		return entry->read_rc;
	if (entry->text != NULL)
		output_add(&kernel->scratch, "%s", entry->text);
	else if (entry->show == NULL)
		return -EACCES;
	else
		return entry->show(kernel, entry, &kernel->scratch);
	return 0;
}

const char *fakekern_text(struct fakekern *kernel, const char *path)
{
	struct entry *entry;

	if (tree_find(kernel, path, true, &entry) < 0 || file_show(kernel, entry) < 0)
		return "";
	if (kernel->scratch.length > 0 && kernel->scratch.data[kernel->scratch.length - 1] == '\n')
		kernel->scratch.data[--kernel->scratch.length] = '\0';
	return kernel->scratch.length > 0 ? kernel->scratch.data : "";
}

int fakekern_write(struct fakekern *kernel, const char *path, const char *word)
{
	struct entry *entry;
	int rc = tree_find(kernel, path, true, &entry);

	if (rc < 0)
		return rc;
	return entry->store != NULL ? entry->store(kernel, entry, word) : -EACCES;
}

void fakekern_file(struct fakekern *kernel, const char *path, const char *text)
{
	struct entry *entry;

	if (text != NULL)
		tree_text(kernel, path, text);
	else if (tree_find(kernel, path, false, &entry) == 0)
		tree_remove(entry);
}

void fakekern_break(struct fakekern *kernel, const char *path, int read_rc, int write_rc)
{
	struct entry *entry;

	if (tree_find(kernel, path, true, &entry) < 0)
		abort();
	entry->read_rc = read_rc;
	entry->write_rc = write_rc;
}

size_t fakekern_logged(const struct fakekern *kernel)
{
	return kernel->log_count;
}

const struct fakekern_operation *fakekern_log(const struct fakekern *kernel, size_t index)
{
	return index < kernel->log_count ? &kernel->log[index] : NULL;
}

static void picture_blocks(struct fakekern *kernel, struct output *output)
{
	for (size_t i = 0; i < kernel->block_count;) {
		const struct block *first = kernel->blocks[i];
		size_t last = i;

		while (last + 1 < kernel->block_count) {
			const struct block *next = kernel->blocks[last + 1];

			if (next->number != kernel->blocks[last]->number + 1 ||
			    next->nodes[0] != first->nodes[0] ||
			    block_word(next) != block_word(first))
				break;
			last++;
		}
		output_add(output, "memory%u-%u node%d %s\n", first->number,
			   kernel->blocks[last]->number, first->nodes[0], block_word(first));
		i = last + 1;
	}
}

static void picture_devices(struct fakekern *kernel, struct output *output)
{
	for (size_t i = 0; i < kernel->dax_count; i++) {
		const struct dax *dax = kernel->daxes[i];

		output_add(output, "%s driver %s memmap_on_memory %d align %llu", dax->name,
			   dax->driver != NULL ? dax->driver->name : "none", dax->memmap_on_memory,
			   (unsigned long long)dax->align);
		for (size_t j = 0; j < dax->mapping_count; j++)
			output_add(output, " %llx+%llx", (unsigned long long)dax->mappings[j].start,
				   (unsigned long long)dax->mappings[j].size);
		output_add(output, "\n");
	}
	for (size_t i = 0; i < kernel->driver_count; i++) {
		for (size_t j = 0; j < kernel->drivers[i].id_count; j++)
			output_add(output, "%s id %s\n", kernel->drivers[i].name,
				   kernel->drivers[i].ids[j]);
	}
	for (size_t i = 0; i < kernel->dimm_count; i++)
		output_add(output, "%s %llu bytes\n", kernel->dimms[i]->name,
			   (unsigned long long)kernel->dimms[i]->addition.size);
}

char *fakekern_picture(struct fakekern *kernel)
{
	struct output output = { 0 };
	struct entry *directory;

	output_add(&output, "auto_online %s\n", online_words[kernel->auto_online]);
	picture_blocks(kernel, &output);
	picture_devices(kernel, &output);
	iomem_show(kernel, NULL, &output);
	if (tree_find(kernel, "run/memhp", true, &directory) == 0) {
		for (size_t i = 0; i < directory->child_count; i++)
			output_add(&output, "run/memhp/%s\n", directory->children[i]->name);
	}
	return output.data;
}
