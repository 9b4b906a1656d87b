/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: columns as wide as what stands in them, numbers to the right. Two walks over the same
 * objects, one to measure and one to print, so that nothing has to be kept.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "render.h"
#include "words.h"

/* -------------------------------------------------------------------------------------- columns */

static const char *column_names(const void *data, size_t index)
{
	const struct memhp_field *field = data;

	for (; field != NULL && index > 0; index--)
		field = memhp_field_get_next(field);
	return field != NULL ? memhp_field_get_key(field) : NULL;
}

static const struct memhp_field *find_column(enum memhp_kind kind, const char *name)
{
	const struct memhp_field *field;

	for (field = memhp_field_get_first(kind); field != NULL;
	     field = memhp_field_get_next(field))
		if (strcasecmp(memhp_field_get_key(field), name) == 0)
			return field;
	for (field = memhp_field_get_first(kind); field != NULL;
	     field = memhp_field_get_next(field))
		if (strcasecmp(memhp_field_get_column(field), name) == 0)
			return field;
	return NULL;
}

static void unknown_column(enum memhp_kind kind, const char *name, struct failure *failure)
{
	char all[448];

	word_join(all, sizeof(all), column_names, memhp_field_get_first(kind));
	failure_set(failure, EXIT_USAGE, "usage", name, "there is no such column");
	failure_hint(failure, "columns are %s", all);
}

void columns_parse(enum memhp_kind kind, const char *names, struct columns *ret_columns,
		   struct failure *failure)
{
	struct columns columns = { .chosen = names != NULL };
	const struct memhp_field *field;
	char name[64];

	for (field = memhp_field_get_first(kind); names == NULL && field != NULL;
	     field = memhp_field_get_next(field))
		if (memhp_field_is_default(field) && columns.count < RENDER_COLUMNS_MAX)
			columns.fields[columns.count++] = field;
	while (names != NULL && *names != '\0') {
		size_t len = strcspn(names, ",");

		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		field = find_column(kind, name);
		if (field == NULL) {
			unknown_column(kind, name, failure);
			return;
		}
		if (columns.count < RENDER_COLUMNS_MAX)
			columns.fields[columns.count++] = field;
		names += len + (names[len] == ',');
	}
	*ret_columns = columns;
}

/* ---------------------------------------------------------------------------------------- paint */

/* Words that should catch the eye, wherever they stand. */
static const struct {
	const char *key;
	const char *word;
	enum paint paint;
} painted[] = {
	{ "state", "offline", PAINT_DIM },	  { "state", "unknown", PAINT_WARN },
	{ "state", "going-offline", PAINT_WARN }, { "zone", "Movable", PAINT_GOOD },
	{ "zone", "none", PAINT_WARN },		  { "mode", "leaked", PAINT_BAD },
	{ "mode", "empty", PAINT_DIM },		  { "severity", "deny", PAINT_BAD },
	{ "severity", "warn", PAINT_WARN },	  { "offlineable", "no", PAINT_WARN },
};

static enum paint cell_paint(const struct memhp_field *field, const char *cell)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(painted); i++)
		if (strcmp(memhp_field_get_key(field), painted[i].key) == 0 &&
		    strcmp(cell, painted[i].word) == 0)
			return painted[i].paint;
	return PAINT_NONE;
}

/* ---------------------------------------------------------------------------------------- table */

struct layout {
	size_t widths[RENDER_COLUMNS_MAX];
	unsigned int digits; /* of the longest address */
	size_t count;	     /* columns shown */
	size_t gap;
};

static bool is_number(const struct memhp_field *field)
{
	enum memhp_type type = memhp_field_get_type(field);

	return type == MEMHP_TYPE_INT || type == MEMHP_TYPE_UINT || type == MEMHP_TYPE_DOUBLE;
}

static unsigned int hex_digits(uint64_t address)
{
	unsigned int digits = 1;

	for (; address >= 16; address /= 16)
		digits++;
	return digits;
}

/* Ranges inside ranges step to the right, as in /proc/iomem. */
static size_t indent_of(const struct memhp_object *object, const struct memhp_field *field)
{
	if (object->kind != MEMHP_KIND_REGION || strcmp(memhp_field_get_key(field), "name") != 0)
		return 0;
	return 2 * (size_t)number_of(object, "depth", 0);
}

static void make_cell(const struct render *render, const struct memhp_field *field,
		      const struct memhp_object *object, unsigned int digits,
		      char cell[RENDER_CELL_MAX])
{
	char text[RENDER_CELL_MAX];
	size_t indent = indent_of(object, field);

	if (indent == 0) {
		render_cell(render, field, object, digits, cell);
		return;
	}
	render_cell(render, field, object, digits, text);
	snprintf(cell, RENDER_CELL_MAX, "%*s%.*s", (int)indent, "", RENDER_CELL_MAX - 64, text);
}

