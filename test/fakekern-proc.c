/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's text in procfs and its module parameters: zoneinfo, vmstat, meminfo, names.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

#define NUMBER(value) ((unsigned long long)(value))

/* Whether this is the zone that the node's page cache and CMA are in. */
static bool is_main_zone(struct fakekern *kernel, const struct node *node, enum zone zone)
{
	for (enum zone higher = NORMAL; higher > zone; higher--) {
		if (zone_get(kernel, node->id, higher)->early > 0)
			return false;
	}
	return zone < MOVABLE && zone_get(kernel, node->id, zone)->early > 0;
}

static void show_zone(struct fakekern *kernel, const struct node *node, enum zone zone,
		      struct output *output)
{
	const struct zone_counts *counts = zone_get(kernel, node->id, zone);
	uint64_t low = zone_watermark(counts), spanned = counts->end - counts->start;
	bool main_zone = is_main_zone(kernel, node, zone);

	output_add(output, "Node %d, zone %8s\n", node->id, zone_names[zone]);
	output_add(output, "  pages free     %llu\n        boost    0\n", NUMBER(counts->free));
	output_add(output, "        min      %llu\n        low      %llu\n        high     %llu\n",
		   NUMBER(low), NUMBER(low + low / 4), NUMBER(low + low / 2));
	if (kernel->config.promo_watermark)
		output_add(output, "        promo    %llu\n", NUMBER(low + low * 3 / 4));
	output_add(output, "        spanned  %llu\n        present  %llu\n        managed  %llu\n",
		   NUMBER(spanned), NUMBER(counts->present), NUMBER(counts->managed));
	output_add(output, "        cma      %llu\n", NUMBER(main_zone ? node->cma : 0));
	output_add(output, "        protection: (0, 0, 0, 0, 0)\n");
	if (counts->present == 0)
		return;
	output_add(output, "      nr_free_pages %llu\n", NUMBER(counts->free));
	output_add(output, "      nr_zone_inactive_anon %llu\n", NUMBER(counts->used));
	output_add(output, "      nr_zone_active_anon 0\n      nr_zone_inactive_file 0\n");
	output_add(output, "      nr_zone_active_file %llu\n", NUMBER(main_zone ? node->file : 0));
	output_add(output, "      nr_zone_unevictable 0\n      nr_mlock     0\n  pagesets\n");
	output_add(output, "    cpu: 0\n              count: 0\n              high:  0\n");
	output_add(output, "              batch: 63\n  vm stats threshold: 24\n");
	output_add(output, "  node_unreclaimable:  0\n  start_pfn:           %llu\n",
		   NUMBER(counts->start));
}

static int show_zoneinfo(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	for (int id = 0; id < NODES; id++) {
		if (!kernel->nodes[id].exists)
			continue;
		for (enum zone zone = DMA; zone < ZONES; zone++)
			show_zone(kernel, &kernel->nodes[id], zone, output);
	}
	return 0;
}

static uint64_t sum_of_zones(struct fakekern *kernel, bool free)
{
	uint64_t pages = 0;

	for (int id = 0; id < NODES; id++) {
		for (enum zone zone = DMA; zone <= MOVABLE; zone++) {
			const struct zone_counts *counts = zone_get(kernel, id, zone);

			pages += free ? counts->free : counts->managed;
		}
	}
	return pages;
}

static int show_vmstat(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "nr_free_pages %llu\nnr_zone_inactive_anon 0\n",
		   NUMBER(sum_of_zones(kernel, true)));
	if (kernel->config.counts_memmap_pages)
		output_add(output, "nr_memmap_pages %lld\nnr_memmap_boot_pages %lld\n",
			   (long long)kernel->memmap_count, (long long)kernel->memmap_boot_count);
	output_add(output, "pgpgin 4711\n");
	return 0;
}

static int show_meminfo(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	uint64_t kilobytes = kernel->config.page_size / 1024;

	output_add(output, "MemTotal:       %llu kB\n",
		   NUMBER(sum_of_zones(kernel, false) * kilobytes));
	output_add(output, "MemFree:        %llu kB\n",
		   NUMBER(sum_of_zones(kernel, true) * kilobytes));
	output_add(output, "HardwareCorrupted:     0 kB\n");
	return 0;
}

static int show_policy(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "%s\n", kernel->online_policy);
	return 0;
}

static int store_policy(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	bool movable = word_is(word, "auto-movable");

	if (!movable && !word_is(word, "contig-zones"))
		return -EINVAL;
	snprintf(kernel->online_policy, sizeof(kernel->online_policy), "%s",
		 movable ? "auto-movable" : "contig-zones");
	return 0;
}

static int show_ratio(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "%u\n", kernel->auto_movable_ratio);
	return 0;
}

static int store_ratio(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	char *end;
	unsigned long ratio = strtoul(word, &end, 0);

	if (end == word || (*end != '\0' && *end != '\n'))
		return -EINVAL;
	kernel->auto_movable_ratio = (unsigned int)ratio;
	return 0;
}

static int show_numa_aware(struct fakekern *kernel, const struct entry *entry,
			   struct output *output)
{
	output_add(output, "%c\n", kernel->numa_aware ? 'Y' : 'N');
	return 0;
}

static int store_numa_aware(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	if (word[0] == '\0' || strchr("1yY0nN", word[0]) == NULL)
		return -EINVAL;
	kernel->numa_aware = strchr("1yY", word[0]) != NULL;
	return 0;
}

static int show_memmap_mode(struct fakekern *kernel, const struct entry *entry,
			    struct output *output)
{
	output_add(output, "%s\n", kernel->config.memmap_on_memory);
	return 0;
}

static const struct attribute proc_rows[] = {
	READS("zoneinfo", show_zoneinfo),
	READS("vmstat", show_vmstat),
	READS("meminfo", show_meminfo),
	READS("iomem", iomem_show),
};

static const struct attribute parameter_rows[] = {
	WRITES("online_policy", show_policy, store_policy),
	WRITES("auto_movable_ratio", show_ratio, store_ratio),
	WRITES("auto_movable_numa_aware", show_numa_aware, store_numa_aware),
	READS("memmap_on_memory", show_memmap_mode),
};

void proc_files(struct fakekern *kernel)
{
	char text[256];

	tree_attributes(tree_directory(kernel, "proc"), proc_rows, ARRAY_SIZE(proc_rows), NULL);
	tree_attributes(tree_directory(kernel, "sys/module/memory_hotplug/parameters"),
			parameter_rows, ARRAY_SIZE(parameter_rows), NULL);
	snprintf(text, sizeof(text), "%s%s\n", kernel->config.command_line,
		 kernel->config.movable_node ? " movable_node" : "");
	tree_text(kernel, "proc/cmdline", text);
	snprintf(text, sizeof(text), "%s\n", kernel->config.release);
	tree_text(kernel, "proc/sys/kernel/osrelease", text);
	snprintf(text, sizeof(text), "Linux version %s (fake) #1 SMP\n", kernel->config.release);
	tree_text(kernel, "proc/version", text);
	tree_text(kernel, "proc/sys/kernel/hostname", "fake\n");
	tree_text(kernel, "proc/sys/kernel/arch", "x86_64\n");
	tree_text(kernel, "proc/sys/kernel/ostype", "Linux\n");
	tree_text(kernel, "proc/sys/kernel/random/boot_id",
		  "11111111-2222-4333-8444-555555555555\n");
	tree_text(kernel, "sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0\n");
	if (kernel->config.gigantic_sysctl)
		tree_text(kernel, "proc/sys/vm/movable_gigantic_pages", "0\n");
}
