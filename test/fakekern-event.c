/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's events: how many it has sent. Who listens remembers up to which he has heard, so
 * nothing is kept for anybody. As in lib/kobject_uevent.c, of which the text is of no use here.
 */
#include "fakekern-private.h"

void kernel_tells(struct fakekern *kernel)
{
	kernel->told++;
}

static int show_count(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "%llu\n", (unsigned long long)kernel->told);
	return 0;
}

void event_files(struct fakekern *kernel)
{
	static const struct attribute row = READS("uevent_seqnum", show_count);

	kernel->told = 1000;
	tree_attributes(tree_directory(kernel, "sys/kernel"), &row, 1, NULL);
}

void fakekern_event_room(struct fakekern *kernel, size_t count)
{
	kernel->room = count;
}