static void measure_digits(const struct memhp_object *object, const struct columns *columns,
			   struct layout *layout)
{
	size_t i;

	for (i = 0; i < columns->count; i++) {
		struct memhp_value value;
		unsigned int digits;

		if (memhp_field_get_unit(columns->fields[i]) != MEMHP_UNIT_ADDRESS ||
		    memhp_field_get(columns->fields[i], object, &value) < 0 ||
		    value.type != MEMHP_TYPE_UINT)
			continue;
		digits = hex_digits(value.unsigned_number);
		if (digits > layout->digits)
			layout->digits = digits;
	}
}

static size_t measure(const struct render *render, const struct memhp_cursor *cursor,
		      const struct columns *columns, struct layout *layout)
{
	struct memhp_cursor walk = *cursor;
	struct memhp_object object;
	char cell[RENDER_CELL_MAX];
	size_t objects = 0;
	size_t i;

	for (i = 0; i < columns->count; i++)
		layout->widths[i] = strlen(memhp_field_get_column(columns->fields[i]));
	while (memhp_cursor_next(&walk, &object)) {
		objects++;
		measure_digits(&object, columns, layout);
		for (i = 0; i < columns->count; i++) {
			make_cell(render, columns->fields[i], &object, layout->digits, cell);
			if (strlen(cell) > layout->widths[i])
				layout->widths[i] = strlen(cell);
		}
	}
	/* All addresses of a table are as long as its longest, whatever column that stands in. */
	for (i = 0; i < columns->count; i++)
		if (memhp_field_get_unit(columns->fields[i]) == MEMHP_UNIT_ADDRESS &&
		    layout->widths[i] < layout->digits + 2 && objects > 0)
			layout->widths[i] = layout->digits + 2;
	return objects;
}

static size_t total_width(const struct layout *layout, size_t count, size_t gap)
{
	size_t width = 0;
	size_t i;

	for (i = 0; i < count; i++)
		width += layout->widths[i] + (i > 0 ? gap : 0);
	return width;
}

/*
 * Where the terminal is too narrow, columns move together first; then the last ones are left out,
 * unless the user named them.
 */
static void fit(const struct render *render, const struct columns *columns, struct layout *layout)
{
	layout->count = columns->count;
	layout->gap = 2;
	if (render->width == 0 || total_width(layout, layout->count, 2) <= render->width)
		return;
	layout->gap = 1;
	while (!columns->chosen && layout->count > 1 &&
	       total_width(layout, layout->count, 1) > render->width)
		layout->count--;
}

/* The last column is not filled up: no line ends in blanks. */
static void print_cell(const struct render *render, const struct layout *layout,
		       const struct memhp_field *field, size_t column, const char *cell,
		       enum paint paint)
{
	size_t len = strlen(cell);
	size_t fill = layout->widths[column] > len ? layout->widths[column] - len : 0;
	bool right = is_number(field);

	fprintf(render->out, "%*s%*s%s%s%s", (int)(column > 0 ? layout->gap : 0), "",
		(int)(right ? fill : 0), "", paint_on(render, paint), cell,
		paint_off(render, paint));
	if (!right && column + 1 < layout->count)
		fprintf(render->out, "%*s", (int)fill, "");
}

static void print_heading(const struct render *render, const struct columns *columns,
			  const struct layout *layout)
{
	size_t i;

	for (i = 0; i < layout->count; i++)
		print_cell(render, layout, columns->fields[i], i,
			   memhp_field_get_column(columns->fields[i]), PAINT_HEAD);
	fputc('\n', render->out);
}

size_t render_table(const struct render *render, const struct memhp_cursor *cursor,
		    const struct columns *columns)
{
	struct memhp_cursor walk = *cursor;
	struct layout layout = { .digits = 1 };
	struct memhp_object object;
	char cell[RENDER_CELL_MAX];
	size_t objects, i;

	objects = measure(render, cursor, columns, &layout);
	fit(render, columns, &layout);
	print_heading(render, columns, &layout);
	while (memhp_cursor_next(&walk, &object)) {
		for (i = 0; i < layout.count; i++) {
			make_cell(render, columns->fields[i], &object, layout.digits, cell);
			print_cell(render, &layout, columns->fields[i], i, cell,
				   cell_paint(columns->fields[i], cell));
		}
		fputc('\n', render->out);
	}
	return objects;
}
