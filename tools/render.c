/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ground of all that is printed: where it goes, colours, failures, and values as text.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "render.h"

#define WIDTH_LEAST 40
/* Of what goes to a file or a pipe: 131072 blocks are 35 MB, and a write() for each 4 KiB of them is a
 * tenth of what reading them takes. */
#define BUFFER_SIZE (2 * 1024 * 1024)

static unsigned int terminal_width(int fd)
{
	struct winsize window;
	const char *columns = getenv("COLUMNS");

	if (columns != NULL && atoi(columns) >= WIDTH_LEAST)
		return (unsigned int)atoi(columns);
	if (ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col >= WIDTH_LEAST)
		return window.ws_col;
	return 80;
}

static unsigned int terminal_height(int fd)
{
	struct winsize window;

	return ioctl(fd, TIOCGWINSZ, &window) == 0 ? window.ws_row : 0;
}

static bool want_color(enum color_choice choice, bool terminal)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	return terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

void render_init(struct render *render, const struct options *options)
{
	bool terminal = isatty(STDOUT_FILENO);

	*render = (struct render){
		.out = stdout,
		.buffer = terminal ? NULL : malloc(BUFFER_SIZE),
		.json = options->json,
		.human = options->human,
		.verbose = options->verbose,
		.color = want_color(options->color, terminal),
		.width = terminal ? terminal_width(STDOUT_FILENO) : 0,
		.height = terminal ? terminal_height(STDOUT_FILENO) : 0,
	};
	if (render->buffer != NULL)
		setvbuf(stdout, render->buffer, _IOFBF, BUFFER_SIZE);
}

int render_finish(struct render *render)
{
	int rc = render->rc;

	if (fflush(render->out) != 0 && rc == 0)
		rc = -errno;
	if (ferror(render->out) && rc == 0)
		rc = -EIO;
	/* Some file systems tell only now that there was no room. */
	if (fclose(render->out) != 0 && rc == 0 && errno != EBADF)
		rc = -errno;
	free(render->buffer);
	return rc;
}

/* What comes from the command line or from files must not steer the terminal. */
static void print_clean(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
}

/* How much of TEXT goes on one line of WIDTH: to the last blank that fits. */
static size_t line_length(const char *text, size_t width)
{
	size_t len = strlen(text), i;

	if (len <= width)
		return len;
	for (i = width; i > 0; i--)
		if (text[i] == ' ')
			return i;
	return width;
}

void print_wrapped(FILE *out, const char *text, size_t indent, size_t width)
{
	while (*text != '\0') {
		size_t len = line_length(text, width);

		fprintf(out, "%.*s", (int)len, text);
		text += len;
		text += strspn(text, " ");
		if (*text != '\0')
			fprintf(out, "\n%*s", (int)indent, "");
	}
}

static void print_sentence(FILE *out, const struct failure *failure)
{
	const char *object = failure_said_object(failure);

	fputs("memhp: ", out);
	if (object[0] != '\0') {
		print_clean(out, object);
		fputs(": ", out);
	}
	print_clean(out, failure->message);
	if (failure->hint[0] != '\0') {
		fputs("; ", out);
		print_clean(out, failure->hint);
	}
	fputc('\n', out);
}

/* In one piece: the kernel's log, and others that several write to, take each write for a line. */
void render_sentence(const struct failure *failure)
{
	char *text = NULL;
	size_t len;
	FILE *line = open_memstream(&text, &len);

	if (line != NULL)
		print_sentence(line, failure);
	if (line != NULL && fclose(line) == 0)
		fputs(text, stderr);
	else
		print_sentence(stderr, failure);
	free(text);
}

void render_failure(struct render *render, bool answered, const char *command,
		    const struct failure *failure)
{
	/* So that what was printed before stands before, where both go to one place. */
	fflush(render->out);
	render_sentence(failure);
	if (!render->json || answered)
		return;
	json_begin(render, command, failure, NULL);
	json_end(render);
}

/* -------------------------------------------------------------------------------------- paint */

static const char *const paints[] = {
	[PAINT_NONE] = "",	   [PAINT_HEAD] = "\033[1m",  [PAINT_DIM] = "\033[2m",
	[PAINT_GOOD] = "\033[32m", [PAINT_WARN] = "\033[33m", [PAINT_BAD] = "\033[31m",
};

const char *paint_on(const struct render *render, enum paint paint)
{
	return render->color ? paints[paint] : "";
}

const char *paint_off(const struct render *render, enum paint paint)
{
	return render->color && paint != PAINT_NONE ? "\033[0m" : "";
}

void render_text(const struct render *render, const char *text, size_t len)
{
	fwrite(text, 1, len, render->out);
}

void render_title(const struct render *render, const char *title)
{
	fprintf(render->out, "%s%s%s\n", paint_on(render, PAINT_HEAD), title,
		paint_off(render, PAINT_HEAD));
}

/* ------------------------------------------------------------------------------------- values */

void render_bytes(const struct render *render, uint64_t bytes, char *buffer, size_t size)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;
	uint64_t whole = bytes, rest = 0;

	if (!render->human || bytes < 1024) {
		snprintf(buffer, size, "%" PRIu64, bytes);
		return;
	}
	while (whole >= 1024) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	/* Rounded down: better to promise too little. Two digits say enough. */
	if (whole >= 100 || rest * 10 / 1024 == 0)
		snprintf(buffer, size, "%" PRIu64 "%c", whole, units[unit]);
	else
		snprintf(buffer, size, "%" PRIu64 ".%" PRIu64 "%c", whole, rest * 10 / 1024,
			 units[unit]);
}

