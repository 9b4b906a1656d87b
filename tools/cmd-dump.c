/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: records the machine into one file, which appears whole or not at all.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "file.h"

static void write_dump(struct invocation *invocation, const char *path, const char *text,
		       size_t len)
{
	int rc;

	if (strcmp(path, "-") == 0) {
		render_text(&invocation->render, text, len);
		return;
	}
	rc = file_write(path, text, len);
	if (rc < 0)
		failure_set(&invocation->failure, EXIT_SYSTEM, "system", path,
			    "cannot be written: %s", strerror(-rc));
}

static void answer(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		   const char *path)
{
	struct render *render = &invocation->render;

	if (invocation->failure.code != EXIT_DONE)
		return;
	if (!render->json) {
		render_errors(render, snapshot);
		return;
	}
	json_begin(render, invocation->command->name, NULL, snapshot);
	json_text(render, "file", path);
	json_end(render);
	invocation->answered = true;
}

static const char *find_path(struct invocation *invocation)
{
	char **arguments = invocation->arguments;
	struct failure *failure = &invocation->failure;

	if (arguments[0] == NULL || arguments[1] != NULL) {
		failure_set(failure, EXIT_USAGE, "usage", "", "dump takes the name of one file");
		failure_hint(failure, "- is standard output");
	} else if (arguments[0][0] == '\0') {
		failure_set(failure, EXIT_USAGE, "usage", "", "the name of the file is empty");
		failure_hint(failure, "- is standard output");
	} else if (strcmp(arguments[0], "-") == 0 && invocation->render.json) {
		failure_set(failure, EXIT_USAGE, "usage", "--json",
			    "standard output cannot take both the dump and an object");
		failure_hint(failure, "give the name of a file");
	} else if (invocation->options->target != NULL && !invocation->options->pages) {
		failure_set(failure, EXIT_USAGE, "usage", "--target",
			    "but for page flags the whole machine is recorded");
		failure_hint(failure, "leave it out, or give --pages too");
	}
	return arguments[0];
}

void command_dump(struct invocation *invocation)
{
	const char *path = find_path(invocation);
	struct memhp_snapshot *snapshot;
	const struct options *options = invocation->options;
	uint32_t flags = (options->anonymous ? MEMHP_RECORD_ANONYMOUS : 0) |
			 (options->pages ? MEMHP_RECORD_PAGES : 0);
	char *text;
	size_t len;
	int rc;

	if (invocation->failure.code != EXIT_DONE)
		return;
	rc = memhp_record(invocation->ctx, flags, options->target, &text, &len, &snapshot);
	if (rc < 0) {
		failure_of(&invocation->failure, invocation->ctx, rc);
		return;
	}
	write_dump(invocation, path, text, len);
	answer(invocation, snapshot, path);
	memhp_snapshot_unref(snapshot);
	free(text);
}
