/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a saved plan: refused with one sentence, or a request in which nothing lifts a rule.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "../../tools/plan-file.h"

/* What may come from a file. */
#define FLAGS                                                                        \
	(MEMHP_REQUEST_MOVE | MEMHP_REQUEST_CONTIGUOUS | MEMHP_REQUEST_FROM_POLICY | \
	 MEMHP_REQUEST_UNBOUND)

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_request(const struct plan_file *file)
{
	const struct memhp_request *request = &file->request;
	size_t i;

	must(request->struct_size == sizeof(*request));
	must((request->flags & ~(uint32_t)FLAGS) == 0);
	must(request->force == NULL && request->on_error == MEMHP_ON_ERROR_UNSET);
	must(request->timeout_seconds == 0 && request->block_timeout_seconds == 0 &&
	     request->retries == 0);
	must(request->fingerprint != NULL);
	must(request->operation <= MEMHP_OPERATION_PLACE);
	for (i = 0; i < file->target_count; i++)
		must(strlen(request->targets[i]) < PLAN_FILE_MAX);
	must(request->targets != NULL && request->targets[file->target_count] == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct failure failure = { .code = EXIT_DONE };
	struct plan_file file;

	plan_file_parse("a file", (const char *)bytes, size, &file, &failure);
	if (failure.code == EXIT_DONE)
		check_request(&file);
	else
		must(failure.code == EXIT_USAGE && failure.message[0] != '\0' &&
		     strcmp(failure.object, "a file") == 0);
	plan_file_clear(&file);
	return 0;
}