static void number_text(const struct render *render, enum memhp_unit unit, uint64_t number,
			unsigned int digits, char *buffer, size_t size)
{
	switch (unit) {
	case MEMHP_UNIT_BYTES:
		render_bytes(render, number, buffer, size);
		break;
	case MEMHP_UNIT_ADDRESS:
		snprintf(buffer, size, "0x%0*" PRIx64, (int)digits, number);
		break;
	case MEMHP_UNIT_PERCENT:
		snprintf(buffer, size, "%" PRIu64 "%%", number);
		break;
	default:
		snprintf(buffer, size, "%" PRIu64, number);
		break;
	}
}

/* A card: what it is called, where it sticks, and what is printed on it. */
static void memdev_text(const struct memhp_object *object, char *buffer, size_t size)
{
	char name[64], address[64], serial[64];

	text_of(object, "name", name, sizeof(name));
	text_of(object, "pci_address", address, sizeof(address));
	text_of(object, "serial", serial, sizeof(serial));
	snprintf(buffer, size, "%s%s%s%s%s", name, address[0] != '\0' ? " at " : "", address,
		 serial[0] != '\0' ? " serial " : "", serial);
}

/* An object inside a cell: a range of addresses, or what its first field says. */
static void object_text(const struct memhp_object *object, char *buffer, size_t size)
{
	const struct memhp_value start = value_of(object, "start"), end = value_of(object, "end");
	const struct memhp_field *first = memhp_field_get_first(object->kind);

	if (object->kind == MEMHP_KIND_MEMDEV)
		memdev_text(object, buffer, size);
	else if (start.type == MEMHP_TYPE_UINT && end.type == MEMHP_TYPE_UINT)
		snprintf(buffer, size, "0x%" PRIx64 "-0x%" PRIx64, start.unsigned_number,
			 end.unsigned_number);
	else
		text_of(object, memhp_field_get_key(first), buffer, size);
}

static void value_text(const struct render *render, const struct memhp_field *field,
		       const struct memhp_value *value, unsigned int digits, char *buffer,
		       size_t size)
{
	switch (value->type) {
	case MEMHP_TYPE_BOOL:
		snprintf(buffer, size, "%s", value->boolean ? "yes" : "no");
		break;
	case MEMHP_TYPE_INT:
		snprintf(buffer, size, "%" PRId64, value->number);
		break;
	case MEMHP_TYPE_UINT:
		number_text(render, memhp_field_get_unit(field), value->unsigned_number, digits,
			    buffer, size);
		break;
	case MEMHP_TYPE_DOUBLE:
		snprintf(buffer, size, "%.3f", value->real);
		break;
	case MEMHP_TYPE_STRING:
		snprintf(buffer, size, "%s", value->string);
		break;
	case MEMHP_TYPE_OBJECT:
		object_text(&value->object, buffer, size);
		break;
	case MEMHP_TYPE_NULL:
	case MEMHP_TYPE_LIST:
		snprintf(buffer, size, "-");
		break;
	}
}

static void list_text(const struct render *render, const struct memhp_field *field,
		      const struct memhp_object *object, size_t count, char *buffer, size_t size)
{
	size_t used = 0;
	size_t i;

	snprintf(buffer, size, "-");
	for (i = 0; i < count && used < size; i++) {
		struct memhp_value item;
		char text[RENDER_CELL_MAX];

		if (memhp_field_get_item(field, object, i, &item) < 0)
			break;
		value_text(render, field, &item, 0, text, sizeof(text));
		used += (size_t)snprintf(buffer + used, size - used, "%s%s", i > 0 ? "," : "",
					 text);
	}
}

void render_cell(const struct render *render, const struct memhp_field *field,
		 const struct memhp_object *object, unsigned int digits, char *cell, size_t size)
{
	struct memhp_value value;

	if (memhp_field_get(field, object, &value) < 0)
		snprintf(cell, size, "-");
	else if (value.type == MEMHP_TYPE_LIST)
		list_text(render, field, object, value.count, cell, size);
	else
		value_text(render, field, &value, digits, cell, size);
}

struct memhp_value value_of(const struct memhp_object *object, const char *key)
{
	const struct memhp_field *field = memhp_field_get_by_key(object->kind, key);
	struct memhp_value value = { .type = MEMHP_TYPE_NULL };

	if (field != NULL)
		memhp_field_get(field, object, &value);
	return value;
}

void text_of(const struct memhp_object *object, const char *key, char *buffer, size_t size)
{
	const struct memhp_field *field = memhp_field_get_by_key(object->kind, key);
	struct memhp_value value;

	buffer[0] = '\0';
	if (field != NULL && memhp_field_get(field, object, &value) == 0 &&
	    value.type == MEMHP_TYPE_STRING)
		snprintf(buffer, size, "%s", value.string);
}

uint64_t number_of(const struct memhp_object *object, const char *key, uint64_t otherwise)
{
	struct memhp_value value = value_of(object, key);

	return value.type == MEMHP_TYPE_UINT ? value.unsigned_number : otherwise;
}
