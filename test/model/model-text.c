/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's machines, policies and requests in the words of cases. */
#include "model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out {
	char *text;
	size_t size;
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) say(struct out *out, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	out->used += (size_t)vsnprintf(out->text + out->used, out->size - out->used, format, list);
	va_end(list);
	if (out->used >= out->size)
		abort();
}

static const char *const zone_names[ZONES] = { "DMA", "DMA32", "Normal", "Movable" };
static const char *const answers[] = { "unknown", "no", "yes" };

static void say_machine(struct out *out, const struct world *world)
{
	static const char *const parameters[] = { "unknown", "off", "on", "force" };
	static const char *const words[] = { "unknown", "offline", "online", "online_kernel",
					     "online_movable" };

	say(out, "block %" PRIu64 "\npage %" PRIu64 "\nstruct-page %" PRIu64 "\n",
	    world->block_size, world->page_size, world->struct_page);
	say(out, "memmap-on-memory %s\nauto-online %s\n", parameters[world->parameter],
	    words[world->auto_online]);
	say(out, "online-policy %s\nauto-movable %d %s\n",
	    world->auto_movable ? "auto-movable" : "contig-zones", world->ratio,
	    world->numa_aware == YES ? "numa-aware" : "numa-blind");
	say(out, "movable-node %s\nmovable-gigantic %s\ncrash-loaded %s\ncrash-hotplug %s\n",
	    answers[world->movable_node], answers[world->movable_gigantic],
	    answers[world->crash_loaded], answers[world->crash_hotplug]);
	say(out, "modules%s%s\n", world->has_kmem ? " kmem" : "",
	    world->has_device_dax ? " device_dax" : "");
	if (world->memmap_count[ALL_PAGES] >= 0)
		say(out, "memmap-pages %" PRId64 "\n", world->memmap_count[ALL_PAGES]);
}

static void say_nodes(struct out *out, const struct world *world)
{
	for (int i = 0; i < NODES; i++) {
		const struct node *node = &world->nodes[i];

		if (!node->exists)
			continue;
		say(out, "node %d%s", i, node->has_cpu ? " cpu" : "");
		if (node->gigantic >= 0)
			say(out, " gigantic %d", node->gigantic);
		if (node->poisoned >= 0)
			say(out, " poisoned %d", node->poisoned);
		say(out, " distance");
		for (int j = 0; j < NODES; j++) {
			if (world->nodes[j].exists)
				say(out, " %d", node->distances[j]);
		}
		say(out, "\n");
	}
}

static void say_devices(struct out *out, const struct world *world)
{
	static const char *const drivers[] = { "", " device_dax", " kmem", " other" };

	for (size_t i = 0; i < world->device_count; i++) {
		const struct device *device = &world->devices[i];

		say(out, "device %s%s", device->name, drivers[device->driver]);
		if (device->kind == DAX)
			say(out, " %s align %" PRIu64, device->provider, device->align);
		if (device->target >= 0)
			say(out, " node %d", device->target);
		if (device->near >= 0)
			say(out, " near %d", device->near);
		if (device->attribute != UNKNOWN)
			say(out, " memmap %s", device->attribute == YES ? "on" : "off");
		for (size_t j = 0; j < device->range_count; j++)
			say(out, " range 0x%" PRIx64 "-0x%" PRIx64, device->ranges[j].start,
			    device->ranges[j].end);
		say(out, "%s%s%s\n", device->leaked ? " leaked" : "",
		    device->ejectable ? " ejectable" : "",
		    device->hidden ? " mappings-hidden" : "");
	}
}

static void say_zones_of(struct out *out, const struct block *block)
{
	const char *glue = " ";

	if (block->zones == ANY_ZONE) {
		say(out, " zone-unknown");
	} else if ((block->zones & SEVERAL_ZONES) != 0) {
		say(out, " none");
	} else {
		for (int zone = DMA; zone < ZONES; zone++) {
			if ((block->zones & BIT(zone)) == 0)
				continue;
			say(out, "%s%s", glue, zone_names[zone]);
			glue = ",";
		}
	}
}

static void say_blocks(struct out *out, const struct world *world)
{
	static const char *const states[] = { "absent", "offline", "online", "going-offline",
					      "unknown" };
	static const char *const origins[] = { "boot", "kmem", "acpi", "virtio_mem", "unknown" };
	static const char *const placed[] = { "", " memmap-elsewhere", " memmap-on-memory" };

	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &world->blocks[i];

		if (block->state == ABSENT)
			continue;
		say(out, "blocks %d %s", i, states[block->state]);
		say_zones_of(out, block);
		say(out, " node %d", block->node);
		if (block->other_node >= 0)
			say(out, ",%d", block->other_node);
		say(out, " %s%s%s%s", origins[block->origin], placed[block->on_itself],
		    block->holes ? " holes" : "", block->pmem ? " shares-pmem" : "");
		if (block->device >= 0)
			say(out, " %s", world->devices[block->device].name);
		if (block->offered != 0)
			say(out, " candidates %s",
			    block->offered == BIT(MOVABLE) ? "Movable" : "Normal");
		say(out, "\n");
	}
}

