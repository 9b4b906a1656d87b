/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The facts that a plan depends on, each with a name: of the machine, of the policy, of what was asked
 * for, of what is targeted, and the steps that follow. Nothing that changes by itself, as free memory does,
 * is among them, and nothing that lifts a rule. Pure.
 */
#include "plan-facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uuid.h"

/* What is longer is known by its digest. */
#define PLAIN_MAX 96

struct facts {
	const struct memhp_plan *plan;
	const struct units *units;
	FILE *out;
};

/* ---- one fact ---- */

static bool is_plain(const char *value)
{
	return value[0] != '\0' && strlen(value) <= PLAIN_MAX &&
	       value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "._:,/+-")] == '\0';
}

/* NAME=VALUE; or NAME=#DIGEST; */
static void put(struct facts *facts, const char *name, const char *value)
{
	char digest[UUID_TEXT_SIZE];

	if (is_plain(value)) {
		fprintf(facts->out, ";%s=%s", name, value);
		return;
	}
	uuid_from_text(value, digest);
	fprintf(facts->out, ";%s=#%s", name, digest);
}

static void put_text(struct facts *facts, const char *name, const char *value)
{
	put(facts, name, value != NULL && value[0] != '\0' ? value : "unknown");
}

static void put_number(struct facts *facts, const char *name, int64_t number)
{
	char text[32];

	text_format(text, sizeof(text), "%" PRId64, number);
	put(facts, name, number < 0 ? "unknown" : text);
}

static void put_tristate(struct facts *facts, const char *name, enum tristate value)
{
	put(facts, name, value == TRI_YES ? "yes" : value == TRI_NO ? "no" : "unknown");
}

/* A fact that is put together by FN. */
static int put_written(struct facts *facts, const char *name,
		       void (*fn)(const struct facts *facts, FILE *file))
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int rc = -ENOMEM;

	if (file == NULL)
		return rc;
	fn(facts, file);
	if (fclose(file) == 0) {
		put(facts, name, size > 0 ? text : "none");
		rc = 0;
	}
	free(text);
	return rc;
}

/* ---- the machine ---- */

static const char *word_of(const char *word)
{
	return word != NULL ? word : "unknown";
}

static void put_machine(struct facts *facts)
{
	const struct machine *machine = &facts->plan->before->machine;

	put_text(facts, "boot", machine->boot_id);
	put_number(facts, "block-size", (int64_t)machine->block_size);
	put_text(facts, "memmap-on-memory", memmap_mode_name(machine->memmap_on_memory));
	put_text(facts, "online-policy", machine->online_policy);
	put_number(facts, "auto-movable-ratio", machine->auto_movable_ratio);
	put_tristate(facts, "auto-movable-numa-aware", machine->auto_movable_numa_aware);
	put_text(facts, "auto-online", online_word_name(machine->auto_online));
	put_tristate(facts, "movable-node", machine->movable_node);
	put(facts, "modules",
	    machine->has_kmem	    ? machine->has_device_dax ? "kmem,device_dax" : "kmem" :
	    machine->has_device_dax ? "device_dax" :
				      "none");
}

/* ---- the policy and the request ---- */

/* What files make of the policy, and not which file does; defaults are the same everywhere. */
static void write_policy(const struct facts *facts, FILE *file)
{
	const struct policy *policy = &facts->plan->policy;
	size_t i;

	for (i = 0; i < policy->value_count; i++) {
		const struct policy_value *value = &policy->values[i];

		if (value->origin.file != NULL)
			fprintf(file, "[%s] %s = %s\n", value->section, value->key, value->value);
	}
}

/* What lifts a rule, and what becomes of a failure, is for whoever carries it out to say. */
static void write_request(const struct facts *facts, FILE *file)
{
	const struct request *request = &facts->plan->request;
	const uint32_t not_of_it = MEMHP_REQUEST_YES | MEMHP_REQUEST_BOOT_MEMORY;
	size_t i;

	fprintf(file, "%d zone %d %d memmap %d flags %" PRIx32 " amount %" PRIu64 "\n",
		request->options.operation, request->zone, request->zone_asked,
		request->options.memmap_on_memory, request->options.flags & ~not_of_it,
		request->options.amount);
	if (request->options.align != 0)
		fprintf(file, "align %" PRIu64 "\n", request->options.align);
	for (i = 0; i < request->target_count; i++)
		fprintf(file, "target %s\n", request->targets[i]);
}

/* ---- devices ---- */

