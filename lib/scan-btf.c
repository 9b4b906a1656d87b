/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sizeof(struct page) from the kernel's own type information (Documentation/bpf/btf.rst, 6.12), in
 * whatever byte order it was recorded. Reads it in windows: the whole is megabytes, and a read of it
 * gives a page. Understands no more of it than is needed to find one structure.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define BTF_PATH "sys/kernel/btf/vmlinux"
#define BTF_MAGIC 0xeb9f
#define BTF_KIND_STRUCT 4
#define BTF_TYPE_SIZE 12
/*
 * Some kernels have what is wanted in the first few pages, others have types by their names and it
 * stands megabytes behind: then in large pieces, which cost a running kernel that can map the file no
 * more calls than small ones.
 */
#define WINDOW_SIZE_FIRST 16384
#define WINDOW_SIZE (512 * 1024)

/* A piece of the file. */
struct window {
	unsigned char *bytes;
	size_t size; /* of the room */
	uint64_t offset;
	size_t len;
};

/* The types follow the header: one window often holds all that is wanted of both. */
struct btf {
	struct scan *scan;
	bool swapped;
	bool out_of_memory;
	struct window types, strings;
};

static bool make_room(struct btf *btf, struct window *window)
{
	size_t size = window->bytes == NULL ? WINDOW_SIZE_FIRST : WINDOW_SIZE;

	if (window->size == size)
		return true;
	free(window->bytes);
	window->size = 0;
	window->bytes = malloc(size);
	if (window->bytes == NULL) {
		btf->out_of_memory = true;
		return false;
	}
	window->size = size;
	return true;
}

/* SIZE bytes at OFFSET, or NULL where the file does not have them. */
static const unsigned char *bytes_at(struct btf *btf, struct window *window, uint64_t offset,
				     size_t size)
{
	struct io *io = btf->scan->io;
	int rc;

	if (offset < window->offset || offset - window->offset > window->len ||
	    window->len - (offset - window->offset) < size) {
		window->offset = offset;
		window->len = 0;
		if (!make_room(btf, window))
			return NULL;
		rc = io->ops->read(io, BTF_PATH, offset, window->bytes, window->size, &window->len);
		if (rc == -E2BIG)
			window->len = window->size;
	}
	offset -= window->offset;
	return offset + size <= window->len ? window->bytes + offset : NULL;
}

static uint32_t number_at(const struct btf *btf, const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return btf->swapped ? __builtin_bswap32(value) : value;
}

struct btf_header {
	uint64_t types; /* offsets in the file */
	uint64_t types_end;
	uint64_t strings;
	uint64_t strings_end;
};

static bool read_header(struct btf *btf, struct btf_header *ret_header)
{
	const unsigned char *bytes = bytes_at(btf, &btf->types, 0, 24);
	uint16_t magic;
	uint64_t body;

	if (bytes == NULL)
		return false;
	memcpy(&magic, bytes, sizeof(magic));
	btf->swapped = magic == __builtin_bswap16(BTF_MAGIC);
	if (magic != BTF_MAGIC && !btf->swapped)
		return false;
	body = number_at(btf, bytes + 4);
	ret_header->types = body + number_at(btf, bytes + 8);
	ret_header->types_end = ret_header->types + number_at(btf, bytes + 12);
	ret_header->strings = body + number_at(btf, bytes + 16);
	ret_header->strings_end = ret_header->strings + number_at(btf, bytes + 20);
	return true;
}

/* Where in the strings NAME stands by itself; every string is there once. */
static bool find_name(struct btf *btf, const struct btf_header *header, const char *name,
		      uint32_t *ret_offset)
{
	struct window *window = &btf->strings;
	size_t size = strlen(name) + 2;
	uint64_t at = header->strings;
	char wanted[32] = "";

	/* With the end of the string before it and its own. */
	memcpy(wanted + 1, name, size - 2);
	while (at + size <= header->strings_end) {
		const unsigned char *found;

		if (bytes_at(btf, window, at, size) == NULL)
			return false;
		found = memmem(window->bytes + (at - window->offset),
			       window->len - (at - window->offset), wanted, size);
		if (found != NULL) {
			at = window->offset + (uint64_t)(found - window->bytes);
			*ret_offset = (uint32_t)(at + 1 - header->strings);
			return true;
		}
		at = window->offset + window->len - size + 1;
	}
	return false;
}

/* What follows the common part of a type, by kind: a fixed part, and one for each member. */
static const struct kind_size {
	uint8_t fixed;
	uint8_t member;
} kind_sizes[] = {
	{ 0, 0 },  /* void */
	{ 4, 0 },  /* int */
	{ 0, 0 },  /* pointer */
	{ 12, 0 }, /* array */
	{ 0, 12 }, /* struct */
	{ 0, 12 }, /* union */
	{ 0, 8 },  /* enum */
	{ 0, 0 },  /* forward */
	{ 0, 0 },  /* typedef */
	{ 0, 0 },  /* volatile */
	{ 0, 0 },  /* const */
	{ 0, 0 },  /* restrict */
	{ 0, 0 },  /* function */
	{ 0, 8 },  /* prototype */
	{ 4, 0 },  /* variable */
	{ 0, 12 }, /* section */
	{ 0, 0 },  /* float */
	{ 4, 0 },  /* declaration tag */
	{ 0, 0 },  /* type tag */
	{ 0, 12 }, /* 64-bit enum */
};

/* The size of the structure called by the string at NAME; 0 if there is none. */
static uint64_t find_struct(struct btf *btf, const struct btf_header *header, uint32_t name)
{
	uint64_t at = header->types;
	const unsigned char *type;

	while (at + BTF_TYPE_SIZE <= header->types_end &&
	       (type = bytes_at(btf, &btf->types, at, BTF_TYPE_SIZE)) != NULL) {
		uint32_t info = number_at(btf, type + 4);
		uint32_t kind = info >> 24 & 0x1f;

		if (kind >= ARRAY_SIZE(kind_sizes))
			return 0;
		if (kind == BTF_KIND_STRUCT && number_at(btf, type) == name)
			return number_at(btf, type + 8);
		at += BTF_TYPE_SIZE + kind_sizes[kind].fixed +
		      (uint64_t)kind_sizes[kind].member * (info & 0xffff);
	}
	return 0;
}

static void btf_cleanup(struct btf *btf)
{
	free(btf->types.bytes);
	free(btf->strings.bytes);
}

/* A kernel without type information leaves the size unknown. */
int scan_struct_page(struct scan *scan)
{
	_cleanup_(btf_cleanup) struct btf btf = { .scan = scan };
	struct btf_header header;
	uint64_t size = 0;
	uint32_t name;

	if (scan->io->facts.struct_page_size != 0)
		size = scan->io->facts.struct_page_size;
	else
		size = again_struct_page_size(scan);
	scan->snapshot->machine.struct_page_size = size;
	if (size != 0)
		return 0;
	if (read_header(&btf, &header) && find_name(&btf, &header, "page", &name))
		size = find_struct(&btf, &header, name);
	/* It is a whole number of words, of a few cache lines at most. */
	if (size >= 32 && size <= 512 && size % 8 == 0)
		scan->snapshot->machine.struct_page_size = size;
	return btf.out_of_memory ? -ENOMEM : 0;
}
