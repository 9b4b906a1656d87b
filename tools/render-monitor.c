/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event as a line of text or as an object on a line. Each is flushed: who follows a machine does not
 * want to wait until a buffer is full.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "render.h"

static enum paint paint_of(const char *what)
{
	if (strcmp(what, "drift") == 0)
		return PAINT_WARN;
	if (strcmp(what, "online") == 0 || strcmp(what, "added") == 0)
		return PAINT_GOOD;
	return PAINT_NONE;
}

/* "16 blocks" are told by their numbers: "50-65", "50". */
static void blocks_text(const struct memhp_object *event, char *buffer, size_t size)
{
	uint64_t first = number_of(event, "first_block", UINT64_MAX);
	uint64_t last = number_of(event, "last_block", UINT64_MAX);

	if (first == UINT64_MAX)
		snprintf(buffer, size, "-");
	else if (first == last)
		snprintf(buffer, size, "%" PRIu64, first);
	else
		snprintf(buffer, size, "%" PRIu64 "-%" PRIu64, first, last);
}

/* A word and, of what is online, its zone; "" where there is none. */
static void side_text(const struct memhp_object *event, const char *key, const char *zone_key,
		      char *buffer, size_t size)
{
	char word[64], zone[32];

	text_of(event, key, word, sizeof(word));
	text_of(event, zone_key, zone, sizeof(zone));
	snprintf(buffer, size, "%s%s%s", word, zone[0] != '\0' ? " " : "", zone);
}

static void print_change(FILE *out, const char *what, const char *from, const char *to)
{
	if (strcmp(what, "drift") == 0)
		fprintf(out, "  is %s, and the policy wants %s", from, to);
	else if (from[0] != '\0' && to[0] != '\0')
		fprintf(out, "  %s -> %s", from, to);
	else if (from[0] != '\0' || to[0] != '\0')
		fprintf(out, "  %s", from[0] != '\0' ? from : to);
}

static void print_event(struct render *render, const struct memhp_object *event)
{
	char time[64], what[32], blocks[48], device[96], from[128], to[128];
	enum paint paint;

	text_of(event, "time", time, sizeof(time));
	text_of(event, "event", what, sizeof(what));
	text_of(event, "device", device, sizeof(device));
	blocks_text(event, blocks, sizeof(blocks));
	side_text(event, "from", "from_zone", from, sizeof(from));
	side_text(event, "to", "to_zone", to, sizeof(to));
	paint = paint_of(what);
	fprintf(render->out, "%s  %s%-14s%s  %-11s  %-7s", time, paint_on(render, paint), what,
		paint_off(render, paint), blocks, device[0] != '\0' ? device : "-");
	print_change(render->out, what, from, to);
	fputc('\n', render->out);
}

int render_event(struct render *render, const struct memhp_object *event)
{
	if (!render->json) {
		print_event(render, event);
	} else {
		json_begin(render, "monitor", NULL, NULL);
		json_fields(render, event);
		json_end(render);
	}
	if (fflush(render->out) != 0)
		render->rc = -errno;
	return render->rc;
}