static void write_devices(const struct facts *facts, FILE *file,
			  void (*fn)(FILE *file, const struct memhp_device *device))
{
	const char *before = "";
	size_t i;

	for (i = 0; i < facts->units->count; i++) {
		const struct unit *unit = &facts->units->items[i];
		const struct memhp_device *device;

		if (unit->device == NO_DEVICE)
			continue;
		device = &facts->plan->before->devices[unit->device];
		fprintf(file, "%s%s:", before, device->name);
		fn(file, device);
		before = ",";
	}
}

static void write_driver(FILE *file, const struct memhp_device *device)
{
	fprintf(file, "%s%s", device->driver_name != NULL ? device->driver_name : "none",
		device->leaked ? "/leaked" : "");
}

static void write_drivers(const struct facts *facts, FILE *file)
{
	write_devices(facts, file, write_driver);
}

static void write_target_node(FILE *file, const struct memhp_device *device)
{
	fprintf(file, "%d", device->target_node);
}

static void write_target_nodes(const struct facts *facts, FILE *file)
{
	write_devices(facts, file, write_target_node);
}

static void write_attribute(FILE *file, const struct memhp_device *device)
{
	fputs(!device->has_memmap_attribute	  ? "none" :
	      device->memmap_on_memory == TRI_YES ? "on" :
	      device->memmap_on_memory == TRI_NO  ? "off" :
						    "unknown",
	      file);
}

static void write_attributes(const struct facts *facts, FILE *file)
{
	write_devices(facts, file, write_attribute);
}

static void write_mapping(FILE *file, const struct memhp_device *device)
{
	size_t i;

	for (i = 0; i < device->mapping_count; i++)
		fprintf(file, "%s%" PRIx64 "-%" PRIx64, i > 0 ? "+" : "", device->mappings[i].start,
			device->mappings[i].end);
}

static void write_mappings(const struct facts *facts, FILE *file)
{
	write_devices(facts, file, write_mapping);
}

/* ---- blocks, by runs of those alike in one thing ---- */

struct run {
	uint32_t first;
	uint32_t last;
	uint32_t value;
	bool open;
};

/* What blocks are told apart by: a number for each value, and its words. */
struct block_fact {
	const char *name;
	uint32_t (*value)(const struct memhp_block *block);
	void (*show)(const struct memhp_snapshot *snapshot, uint32_t value, FILE *file);
};

static uint32_t state_value(const struct memhp_block *block)
{
	return block->state;
}

static void show_state(const struct memhp_snapshot *snapshot, uint32_t value, FILE *file)
{
	fputs(word_of(memhp_state_to_string((enum memhp_state)value)), file);
}

static uint32_t zones_value(const struct memhp_block *block)
{
	return block->zones;
}

static void show_zones(const struct memhp_snapshot *snapshot, uint32_t value, FILE *file)
{
	char text[IO_NAME_MAX];

	zones_to_text((zone_set)value, '+', text, sizeof(text));
	fputs(text[0] != '\0' ? text : "-", file);
}

static uint32_t node_value(const struct memhp_block *block)
{
	return (uint32_t)(block->node + 1);
}

static void show_node(const struct memhp_snapshot *snapshot, uint32_t value, FILE *file)
{
	fprintf(file, "%d", (int)value - 1);
}

static uint32_t owner_value(const struct memhp_block *block)
{
	return (uint32_t)block->device << 8 | block->origin;
}

static void show_owner(const struct memhp_snapshot *snapshot, uint32_t value, FILE *file)
{
	const char *device = snapshot_device_name(snapshot, (uint16_t)(value >> 8));

	fprintf(file, "%s%s%s", word_of(memhp_origin_to_string((enum memhp_origin)(value & 255))),
		device != NULL ? "/" : "", device != NULL ? device : "");
}

static const struct block_fact block_facts[] = {
	{ "states", state_value, show_state },
	{ "zones", zones_value, show_zones },
	{ "nodes", node_value, show_node },
	{ "owners", owner_value, show_owner },
};

static void close_run(const struct facts *facts, const struct block_fact *fact, struct run *run,
		      FILE *file)
{
	if (!run->open)
		return;
	fprintf(file, "%s%" PRIu32, ftell(file) > 0 ? "," : "", run->first);
	if (run->last != run->first)
		fprintf(file, "-%" PRIu32, run->last);
	fputc(':', file);
	fact->show(facts->plan->before, run->value, file);
	run->open = false;
}

