/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Page flags of the blocks that somebody asks about: proc/kpageflags, a word a page, a piece at a time.
 * Keeps how many pages of a block are what, and where its memmap lies; judges nothing else. The kernel
 * looks at each page's struct, so this takes milliseconds a block.
 */
#include <errno.h>
#include <string.h>

#include "pages.h"
#include "scan-walk.h"

/* Bytes of one read: all of a block of 128 MiB. */
#define PIECE_SIZE (256U * 1024)
#define PIECE_WORDS (PIECE_SIZE / sizeof(uint64_t))
/* No kernel's blocks have more pages; a hostile recording's may. */
#define BLOCK_PAGES_MAX (UINT64_C(1) << 26)

struct page_scan {
	struct scan scan; /* of the snapshot that is filled */
	uint64_t block_pages;
	uint64_t *words; /* the last piece */
};

/* ---- one block ---- */

/*
 * The kernel shows nothing past the last page that it knows (fs/proc/page.c:get_max_dump_pfn, 6.1 to
 * 7.2), a recording nothing of what was not recorded.
 */
static int read_piece(struct page_scan *pages, uint64_t page, uint64_t count)
{
	struct io *io = pages->scan.io;
	size_t size = (size_t)count * sizeof(uint64_t), len = 0;
	int rc = io->ops->read(io, SCAN_PAGES_PATH, page * sizeof(uint64_t), pages->words, size,
			       &len);

	if (rc == -E2BIG)
		return 0;
	return rc < 0 ? rc : -ENODATA;
}

static int count_pages(struct page_scan *pages, uint64_t first, struct page_counter *counter)
{
	uint64_t done, count, i;
	int rc = 0;

	for (done = 0; done < pages->block_pages; done += count) {
		count = MIN(pages->block_pages - done, (uint64_t)PIECE_WORDS);
		rc = read_piece(pages, first + done, count);
		if (rc < 0)
			return rc;
		for (i = 0; i < count; i++)
			page_counter_add(counter, pages->words[i]);
	}
	page_counter_end(counter);
	return 0;
}

/* Of an offline block every page is absent: then this one is not online any more. */
static int read_block(struct page_scan *pages, struct block_pages *block)
{
	const struct memhp_snapshot *snapshot = pages->scan.snapshot;
	struct page_counter counter = {
		.counts = block->counts,
		.huge_pages = snapshot->machine.page_size / sizeof(uint64_t),
		.memmap_pages = snapshot_memmap_pages(snapshot),
	};
	uint64_t first;
	int rc = 0;

	if (pages->block_pages == 0 || pages->block_pages > BLOCK_PAGES_MAX ||
	    __builtin_mul_overflow(pages->block_pages, (uint64_t)block->number, &first) ||
	    first + pages->block_pages > UINT64_MAX / sizeof(uint64_t))
		rc = -EOVERFLOW;
	if (rc == 0)
		rc = count_pages(pages, first, &counter);
	if (rc == 0 && block->counts[PAGE_ABSENT] == pages->block_pages)
		rc = -EAGAIN;
	return rc;
}

/* ---- where its memmap lies ---- */

#define KNOWN (BLOCK_MEMMAP_ON_MEMORY | BLOCK_MEMMAP_ELSEWHERE)

/* What the pages say is better than what was worked out from zones. */
static void settle_memmap(struct memhp_snapshot *snapshot, const struct block_pages *pages)
{
	struct memhp_block *block =
		&snapshot->blocks[snapshot_block_index(snapshot, pages->number)];

	if (pages->error != 0 || snapshot_memmap_pages(snapshot) == 0)
		return;
	block->flags &= (uint8_t)~KNOWN;
	block->flags |=
		pages->counts[PAGE_MEMMAP] > 0 ? BLOCK_MEMMAP_ON_MEMORY : BLOCK_MEMMAP_ELSEWHERE;
}

/* ---- all that are wanted ---- */

static bool is_wanted(const struct memhp_snapshot *snapshot, const bool *blocks, size_t index)
{
	return (blocks == NULL || blocks[index]) &&
	       snapshot->blocks[index].state == MEMHP_STATE_ONLINE;
}

