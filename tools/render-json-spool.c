/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that waits for its turn: notes and budget stand before the blocks and follow from all of them, and
 * a scan that turns out to be of two moments makes void what was written of it. It waits in a file
 * of memory, which is none of the program's own and can be swapped; no directory is touched for it, so that
 * listing needs none to write to, and what is listed with --root opens nothing outside. Reads nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "render-json-spool.h"
#include "render-json-text.h"

/* With fewer blocks one thread reads them all, and there is nothing to be gained. */
#define BLOCKS_LEAST 1024
#define PIECE_SIZE (256 * 1024)

void json_spool_cleanup(struct json_spool *spool)
{
	if (spool->file != NULL)
		fclose(spool->file);
	free(spool->buffer);
	spool->file = NULL;
	spool->buffer = NULL;
}

/*
 * Kernels since 6.3 write a line to their log about who does not say whether it is ever to be run; older
 * ones refuse to be told, and older C libraries have no word for it.
 */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

static void open_file(struct json_spool *spool)
{
	int fd = memfd_create("memhp-blocks", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("memhp-blocks", MFD_CLOEXEC);
	if (fd < 0)
		return;
	spool->file = fdopen(fd, "w+");
	if (spool->file == NULL) {
		close(fd);
		return;
	}
	spool->buffer = malloc(PIECE_SIZE);
	if (spool->buffer != NULL)
		setvbuf(spool->file, spool->buffer, _IOFBF, PIECE_SIZE);
}

static void begin_anew(struct json_spool *spool, size_t block_count)
{
	spool->any = false;
	if (block_count < BLOCKS_LEAST) {
		json_spool_cleanup(spool);
		return;
	}
	if (spool->file == NULL)
		open_file(spool);
	else if (fseek(spool->file, 0, SEEK_SET) < 0 || ftruncate(fileno(spool->file), 0) < 0)
		json_spool_cleanup(spool);
}

void json_spool_blocks(void *data, struct memhp_cursor *blocks, bool anew)
{
	struct json_spool *spool = data;
	struct json_text_writer writer;

	if (anew)
		begin_anew(spool, memhp_snapshot_get_block_count(blocks->owner));
	if (spool->file == NULL)
		return;
	json_start(&writer, spool->file);
	json_put_objects(&writer, spool->render, blocks, spool->columns, &spool->any);
	json_flush(&writer);
	if (ferror(spool->file))
		json_spool_cleanup(spool);
}

static int copy(FILE *from, FILE *to)
{
	char *piece = malloc(PIECE_SIZE);
	ssize_t len;
	off_t at = 0;

	if (piece == NULL)
		return -ENOMEM;
	while ((len = pread(fileno(from), piece, PIECE_SIZE, at)) > 0) {
		fwrite(piece, 1, (size_t)len, to);
		at += len;
	}
	free(piece);
	return len < 0 ? -errno : 0;
}

bool json_spool_array(struct render *render, const char *key, const struct json_spool *spool)
{
	struct json_text_writer writer;
	int rc;

	if (spool->file == NULL || fflush(spool->file) != 0)
		return false;
	json_start(&writer, render->out);
	json_put_key(&writer, json_separator(render), key);
	json_put(&writer, "[");
	json_flush(&writer);
	rc = copy(spool->file, render->out);
	if (rc < 0 && render->rc == 0)
		render->rc = rc;
	fputc(']', render->out);
	return true;
}