static void take_block(const struct facts *facts, const struct memhp_block *block, FILE **files,
		       struct run *runs)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(block_facts); i++) {
		uint32_t value = block_facts[i].value(block);

		if (runs[i].open && runs[i].last + 1 == block->number && runs[i].value == value) {
			runs[i].last = block->number;
			continue;
		}
		close_run(facts, &block_facts[i], &runs[i], files[i]);
		runs[i] = (struct run){ block->number, block->number, value, true };
	}
}

/* One walk over all blocks of what is targeted. */
static void write_blocks(const struct facts *facts, FILE **files)
{
	struct run runs[ARRAY_SIZE(block_facts)] = { { .open = false } };
	const struct memhp_snapshot *snapshot = facts->plan->before;
	uint32_t number;
	size_t i, j;

	for (i = 0; i < facts->units->count; i++) {
		for (j = 0; unit_block(snapshot, &facts->units->items[i], j, &number); j++) {
			const struct memhp_block *block = snapshot_block(snapshot, number);

			if (block != NULL)
				take_block(facts, block, files, runs);
		}
	}
	for (i = 0; i < ARRAY_SIZE(block_facts); i++)
		close_run(facts, &block_facts[i], &runs[i], files[i]);
}

static int put_blocks(struct facts *facts)
{
	char *texts[ARRAY_SIZE(block_facts)] = { NULL };
	FILE *files[ARRAY_SIZE(block_facts)] = { NULL };
	size_t sizes[ARRAY_SIZE(block_facts)], i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_SIZE(block_facts); i++) {
		files[i] = open_memstream(&texts[i], &sizes[i]);
		rc = files[i] == NULL ? -ENOMEM : 0;
	}
	if (rc == 0)
		write_blocks(facts, files);
	for (i = 0; i < ARRAY_SIZE(block_facts); i++) {
		if (files[i] != NULL && fclose(files[i]) != 0)
			rc = -ENOMEM;
		if (rc == 0)
			put(facts, block_facts[i].name, sizes[i] > 0 ? texts[i] : "none");
		free(texts[i]);
	}
	return rc;
}

/* ---- steps ---- */

static bool goes_on(const struct memhp_step *last, const struct memhp_step *step)
{
	return step->kind == STEP_BLOCK && last->kind == STEP_BLOCK && step->word == last->word &&
	       (step->block == last->block + 1 || step->block + 1 == last->block);
}

/* What is written and in which order; where blocks follow one another, the first and the last. */
static void write_steps(const struct facts *facts, FILE *file)
{
	const struct memhp_plan *plan = facts->plan;
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		const struct memhp_step *step = &plan->steps[i];
		const char *device = snapshot_device_name(plan->before, step->device);

		if (i > 0 && goes_on(step - 1, step) && i + 1 < plan->step_count &&
		    goes_on(step, step + 1) &&
		    step->block - step[-1].block == step[1].block - step->block)
			continue;
		if (step->kind == STEP_BLOCK)
			fprintf(file, "%" PRIu32 "=%s\n", step->block,
				word_of(online_word_name((enum online_word)step->word)));
		else
			fprintf(file, "%d %s %d-%d\n", step->kind, device != NULL ? device : "-",
				step->from, step->to);
		if (step->kind == STEP_SIZE || step->kind == STEP_ALIGN)
			fprintf(file, "%d of %" PRIu64 "-%" PRIu64 "\n", step->fresh,
				step->from_amount, step->to_amount);
	}
}

/* ---- all of them ---- */

static int put_all(struct facts *facts)
{
	static const struct {
		const char *name;
		void (*fn)(const struct facts *facts, FILE *file);
	} written[] = {
		{ "policy", write_policy },
		{ "request", write_request },
		{ "drivers", write_drivers },
		{ "target-nodes", write_target_nodes },
		{ "memmap-attributes", write_attributes },
		{ "mappings", write_mappings },
	};
	size_t i;
	int rc = 0;

	fputs(FACTS_VERSION, facts->out);
	put_machine(facts);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(written); i++)
		rc = put_written(facts, written[i].name, written[i].fn);
	if (rc == 0)
		rc = put_blocks(facts);
	return rc == 0 ? put_written(facts, "steps", write_steps) : rc;
}

int plan_facts(const struct memhp_plan *plan, const struct units *units, char **ret_text)
{
	struct facts facts = { .plan = plan, .units = units };
	char *text = NULL;
	size_t size;
	int rc;

	facts.out = open_memstream(&text, &size);
	if (facts.out == NULL)
		return -ENOMEM;
	rc = put_all(&facts);
	if (fclose(facts.out) != 0)
		rc = -ENOMEM;
	if (rc < 0)
		free(text);
	else
		*ret_text = text;
	return rc;
}
