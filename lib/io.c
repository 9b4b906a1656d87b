/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What implementations of the seam have in common: a sweep for those that can only read.
 */
#include <errno.h>
#include <string.h>

#include "io.h"

int io_sweep_by_read(struct io *io, const struct io_sweep *sweep)
{
	char name[IO_NAME_MAX], path[IO_PATH_MAX], text[4097];
	size_t index, file, len;

	for (index = 0; index < sweep->count; index++) {
		bool more = true;

		sweep->name(sweep->data, index, name);
		for (file = 0; more && file < sweep->file_count; file++) {
			int rc;

			text_format(path, sizeof(path), "%s/%s/%s", sweep->dir, name,
				    sweep->files[file]);
			rc = io->ops->read(io, path, 0, text, sizeof(text) - 1, &len);
			if (rc < 0)
				len = 0;
			else if (len > 0 && text[len - 1] == '\n')
				len--;
			text[len] = '\0';
			more = sweep->fn(sweep->data, index, file, rc, text, len);
		}
		if (sweep->done != NULL)
			sweep->done(sweep->data, index + 1);
	}
	return 0;
}
