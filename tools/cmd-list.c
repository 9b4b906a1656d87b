/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list: shows the machine, as tables or as one object.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "render-json-spool.h"
#include "words.h"

static const struct kind {
	const char *name;
	const char *title;
	enum memhp_kind kind;
	bool shown; /* when no KIND is named */
} kinds[] = {
	{ "ranges", "Ranges", MEMHP_KIND_RANGE, true },
	{ "devices", "Devices", MEMHP_KIND_DEVICE, true },
	{ "regions", "Regions", MEMHP_KIND_REGION, false },
	{ "nodes", "Nodes", MEMHP_KIND_NODE, true },
	{ "zones", "Zones", MEMHP_KIND_ZONE, false },
	{ "memmap", "Memmap", MEMHP_KIND_MEMMAP, true },
	{ "blocks", "Blocks", MEMHP_KIND_BLOCK, false },
	{ "rules", "Rules", MEMHP_KIND_RULE, false },
};

/* What is to be shown: a bit for each row of kinds. */
struct selection {
	unsigned int kinds;
	bool whole;			/* no KIND was named: totals too */
	struct columns columns;		/* of the one kind, if the user chose them */
	struct memhp_selection *target; /* NULL: everything */
	struct json_spool spool;	/* blocks that were written while others were read */
};

static const char *kind_names(const void *data, size_t index)
{
	return index < ARRAY_SIZE(kinds) ? kinds[index].name : NULL;
}

static void select_kind(const char *name, struct selection *selection, struct failure *failure)
{
	char all[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			selection->kinds |= 1U << i;
			return;
		}
	}
	word_join(all, sizeof(all), kind_names, NULL);
	failure_set(failure, EXIT_USAGE, "usage", name, "there is no such kind");
	failure_hint(failure, "kinds are %s", all);
}

static void select_columns(const char *names, struct selection *selection, struct failure *failure)
{
	bool whole = selection->whole;
	char columns[sizeof(failure->hint)];
	size_t i;

	if (names == NULL || failure->code != EXIT_DONE)
		return;
	/* Columns belong to one table; where none is named, to the first. */
	if (whole)
		selection->kinds = 1;
	selection->whole = false;
	if (__builtin_popcount(selection->kinds) != 1) {
		failure_set(failure, EXIT_USAGE, "usage", "--output",
			    "columns are those of one KIND");
		failure_hint(failure, "name only one");
		return;
	}
	i = (size_t)__builtin_ctz(selection->kinds);
	columns_parse(kinds[i].kind, names, &selection->columns, failure);
	if (failure->code == EXIT_DONE || !whole)
		return;
	snprintf(columns, sizeof(columns), "%s", failure->hint);
	failure->hint[0] = '\0';
	failure_hint(failure, "no KIND is named, so these are %s: %s", kinds[i].name, columns);
}

static void select_all(struct invocation *invocation, struct selection *selection)
{
	size_t i;

	for (i = 0; invocation->arguments[i] != NULL; i++)
		select_kind(invocation->arguments[i], selection, &invocation->failure);
	selection->whole = i == 0;
	for (i = 0; selection->whole && i < ARRAY_SIZE(kinds); i++)
		selection->kinds |= kinds[i].shown ? 1U << i : 0;
	select_columns(invocation->options->columns, selection, &invocation->failure);
}

static void init_cursor(struct memhp_cursor *cursor, const struct memhp_snapshot *snapshot,
			enum memhp_kind kind, const struct selection *selection)
{
	memhp_cursor_init(cursor, snapshot, kind);
	memhp_cursor_select(cursor, selection->target);
}

/* NULL: all there are. */
static const struct columns *chosen_columns(const struct selection *selection)
{
	return selection->columns.chosen ? &selection->columns : NULL;
}

static void list_json(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		      const struct selection *selection)
{
	struct render *render = &invocation->render;
	struct memhp_object object;
	struct memhp_cursor cursor;
	size_t i;

	json_begin(render, invocation->command->name, NULL, snapshot);
	object = memhp_snapshot_get_object(snapshot, MEMHP_KIND_MACHINE);
	json_member(render, "machine", &object);
	object = memhp_snapshot_get_object(snapshot, MEMHP_KIND_BUDGET);
	json_member(render, "budget", &object);
	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_NOTE);
	json_array(render, "notes", &cursor, NULL);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!(selection->kinds & 1U << i))
			continue;
		if (kinds[i].kind == MEMHP_KIND_BLOCK &&
		    json_spool_array(render, kinds[i].name, &selection->spool))
			continue;
		init_cursor(&cursor, snapshot, kinds[i].kind, selection);
		json_array(render, kinds[i].name, &cursor, chosen_columns(selection));
	}
	json_end(render);
	invocation->answered = true;
}

