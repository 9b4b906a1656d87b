/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a run has come, on standard error: a bar that is drawn over itself, or an object a line.
 */
#include <inttypes.h>
#include <unistd.h>

#include "render.h"

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

static void draw_bar(const struct memhp_progress *now)
{
	static const char full[] = "##############################";
	size_t width = sizeof(full) - 1;
	size_t filled =
		now->total_blocks > 0 ? now->done_blocks * width / now->total_blocks : width;

	if (filled > width)
		filled = width;
	fprintf(stderr, "\r%-8s [%.*s%*s] %zu of %zu blocks, %.1f s ", now->phase, (int)filled,
		full, (int)(width - filled), "", now->done_blocks, now->total_blocks, now->seconds);
}

void progress_draw(void *data, const struct memhp_progress *now)
{
	struct progress *progress = data;

	if (progress->choice == PROGRESS_JSON) {
		draw_json(now);
		return;
	}
	draw_bar(now);
	progress->drawn = true;
}

/* The bar was for the time of the run; what is printed next stands in its place. */
void progress_clear(const struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
}
