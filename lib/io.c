/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What implementations of the seam have in common: the names of a sweep, and a sweep for those that can
 * only read.
 */
#include <errno.h>
#include <string.h>

#include "io.h"

size_t io_sweep_name(const struct io_sweep *sweep, size_t index, char name[IO_NAME_MAX])
{
	uint32_t number = sweep->number(sweep->data, index);
	size_t count = 0, len = strlen(sweep->prefix);
	char digits[10];

	memcpy(name, sweep->prefix, len);
	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		name[len++] = digits[--count];
	name[len] = '\0';
	return len;
}

int io_sweep_by_read(struct io *io, const struct io_sweep *sweep)
{
	char name[IO_NAME_MAX], path[IO_PATH_MAX], text[4097];
	size_t index, file, len;

	for (index = 0; index < sweep->count; index++) {
		bool more = true;

		io_sweep_name(sweep, index, name);
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