/* Empty DIMM slots and seed devices are worth no line unless somebody asks for devices. */
static bool is_empty_device(const struct memhp_object *object)
{
	char mode[16];

	if (object->kind != MEMHP_KIND_DEVICE)
		return false;
	text_of(object, "mode", mode, sizeof(mode));
	return strcmp(mode, "empty") == 0;
}

/* Who has page flags read wants to see what they say. NULL: what is shown of a kind anyway. */
static const char *names_unasked(const struct invocation *invocation, const struct kind *kind)
{
	return kind->kind == MEMHP_KIND_BLOCK && invocation->options->pages ?
		       "block,state,zone,nodes,device,offlineable,reasons,memmap_on_memory" :
		       NULL;
}

static bool list_table(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		       const struct selection *selection, const struct kind *kind, bool first)
{
	const struct render *render = &invocation->render;
	struct columns columns = selection->columns;
	struct memhp_cursor cursor;
	struct table table = { .cursor = &cursor, .columns = &columns };

	init_cursor(&cursor, snapshot, kind->kind, selection);
	if (!columns.chosen)
		columns_parse(kind->kind, names_unasked(invocation, kind), &columns,
			      &invocation->failure);
	columns.chosen = selection->columns.chosen;
	if (selection->whole) {
		table.skip = is_empty_device;
		table.hide_empty = true;
	}
	if (__builtin_popcount(selection->kinds) > 1)
		table.title = kind->title;
	table.apart = !first;
	return render_table(render, &table);
}

static void list_text(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		      const struct selection *selection)
{
	const struct render *render = &invocation->render;
	bool first = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!(selection->kinds & 1U << i))
			continue;
		if (list_table(invocation, snapshot, selection, &kinds[i], first))
			first = false;
	}
	if (selection->whole && selection->target == NULL)
		render_totals(render, snapshot, invocation->options->pages);
	render_errors(render, snapshot);
}

static void show(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		 const struct selection *selection)
{
	if (invocation->render.json)
		list_json(invocation, snapshot, selection);
	else
		list_text(invocation, snapshot, selection);
}

/* What belongs to the target, if there is one, out of SNAPSHOT. */
static int select_target(struct invocation *invocation, struct memhp_snapshot *snapshot,
			 struct selection *selection)
{
	const char *target = invocation->options->target;

	selection->target = memhp_selection_unref(selection->target);
	return target == NULL ?
		       0 :
		       memhp_selection_new(invocation->ctx, snapshot, target, &selection->target);
}

/* SNAPSHOT becomes one with page flags, of which the target's things are then others. */
static int read_pages(struct invocation *invocation, struct memhp_snapshot **snapshot,
		      struct selection *selection)
{
	struct memhp_snapshot *with_pages;
	int rc = memhp_snapshot_read_pages(invocation->ctx, *snapshot, selection->target,
					   &with_pages);

	if (rc < 0)
		return rc;
	memhp_snapshot_unref(*snapshot);
	*snapshot = with_pages;
	return select_target(invocation, *snapshot, selection);
}

static uint32_t wanted_kinds(const struct selection *selection)
{
	uint32_t wanted = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		wanted |= selection->kinds & 1U << i ? UINT32_C(1) << kinds[i].kind : 0;
	return wanted;
}

/* What belongs to a target is told by devices and nodes too, and what page flags say of a block later. */
static int look(struct invocation *invocation, struct selection *selection,
		struct memhp_snapshot **ret_snapshot)
{
	uint32_t wanted = wanted_kinds(selection);

	if (invocation->options->target != NULL || invocation->options->pages)
		return memhp_snapshot_new(invocation->ctx, ret_snapshot);
	if (!invocation->render.json || !(wanted & UINT32_C(1) << MEMHP_KIND_BLOCK))
		return memhp_snapshot_new_of(invocation->ctx, wanted, ret_snapshot);
	selection->spool.render = &invocation->render;
	selection->spool.columns = chosen_columns(selection);
	return memhp_snapshot_new_streamed(invocation->ctx, wanted, json_spool_blocks,
					   &selection->spool, ret_snapshot);
}

void command_list(struct invocation *invocation)
{
	struct selection selection = { 0 };
	struct memhp_snapshot *snapshot = NULL;
	int rc;

	select_all(invocation, &selection);
	if (invocation->failure.code != EXIT_DONE)
		return;
	rc = look(invocation, &selection, &snapshot);
	if (rc == 0)
		rc = select_target(invocation, snapshot, &selection);
	if (rc == 0 && invocation->options->pages)
		rc = read_pages(invocation, &snapshot, &selection);
	if (rc < 0)
		failure_of(&invocation->failure, invocation->ctx, rc);
	else
		show(invocation, snapshot, &selection);
	json_spool_cleanup(&selection.spool);
	memhp_selection_unref(selection.target);
	memhp_snapshot_unref(snapshot);
}
