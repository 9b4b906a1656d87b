/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the fake kernel under the program: linked with memhp's own sources, it stands in for
 * memhp_ctx_new(). The scenario and the kernel are named in the environment, as "NAME KERNEL"; its
 * requests but the last have been carried out when the program begins. `list` instead of a name
 * writes what there is; `monitor` is a machine that things happen to.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctx.h"
#include "fake-monitor.h"
#include "scenario.h"

int __wrap_memhp_ctx_new(struct memhp_ctx **ret_ctx);

static struct fakekern *machine;

static void free_machine(void)
{
	fakekern_free(machine);
}

static const char *last_of(const char *requests)
{
	const char *last = requests, *next;

	while ((next = strstr(last, "; ")) != NULL)
		last = next + 2;
	return last;
}

static int list_scenarios(void)
{
	size_t i, k;

	for (i = 0; i < scenario_count; i++) {
		for (k = 0; k < ARRAY_SIZE(kernel_rows); k++) {
			if (scenario_runs_on(&scenarios[i], &kernel_rows[k]))
				printf("%s\t%s\t%s\n", scenarios[i].name, kernel_rows[k].name,
				       last_of(scenarios[i].requests));
		}
	}
	return -ENOSYS;
}

static bool is_named(const struct scenario *scenario, const struct kernel_row *row,
		     const char *wanted)
{
	char name[256];

	snprintf(name, sizeof(name), "%s %s", scenario->name, row->name);
	return strcmp(name, wanted) == 0;
}

static int open_scenario(const char *wanted, struct memhp_ctx **ret_ctx)
{
	struct tally tally = { .quiet = true };
	size_t i, k;

	for (i = 0; i < scenario_count; i++) {
		for (k = 0; k < ARRAY_SIZE(kernel_rows); k++) {
			if (!is_named(&scenarios[i], &kernel_rows[k], wanted))
				continue;
			machine = scenario_machine(&scenarios[i], &kernel_rows[k]);
			atexit(free_machine);
			if (!scenario_prepare(&scenarios[i], machine, &tally))
				return -EIO;
			return ctx_new_with_io(fakekern_open(machine), ret_ctx);
		}
	}
	return -ENOENT;
}

int __wrap_memhp_ctx_new(struct memhp_ctx **ret_ctx)
{
	const char *wanted = getenv("MEMHP_FAKE");

	if (wanted == NULL)
		return -EINVAL;
	if (strcmp(wanted, "monitor") == 0 || strcmp(wanted, "monitor-endless") == 0)
		return fake_monitor_open(strcmp(wanted, "monitor") != 0, ret_ctx);
	return strcmp(wanted, "list") == 0 ? list_scenarios() : open_scenario(wanted, ret_ctx);
}
