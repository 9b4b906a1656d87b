/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc/config.gz unpacked, by zlib, which is opened for it: most runs have nothing to unpack. Takes any
 * bytes, and makes no more of them than it is told to. The only file that includes zlib.
 */
#include "gunzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "dl.h"
#include "util.h"

static const unsigned char magic[] = { 0x1f, 0x8b };

static int copy(const void *data, size_t size, size_t limit, char **ret_text, size_t *ret_len)
{
	char *text;

	if (size > limit)
		return -E2BIG;
	text = malloc(size + 1);
	if (text == NULL)
		return -ENOMEM;
	memcpy(text, data, size);
	text[size] = '\0';
	*ret_text = text;
	*ret_len = size;
	return 0;
}

#if HAVE_ZLIB
#include <zlib.h>

/* What windowBits needs so that zlib expects the header of gzip (zlib.h). */
#define GZIP_WINDOW (15 + 16)
#define FIRST_SIZE 65536
#define ZLIB_LIBRARY "libz.so.1"

struct zlib {
	__typeof__(inflateInit2_) *init;
	__typeof__(inflate) *inflate;
	__typeof__(inflateEnd) *end;
};

static const struct dl_symbol zlib_symbols[] = {
	{ "inflateInit2_", offsetof(struct zlib, init) },
	{ "inflate", offsetof(struct zlib, inflate) },
	{ "inflateEnd", offsetof(struct zlib, end) },
};

struct unpacked {
	char *text;
	size_t size;
	size_t len;
};

static int grow(struct unpacked *unpacked, size_t limit)
{
	size_t size = unpacked->size == 0 ? FIRST_SIZE : unpacked->size * 2;
	char *text;

	if (unpacked->len > limit)
		return -E2BIG;
	text = realloc(unpacked->text, size);
	if (text == NULL)
		return -ENOMEM;
	unpacked->text = text;
	unpacked->size = size;
	return 0;
}

/* Room for a terminator is always left. */
static int inflate_all(const struct zlib *zlib, z_stream *stream, size_t limit,
		       struct unpacked *unpacked)
{
	int rc = Z_OK;

	while (rc == Z_OK) {
		if (unpacked->len + 1 >= unpacked->size) {
			int grown = grow(unpacked, limit);

			if (grown < 0)
				return grown;
		}
		stream->next_out = (Bytef *)unpacked->text + unpacked->len;
		stream->avail_out = (uInt)(unpacked->size - unpacked->len - 1);
		rc = zlib->inflate(stream, Z_NO_FLUSH);
		unpacked->len = unpacked->size - 1 - stream->avail_out;
	}
	if (rc == Z_MEM_ERROR)
		return -ENOMEM;
	if (rc != Z_STREAM_END)
		return -EINVAL;
	return unpacked->len > limit ? -E2BIG : 0;
}

static int unpack_by(const struct zlib *zlib, const void *data, size_t size, size_t limit,
		     char **ret_text, size_t *ret_len)
{
	struct unpacked unpacked = { .text = NULL };
	z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)size };
	int rc;

	/* What the macro inflateInit2() stands for. */
	if (zlib->init(&stream, GZIP_WINDOW, ZLIB_VERSION, (int)sizeof(stream)) != Z_OK)
		return -ENOMEM;
	rc = inflate_all(zlib, &stream, limit, &unpacked);
	zlib->end(&stream);
	if (rc < 0) {
		free(unpacked.text);
		return rc;
	}
	unpacked.text[unpacked.len] = '\0';
	*ret_text = unpacked.text;
	*ret_len = unpacked.len;
	return 0;
}

static int unpack(const void *data, size_t size, size_t limit, char **ret_text, size_t *ret_len)
{
	struct zlib zlib;
	void *handle;
	int rc;

	if (size > UINT32_MAX)
		return -E2BIG;
	if (dl_open(ZLIB_LIBRARY, zlib_symbols, ARRAY_SIZE(zlib_symbols), &zlib, &handle) < 0)
		return -ENOTSUP;
	rc = unpack_by(&zlib, data, size, limit, ret_text, ret_len);
	dl_close(handle);
	return rc;
}
#else
static int unpack(const void *data, size_t size, size_t limit, char **ret_text, size_t *ret_len)
{
	return -ENOTSUP;
}
#endif

int gunzip(const void *data, size_t size, size_t limit, char **ret_text, size_t *ret_len)
{
	if (size < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0)
		return copy(data, size, limit, ret_text, ret_len);
	return unpack(data, size, limit, ret_text, ret_len);
}
