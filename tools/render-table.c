/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: columns as wide as what stands in them, numbers to the right. Two walks over the same
 * objects, one to measure and one to print, so that nothing has to be kept.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "clean.h"
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

#define WRAP_LEAST 20

struct layout {
	const struct memhp_field *fields[RENDER_COLUMNS_MAX];
	size_t widths[RENDER_COLUMNS_MAX];
	bool used[RENDER_COLUMNS_MAX]; /* something stands in it */
	size_t count;
	unsigned int digits; /* of the longest address */
	size_t gap;
	size_t wrap; /* the last column is broken into lines of so many; 0: it is not */
	const struct memhp_field *below; /* a list that has lines of its own; NULL: none */
	size_t objects;
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

/* The next object that the table shows. */
static bool table_next(const struct table *table, struct memhp_cursor *walk,
		       struct memhp_object *object)
{
	while (memhp_cursor_next(walk, object))
		if (table->skip == NULL || !table->skip(object))
			return true;
	return false;
}

/* Ranges inside ranges step to the right, as in /proc/iomem. */
static size_t indent_of(const struct memhp_object *object, const struct memhp_field *field)
{
	if (object->kind != MEMHP_KIND_REGION || strcmp(memhp_field_get_key(field), "name") != 0)
		return 0;
	return 2 * (size_t)number_of(object, "depth", 0);
}

/* What does not fit is seen not to. */
static void make_cell(const struct render *render, const struct memhp_field *field,
		      const struct memhp_object *object, unsigned int digits,
		      char cell[RENDER_LIST_MAX])
{
	static const char more[] = "...";
	size_t indent = indent_of(object, field);

	if (indent > RENDER_CELL_MAX / 4)
		indent = RENDER_CELL_MAX / 4;
	memset(cell, ' ', indent);
	render_cell(render, field, object, digits, cell + indent, RENDER_LIST_MAX - indent);
	if (strlen(cell) + 1 == RENDER_LIST_MAX)
		memcpy(cell + RENDER_LIST_MAX - sizeof(more), more, sizeof(more));
}

/* All addresses of a table are as long as its longest, so these are measured first. */
static void measure_digits(const struct table *table, struct layout *layout)
{
	struct memhp_cursor walk = *table->cursor;
	struct memhp_object object;
	size_t i;

	while (table_next(table, &walk, &object)) {
		layout->objects++;
		for (i = 0; i < layout->count; i++) {
			struct memhp_value value;

			if (memhp_field_get_unit(layout->fields[i]) != MEMHP_UNIT_ADDRESS ||
			    memhp_field_get(layout->fields[i], &object, &value) < 0 ||
			    value.type != MEMHP_TYPE_UINT)
				continue;
			if (hex_digits(value.unsigned_number) > layout->digits)
				layout->digits = hex_digits(value.unsigned_number);
		}
	}
}

static void measure(const struct render *render, const struct table *table, struct layout *layout)
{
	struct memhp_cursor walk = *table->cursor;
	struct memhp_object object;
	char cell[RENDER_LIST_MAX];
	size_t i;

	measure_digits(table, layout);
	for (i = 0; i < layout->count; i++)
		layout->widths[i] = strlen(memhp_field_get_column(layout->fields[i]));
	while (table_next(table, &walk, &object)) {
		for (i = 0; i < layout->count; i++) {
			make_cell(render, layout->fields[i], &object, layout->digits, cell);
			if (shown_length(cell) > layout->widths[i])
				layout->widths[i] = shown_length(cell);
			layout->used[i] |= strcmp(cell, "-") != 0;
		}
	}
}

static size_t total_width(const struct layout *layout)
{
	size_t width = 0;
	size_t i;

	for (i = 0; i < layout->count; i++)
		width += layout->widths[i] + (i > 0 ? layout->gap : 0);
	return width;
}

static void leave_out(struct layout *layout, size_t column)
{
	size_t rest = layout->count - column - 1;

	memmove(&layout->fields[column], &layout->fields[column + 1],
		rest * sizeof(layout->fields[0]));
	memmove(&layout->widths[column], &layout->widths[column + 1],
		rest * sizeof(layout->widths[0]));
	memmove(&layout->used[column], &layout->used[column + 1], rest * sizeof(layout->used[0]));
	layout->count--;
}

static void leave_out_key(struct layout *layout, const char *key)
{
	size_t i;

	for (i = layout->count; i-- > 0;)
		if (strcmp(memhp_field_get_key(layout->fields[i]), key) == 0)
			leave_out(layout, i);
}

/* Columns of lists are for what few machines have: where no row has any, they are not worth the room. */
static void leave_out_unused(const struct columns *columns, struct layout *layout)
{
	size_t i;

	for (i = layout->count; !columns->chosen && layout->objects > 0 && i-- > 0;)
		if (memhp_field_get_type(layout->fields[i]) == MEMHP_TYPE_LIST && !layout->used[i])
			leave_out(layout, i);
}

static bool is_list(const struct memhp_field *field)
{
	return memhp_field_get_type(field) == MEMHP_TYPE_LIST;
}

/* Whether the last column is long text, and breaking it into lines makes the table fit. */
static bool can_wrap(const struct render *render, struct layout *layout)
{
	size_t last = layout->count - 1;
	size_t before = total_width(layout) - layout->widths[last];

	if ((memhp_field_get_type(layout->fields[last]) != MEMHP_TYPE_STRING &&
	     !is_list(layout->fields[last])) ||
	    layout->widths[last] < WRAP_LEAST || before + WRAP_LEAST > render->width)
		return false;
	layout->wrap = render->width - before;
	return true;
}

/* A long list at the end stands below its row: that is where there is room for it. */
static void put_below(struct layout *layout)
{
	size_t last = layout->count - 1;

	if (last == 0 || !is_list(layout->fields[last]) || layout->widths[last] < WRAP_LEAST)
		return;
	layout->below = layout->fields[last];
	leave_out(layout, last);
}

/* What is left out first, in this order: others tell it as well, or it matters less. */
static const char *const expendable[] = { "end", "first_block", "last_block", "origin",
					  "candidate_zones" };

/*
 * Where the terminal is too narrow, columns move together; then the last one, if it is a list, gets lines
 * of its own, or is broken into lines if it is text; then what matters less is left out, and then the last
 * columns. Columns that the user named are all kept.
 */
static void fit(const struct render *render, const struct columns *columns, struct layout *layout)
{
	size_t i;

	if (render->width == 0 || total_width(layout) <= render->width)
		return;
	layout->gap = 1;
	if (total_width(layout) <= render->width)
		return;
	if (!columns->chosen)
		put_below(layout);
	if (total_width(layout) <= render->width || can_wrap(render, layout) || columns->chosen)
		return;
	for (i = 0; i < ARRAY_SIZE(expendable) && total_width(layout) > render->width; i++)
		leave_out_key(layout, expendable[i]);
	while (layout->count > 1 && total_width(layout) > render->width)
		leave_out(layout, layout->count - 1);
}

/* The items of a list, as many on a line of WIDTH as fit; one that is longer than it is broken too. */
static void print_items(FILE *out, const char *text, size_t indent, size_t width)
{
	size_t column = 0;

	while (*text != '\0') {
		char item[RENDER_CELL_MAX + 1];
		size_t len = strcspn(text, ",");

		len = MIN(len + (text[len] == ','), sizeof(item) - 1);
		if (column > 0 && column + len > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = 0;
		}
		snprintf(item, sizeof(item), "%.*s", (int)len, text);
		print_wrapped(out, item, indent, width);
		column += len;
		text += len;
	}
}

static void print_below(const struct render *render, const struct layout *layout,
			const struct memhp_object *object)
{
	size_t indent = MIN(layout->widths[0] + layout->gap, (size_t)render->width / 4);
	char cell[RENDER_LIST_MAX];

	if (layout->below == NULL)
		return;
	make_cell(render, layout->below, object, layout->digits, cell);
	if (strcmp(cell, "-") == 0)
		return;
	fprintf(render->out, "%*s", (int)indent, "");
	print_items(render->out, cell, indent, render->width - indent);
	fputc('\n', render->out);
}

/* The last column is not filled up: no line ends in blanks. */
static void print_cell(const struct render *render, const struct layout *layout, size_t column,
		       const char *cell, enum paint paint)
{
	size_t len = shown_length(cell);
	size_t fill = layout->widths[column] > len ? layout->widths[column] - len : 0;
	bool right = is_number(layout->fields[column]);
	bool last = column + 1 == layout->count;

	fprintf(render->out, "%*s%*s%s", (int)(column > 0 ? layout->gap : 0), "",
		(int)(right ? fill : 0), "", paint_on(render, paint));
	if (last && layout->wrap > 0)
		(is_list(layout->fields[column]) ? print_items : print_wrapped)(
			render->out, cell, total_width(layout) - layout->widths[column],
			layout->wrap);
	else
		fputs(cell, render->out);
	fputs(paint_off(render, paint), render->out);
	if (!right && !last)
		fprintf(render->out, "%*s", (int)fill, "");
}

static void print_heading(const struct render *render, const struct layout *layout)
{
	size_t i;

	for (i = 0; i < layout->count; i++)
		print_cell(render, layout, i, memhp_field_get_column(layout->fields[i]),
			   PAINT_HEAD);
	fputc('\n', render->out);
}

bool render_table(const struct render *render, const struct table *table)
{
	struct memhp_cursor walk = *table->cursor;
	struct layout layout = { .digits = 1, .gap = 2, .count = table->columns->count };
	struct memhp_object object;
	char cell[RENDER_LIST_MAX];
	size_t i;

	memcpy(layout.fields, table->columns->fields, sizeof(layout.fields));
	measure(render, table, &layout);
	if (layout.objects == 0 && table->hide_empty)
		return false;
	leave_out_unused(table->columns, &layout);
	fit(render, table->columns, &layout);
	if (table->apart)
		fputc('\n', render->out);
	if (table->title != NULL)
		render_title(render, table->title);
	print_heading(render, &layout);
	while (table_next(table, &walk, &object)) {
		for (i = 0; i < layout.count; i++) {
			make_cell(render, layout.fields[i], &object, layout.digits, cell);
			print_cell(render, &layout, i, cell, cell_paint(layout.fields[i], cell));
		}
		fputc('\n', render->out);
		print_below(render, &layout, &object);
	}
	return true;
}