static int make_room(struct memhp_snapshot *snapshot, const bool *blocks)
{
	size_t count = 0, i;

	for (i = 0; i < snapshot->block_count; i++)
		count += is_wanted(snapshot, blocks, i);
	free(snapshot->pages);
	snapshot->pages_count = 0;
	snapshot->pages = calloc(count + 1, sizeof(*snapshot->pages));
	if (snapshot->pages == NULL)
		return -ENOMEM;
	for (i = 0; i < snapshot->block_count; i++) {
		if (is_wanted(snapshot, blocks, i))
			snapshot->pages[snapshot->pages_count++] = (struct block_pages){
				.number = snapshot->blocks[i].number,
			};
	}
	return 0;
}

/* What holds of the file holds of all blocks: it is not there, or not for us. */
static bool is_final(int rc)
{
	return rc == -ENOENT || rc == -EACCES || rc == -EPERM;
}

static int read_blocks(struct page_scan *pages)
{
	struct memhp_snapshot *snapshot = pages->scan.snapshot;
	int rc = 0;
	size_t i;

	for (i = 0; i < snapshot->pages_count; i++) {
		struct block_pages *block = &snapshot->pages[i];

		if (!is_final(rc))
			rc = read_block(pages, block);
		if (rc == -ENOMEM)
			return rc;
		block->error = (uint32_t)-rc;
		settle_memmap(snapshot, block);
	}
	return 0;
}

static const char *pages_message(uint32_t error)
{
	switch (error) {
	case ENOENT:
		return "is not there: this kernel has none, or nobody recorded it";
	case ENODATA:
		return "holds nothing";
	case EOVERFLOW:
		return "cannot be read: sizes of pages or blocks are unknown, or too large";
	case EAGAIN:
		return "was read too late: they went offline";
	default:
		return scan_errno_message(-(int)error);
	}
}

static int note_run(struct scan *scan, const struct block_pages *first,
		    const struct block_pages *last)
{
	char message[160];

	if (is_final(-(int)first->error))
		text_copy(message, sizeof(message), pages_message(first->error));
	else
		text_format(message, sizeof(message), "%s for blocks %u-%u",
			    pages_message(first->error), first->number, last->number);
	return scan_note(scan, SCAN_PAGES_PATH, -(int)first->error, message);
}

/* One error for each run of blocks that failed alike; one in all if it is the file's. */
static int note_errors(struct scan *scan)
{
	const struct block_pages *pages = scan->snapshot->pages;
	size_t first, next, count = scan->snapshot->pages_count;

	for (first = 0; first < count; first = next) {
		bool final = is_final(-(int)pages[first].error);

		next = first + 1;
		while (next < count && pages[next].error == pages[first].error &&
		       (final || pages[next].number == pages[next - 1].number + 1))
			next++;
		if (pages[first].error != 0 && note_run(scan, &pages[first], &pages[next - 1]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int scan_pages_into(struct io *io, const bool *blocks, struct memhp_snapshot *snapshot)
{
	_cleanup_free_ uint64_t *words = malloc(PIECE_SIZE);
	struct page_scan pages = {
		.scan = { .io = io, .snapshot = snapshot, .error_capacity = snapshot->error_count },
		.block_pages = snapshot_block_pages(snapshot),
		.words = words,
	};

	if (words == NULL || make_room(snapshot, blocks) < 0 || read_blocks(&pages) < 0)
		return -ENOMEM;
	scan_spread_memmap(snapshot);
	return note_errors(&pages.scan);
}

int scan_pages(struct io *io, struct memhp_snapshot *snapshot, const bool *blocks,
	       struct memhp_error *error, struct memhp_snapshot **ret_snapshot)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *copy = NULL;

	if (snapshot_copy(snapshot, &copy) < 0 || scan_pages_into(io, blocks, copy) < 0)
		return error_memory(error);
	*ret_snapshot = take_pointer(copy);
	return 0;
}
