/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transcript SHAPE KERNEL REQUESTS: the requests of a file, carried out on the fake kernel as it is in the
 * guest of that shape; prints what scenario memhp-transcript prints there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenario.h"

#define FIRST 48
#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

/* 8 GiB, of which those from 6 to 8 are soft-reserved; below 4 GiB there are 2. */
static void hmem(struct fakekern *kernel)
{
	fakekern_add_node(kernel, &(struct fakekern_node){
					  .cpus = "0-1",
					  .memory = { { 4096, 636 * 1024 },
						      { MIB, 2 * GIB - MIB },
						      { 4 * GIB, 2 * GIB },
						      { 8 * GIB, 2 * GIB } },
					  .taken = 128 * MIB,
				  });
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 6 * GIB, 2 * GIB } },
							 .dynamic = true });
}

/* 4 GiB, and what was plugged in behind them, on a node of its own. */
static void dimm(struct fakekern *kernel)
{
	fakekern_add_node(kernel, &(struct fakekern_node){
					  .cpus = "0-1",
					  .memory = { { 4096, 636 * 1024 },
						      { MIB, 2 * GIB - MIB },
						      { 4 * GIB, 2 * GIB } },
					  .taken = 128 * MIB,
				  });
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:00",
							   .node = 1,
							   .start = 6 * GIB,
							   .size = 512 * MIB });
}

static const struct shape {
	const char *name;
	void (*build)(struct fakekern *kernel);
	unsigned int last;
	bool has_driver;
} shapes[] = {
	{ "hmem", hmem, 63, true },
	{ "dimm-hotplug", dimm, 51, false },
};

static struct fakekern *new_machine(const struct shape *shape, const struct kernel_row *row)
{
	struct fakekern_config config = *row->config;
	struct fakekern *kernel;

	config.auto_online = "offline";
	kernel = fakekern_new(&config);
	shape->build(kernel);
	return kernel;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static const char *answer(int rc)
{
	return rc == 0 ? "ok" : strerrorname_np(-rc);
}

static void print_operation(const struct fakekern_operation *operation)
{
	static const char *const files[] = {
		"/state", "/valid_zones", "/auto_online_blocks", "/memmap_on_memory",
		"/size",  "/align"
	};

	if (operation->kind == FAKEKERN_WRITE)
		printf("write %s %s %s\n", operation->path, operation->word, answer(operation->rc));
	if (operation->kind == FAKEKERN_READLINK && ends_with(operation->path, "/driver"))
		printf("driver %s\n", operation->rc == 0 ? operation->word : "none");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (operation->kind == FAKEKERN_READ && operation->rc == 0 &&
		    ends_with(operation->path, files[i]))
			printf("read %s %s\n", operation->path, operation->word);
	}
}

/* From the first write to the last. */
static void print_log(const struct fakekern *kernel)
{
	size_t first = SIZE_MAX, last = 0;

	for (size_t i = 0; i < fakekern_logged(kernel); i++) {
		if (fakekern_log(kernel, i)->kind != FAKEKERN_WRITE)
			continue;
		first = first == SIZE_MAX ? i : first;
		last = i;
	}
	for (size_t i = first; first != SIZE_MAX && i <= last; i++)
		print_operation(fakekern_log(kernel, i));
}

static void print_device(struct fakekern *kernel, unsigned int id)
{
	char path[96];

	snprintf(path, sizeof(path), "sys/bus/dax/devices/dax0.%u/size", id);
	if (fakekern_text(kernel, path)[0] == '\0')
		return;
	printf("end dax0.%u %s", id, fakekern_text(kernel, path));
	snprintf(path, sizeof(path), "sys/bus/dax/devices/dax0.%u/align", id);
	printf(" %s\n", fakekern_text(kernel, path));
}

static void print_end(const struct shape *shape, struct fakekern *kernel)
{
	unsigned int first = FIRST;
	char text[64], next[64];

	snprintf(text, sizeof(text), "%s", fakekern_block(kernel, FIRST));
	for (unsigned int block = FIRST + 1; block <= shape->last + 1; block++) {
		snprintf(next, sizeof(next), "%s",
			 block <= shape->last ? fakekern_block(kernel, block) : "");
		if (strcmp(text, next) == 0)
			continue;
		printf("end %u-%u %s\n", first, block - 1, text);
		first = block;
		snprintf(text, sizeof(text), "%s", next);
	}
	snprintf(text, sizeof(text), "%s", fakekern_driver(kernel, "dax0.0"));
	if (shape->has_driver)
		printf("end driver %s\n", text[0] != '\0' ? text : "none");
	for (unsigned int id = 0; shape->has_driver && id < 10; id++)
		print_device(kernel, id);
	printf("end auto_online_blocks %s\n", fakekern_text(kernel, AUTO_ONLINE));
}

static int exit_of(const struct outcome *outcome)
{
	return outcome_is_fine(outcome)				 ? 0 :
	       outcome->rc < 0					 ? 1 :
	       outcome->report->outcome == MEMHP_OUTCOME_REFUSED ? 3 :
								   4;
}

static void raw(struct fakekern *kernel, const char *rest)
{
	char path[128], word[64];

	if (sscanf(rest, "%127s %63s", path, word) == 2)
		printf("raw %s %s\n", rest, answer(fakekern_write(kernel, path, word)));
}

static void request(const struct shape *shape, struct fakekern *kernel, const char *line,
		    bool quiet)
{
	struct outcome outcome;

	request_run(line, fakekern_open(kernel), &outcome);
	if (!quiet) {
		printf("> %s\nexit %d\n", line, exit_of(&outcome));
		print_log(kernel);
		print_end(shape, kernel);
	}
	outcome_clear(&outcome);
}

static int carry_out(const struct shape *shape, struct fakekern *kernel, FILE *requests)
{
	char line[256];

	while (fgets(line, sizeof(line), requests) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "raw ", 4) == 0)
			raw(kernel, line + 4);
		else if (strncmp(line, "stage ", 6) == 0)
			request(shape, kernel, line + 6, true);
		else
			request(shape, kernel, line, false);
	}
	return ferror(requests) ? 1 : 0;
}

static const struct shape *find_shape(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (strcmp(shapes[i].name, name) == 0)
			return &shapes[i];
	}
	return NULL;
}

static const struct kernel_row *find_row(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_rows); i++) {
		if (strcmp(kernel_rows[i].name, name) == 0)
			return &kernel_rows[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct shape *shape = argc == 4 ? find_shape(argv[1]) : NULL;
	const struct kernel_row *row = argc == 4 ? find_row(argv[2]) : NULL;
	FILE *requests = argc == 4 ? fopen(argv[3], "r") : NULL;
	struct fakekern *kernel;
	int status;

	if (shape == NULL || row == NULL || requests == NULL)
		return 2;
	kernel = new_machine(shape, row);
	status = carry_out(shape, kernel, requests);
	fakekern_free(kernel);
	fclose(requests);
	return status;
}
