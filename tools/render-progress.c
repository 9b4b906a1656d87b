/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a run has come, on standard error: a bar that is drawn over itself, or an object a line.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "render.h"

#define BAR_INTERVAL 0.1 /* seconds */

void progress_init(struct progress *progress, enum progress_choice choice)
{
	if (choice == PROGRESS_AUTO)
		choice = isatty(STDERR_FILENO) ? PROGRESS_ALWAYS : PROGRESS_NEVER;
	*progress = (struct progress){ .choice = choice };
}

static void draw_json(const struct memhp_progress *now)
{
	fprintf(stderr,
		"{\"phase\":\"%s\",\"done_blocks\":%zu,\"total_blocks\":%zu,\"done_bytes\":%" PRIu64
		",\"total_bytes\":%" PRIu64 ",\"seconds\":%.3f,\"block\":%" PRIu32 "}\n",
		now->phase, now->done_blocks, now->total_blocks, now->done_bytes, now->total_bytes,
		now->seconds, now->block);
}

/* "1.2G/s, 9 s left"; nothing is said of either before there is anything to go by. */
static void print_speed(const struct memhp_progress *now)
{
	const struct render render = { .human = true };
	uint64_t left = now->total_bytes - MIN(now->total_bytes, now->done_bytes);
	double rate = now->seconds > 0 ? (double)now->done_bytes / now->seconds : 0;
	char text[32];

	if (rate < 1)
		return;
	render_bytes(&render, (uint64_t)rate, text, sizeof(text));
	fprintf(stderr, ", %s/s", text);
	if (strcmp(now->phase, "rollback") != 0)
		fprintf(stderr, ", %.0f s left", (double)left / rate);
}

static void draw_bar(const struct memhp_progress *now)
{
	static const char full[] = "####################";
	const struct render render = { .human = true };
	size_t width = sizeof(full) - 1, done = MIN(now->done_blocks, now->total_blocks);
	size_t filled = now->total_blocks > 0 ? done * width / now->total_blocks : width;
	char bytes[32], total[32];

	render_bytes(&render, MIN(now->done_bytes, now->total_bytes), bytes, sizeof(bytes));
	render_bytes(&render, now->total_bytes, total, sizeof(total));
	fprintf(stderr, "\r%-8s [%.*s%*s] %zu of %zu blocks, %s of %s", now->phase, (int)filled,
		full, (int)(width - filled), "", done, now->total_blocks, bytes, total);
	print_speed(now);
	fputs("\033[K", stderr);
}

/* A terminal need not be told of every block; of the last one it is, and of each change of direction. */
static bool is_due(const struct progress *progress, const struct memhp_progress *now)
{
	return !progress->drawn || now->seconds >= progress->drawn_at + BAR_INTERVAL ||
	       now->done_blocks >= now->total_blocks || progress->phase != now->phase;
}

void progress_draw(void *data, const struct memhp_progress *now)
{
	struct progress *progress = data;

	if (progress->choice == PROGRESS_JSON) {
		draw_json(now);
		return;
	}
	if (!is_due(progress, now))
		return;
	draw_bar(now);
	progress->drawn = true;
	progress->drawn_at = now->seconds;
	progress->phase = now->phase;
}

/* The bar was for the time of the run; what is printed next stands in its place. */
void progress_clear(const struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
}
