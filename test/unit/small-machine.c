/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of tests that are about one step or one way back, not about machines.
 */
#include "test.h"

#include "small-machine.h"

void small_boot_memory(struct fakekern *kernel)
{
	fakekern_add_node(kernel, &(struct fakekern_node){ .cpus = "0-1",
							   .memory = { { MIB, GIB - MIB } },
							   .taken = 64 * MIB });
}

struct fakekern *small_machine(void)
{
	struct fakekern_config config = fakekern_6_12;
	struct fakekern *kernel;

	config.auto_online = "offline";
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	return kernel;
}

void small_hmem(struct fakekern *kernel)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, GIB } } });
}

void small_dimm(struct fakekern *kernel, uint64_t eject_time)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:00",
							   .start = 14 * GIB,
							   .size = 512 * MIB,
							   .eject_time = eject_time });
}

void small_ask(struct fakekern *kernel, const char *request, struct outcome *ret_outcome)
{
	request_run(request, fakekern_open(kernel), ret_outcome);
	assert_int_equal(ret_outcome->rc, 0);
}

void small_stage(struct fakekern *kernel, const char *request)
{
	struct outcome outcome;

	small_ask(kernel, request, &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
}
