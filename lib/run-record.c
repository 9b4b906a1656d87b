/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recording a machine: a scan by way of a recording io, the page flags of a target if they are wanted,
 * and what else may help to understand a report. And page flags for those who do not record.
 */
#include <errno.h>

#include "ctx.h"
#include "pages.h"
#include "scan-record.h"
#include "scan.h"
#include "selection.h"

EXPORT int memhp_snapshot_read_pages(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot,
				     const struct memhp_selection *selection,
				     struct memhp_snapshot **ret_snapshot)
{
	error_clear(&ctx->error);
	return scan_pages(ctx->io, snapshot, selection == NULL ? NULL : selection->blocks,
			  &ctx->error, ret_snapshot);
}

/* What is asked for besides. */
struct record_request {
	bool pages;	    /* page flags ... */
	const char *target; /* ... of this; NULL: of all */
	bool anonymous;
};

/* SNAPSHOT becomes one with the page flags of the target, which are recorded on the way. */
static int record_pages(struct io *recording, const struct record_request *request,
			struct memhp_error *error, struct memhp_snapshot **snapshot)
{
	struct memhp_selection *selection = NULL;
	struct memhp_snapshot *with_pages;
	int rc = 0;

	if (!request->pages)
		return 0;
	if (request->target != NULL)
		rc = selection_new(*snapshot, request->target, error, &selection);
	if (rc < 0)
		return rc;
	io_record_words(recording, SCAN_PAGES_PATH, PAGE_FLAGS_PASSING);
	rc = scan_pages(recording, *snapshot, selection == NULL ? NULL : selection->blocks, error,
			&with_pages);
	memhp_selection_unref(selection);
	if (rc < 0)
		return rc;
	memhp_snapshot_unref(*snapshot);
	*snapshot = with_pages;
	return 0;
}

static int too_much(struct memhp_error *error)
{
	error_set(error, MEMHP_ERROR_SYSTEM, -EFBIG, "--pages",
		  "the flags of so many pages are more than a dump can hold");
	return error_hint(error, "record those of a part, with --target");
}

static void take_facts(const struct memhp_snapshot *snapshot, struct io_facts *facts)
{
	facts->page_size = snapshot->machine.page_size;
	facts->struct_page_size = snapshot->machine.struct_page_size;
	if (snapshot->machine.arch != NULL)
		text_copy(facts->arch, sizeof(facts->arch), snapshot->machine.arch);
}

static int record_by(struct io *io, struct io *recording, const struct record_request *request,
		     struct memhp_error *error, struct memhp_snapshot **ret_snapshot)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	int rc = scan(recording, SCAN_ALL | SCAN_SETUP, error, &snapshot);

	/* A machine that refuses everything else is what a report is most about. */
	if (rc < 0 && rc != -ENOMEM) {
		error_clear(error);
		rc = scan_bare(recording, rc, error, &snapshot);
	}
	if (rc == 0)
		rc = record_pages(recording, request, error, &snapshot);
	if (rc < 0)
		return rc;
	if (io_record_is_full(recording))
		return too_much(error);
	if (scan_record_policy(recording) < 0 ||
	    scan_record_more(io, recording, snapshot->machine.kernel) < 0)
		return error_memory(error);
	*ret_snapshot = take_pointer(snapshot);
	return 0;
}

/* Everything into DUMP; RET_SNAPSHOT is the machine as it was seen meanwhile. */
static int record(struct io *io, const struct record_request *request, struct dump *dump,
		  struct memhp_error *error, struct memhp_snapshot **ret_snapshot)
{
	struct io *recording;
	int rc = io_record_new(io, dump, &recording);

	if (rc < 0)
		return error_memory(error);
	rc = record_by(io, recording, request, error, ret_snapshot);
	io_free(recording);
	if (rc == 0)
		take_facts(*ret_snapshot, &dump->facts);
	return rc;
}

static int to_text(struct dump *dump, const struct record_request *request,
		   struct memhp_error *error, struct dump_text *text)
{
	dump_sort(dump);
	if (scan_record_trim(dump, request->anonymous) < 0 || dump_format(dump, text) < 0)
		return error_memory(error);
	return text->len > DUMP_SIZE_MAX ? too_much(error) : 0;
}

EXPORT int memhp_record(struct memhp_ctx *ctx, uint32_t flags, const char *target, char **ret_text,
			size_t *ret_len, struct memhp_snapshot **ret_snapshot)
{
	const struct record_request request = {
		.pages = (flags & MEMHP_RECORD_PAGES) != 0,
		.target = target,
		.anonymous = (flags & MEMHP_RECORD_ANONYMOUS) != 0,
	};
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	_cleanup_(dump_cleanup) struct dump *dump = NULL;
	struct dump_text text = { .text = NULL };
	int rc;

	error_clear(&ctx->error);
	if (dump_new(&dump) < 0)
		return error_memory(&ctx->error);
	rc = record(ctx->io, &request, dump, &ctx->error, &snapshot);
	if (rc == 0)
		rc = to_text(dump, &request, &ctx->error, &text);
	if (rc < 0) {
		free(text.text);
		return rc;
	}
	*ret_text = text.text;
	*ret_len = text.len;
	if (ret_snapshot != NULL)
		*ret_snapshot = take_pointer(snapshot);
	return 0;
}