static void say_zones(struct out *out, const struct world *world)
{
	for (int i = 0; i < NODES; i++) {
		for (int zone = DMA; world->nodes[i].exists && zone < ZONES; zone++) {
			const struct zone_counts *counts = &world->nodes[i].zones[zone];
			uint64_t page = world->page_size;

			say(out,
			    "zone %d %s present %" PRIu64 " managed %" PRIu64 " start %" PRIu64
			    " spanned %" PRIu64 " free %" PRIu64 " at-hand %" PRIu64
			    " high %" PRIu64 " cma %" PRIu64 " file %" PRIu64 " programs %" PRIu64
			    "\n",
			    i, zone_names[zone], counts->present * page, counts->managed * page,
			    counts->start * page, counts->spanned * page, counts->free * page,
			    counts->at_hand * page, counts->high * page, counts->cma * page,
			    counts->file * page, counts->programs * page);
		}
	}
	if (!world->zones_known)
		say(out, "zones unknown\n");
}

static const char *const zone_choices[] = { "", "movable", "kernel", "auto", "balanced" };
static const char *const memmap_choices[] = { "", "auto", "on", "off" };

static void say_section(struct out *out, const struct world *world, const struct section *section)
{
	static const char prefix[] = "policy device 10-x";

	if (!section->exists)
		return;
	if (section->device >= 0)
		say(out, "%s match-name %s\n", prefix, world->devices[section->device].name);
	else
		say(out, "%s match-range 0x%" PRIx64 "-0x%" PRIx64 "\n", prefix,
		    (uint64_t)section->first * world->block_size,
		    (uint64_t)(section->last + 1) * world->block_size - 1);
	if (section->zone != ZONE_UNSET)
		say(out, "%s zone %s\n", prefix, zone_choices[section->zone]);
	if (section->memmap != MEMMAP_UNSET)
		say(out, "%s memmap-on-memory %s\n", prefix, memmap_choices[section->memmap]);
	say(out, "%s keep-offline %s\n%s online %s\n", prefix, section->keep_offline ? "yes" : "no",
	    prefix, section->online ? "yes" : "no");
}

static void say_policy(struct out *out, const struct world *world, const struct policy *policy)
{
	static const char *const severities[] = { "off", "info", "warn", "deny" };

	say(out, "policy movable-ratio-warn %" PRIu64 ".%02" PRIu64 "%%\n", policy->warn / 100,
	    policy->warn % 100);
	say(out, "policy movable-ratio-deny %" PRIu64 ".%02" PRIu64 "%%\n", policy->deny / 100,
	    policy->deny % 100);
	if (policy->reserve_is_size)
		say(out, "policy kernel-reserve %" PRIu64 "\n", policy->reserve);
	else
		say(out, "policy kernel-reserve %" PRIu64 ".%02" PRIu64 "%%\n",
		    policy->reserve / 100, policy->reserve % 100);
	say(out, "policy zone %s\npolicy move %s\npolicy memmap-on-memory %s\n",
	    zone_choices[policy->zone], policy->move ? "yes" : "no",
	    memmap_choices[policy->memmap]);
	for (int i = 0; i < RULES; i++) {
		if (policy->severities[i] != AS_USUAL)
			say(out, "policy rule %s severity %s\n", rule_names[i],
			    severities[policy->severities[i]]);
	}
	say_section(out, world, &policy->section);
}

void write_case(const struct world *world, const struct policy *policy, char *text, size_t size)
{
	struct out out = { text, size, 0 };

	say_machine(&out, world);
	say_nodes(&out, world);
	say_devices(&out, world);
	say_blocks(&out, world);
	say_zones(&out, world);
	say_policy(&out, world, policy);
}

void write_request(const struct request *request, const struct world *world, char *text,
		   size_t size)
{
	static const char *const operations[] = { "add", "online", "offline", "remove" };
	struct out out = { text, size, 0 };

	say(&out, "%s", operations[request->operation]);
	if (request->zone != ZONE_UNSET)
		say(&out, " --zone %s", zone_choices[request->zone]);
	if (request->memmap != MEMMAP_UNSET)
		say(&out, " --memmap-on-memory %s", memmap_choices[request->memmap]);
	if (request->size > 0)
		say(&out, " --size %" PRIu64, request->size);
	say(&out, "%s%s%s%s", request->move ? " --move" : "",
	    request->boot_memory ? " --boot-memory" : "", request->unbound ? " --unbound" : "",
	    request->from_policy ? " --from-policy" : "");
	for (int i = 0; i < RULES; i++) {
		if (request->force[i])
			say(&out, " --force %s", rule_names[i]);
	}
	for (size_t i = 0; i < request->target_count; i++) {
		const struct target *target = &request->targets[i];

		if (target->kind == 'd')
			say(&out, " %s", world->devices[target->first].name);
		else if (target->kind == 'n')
			say(&out, " node%d", target->first);
		else if (target->kind == 'a')
			say(&out, " all");
		else
			say(&out, " %d-%d", target->first, target->last);
	}
}
