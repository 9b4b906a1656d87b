/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings into fixed buffers, arrays that grow, and the arena in which a snapshot keeps its strings.
 * Knows nothing of memory hotplug; no I/O, no state.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define ARENA_CHUNK 16384

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct arena_chunk *chunks;
};

void text_format(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
}

bool text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_starts_with_any(const char *text, const char *const *prefixes)
{
	for (; *prefixes != NULL; prefixes++) {
		if (text_starts_with(text, *prefixes))
			return true;
	}
	return false;
}

void text_copy(char *buffer, size_t size, const char *text)
{
	size_t len;

	if (size == 0)
		return;
	len = strnlen(text, size - 1);
	memcpy(buffer, text, len);
	buffer[len] = '\0';
}

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	while (arena->chunks != NULL) {
		struct arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	free(arena);
}

static struct arena_chunk *arena_grow(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;
	size_t room = MAX(size, (size_t)ARENA_CHUNK);

	if (room > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + room);
	if (chunk == NULL)
		return NULL;
	chunk->size = room;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	void *memory;

	if (size > SIZE_MAX - alignof(max_align_t))
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (chunk == NULL || chunk->size - chunk->used < size)
		chunk = arena_grow(arena, size);
	if (chunk == NULL)
		return NULL;
	memory = chunk->bytes + chunk->used;
	chunk->used += size;
	return memory;
}

char *arena_copy_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = len == SIZE_MAX ? NULL : arena_alloc(arena, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
	return arena_copy_text(arena, text, strlen(text));
}

int array_reserve(void *array, size_t count, size_t *capacity, size_t item_size)
{
	void *grown;
	size_t wanted;

	if (count < *capacity)
		return 0;
	wanted = *capacity == 0 ? 8 : *capacity * 2;
	if (wanted <= count || wanted > SIZE_MAX / item_size)
		return -ENOMEM;
	memcpy(&grown, array, sizeof(grown));
	grown = realloc(grown, wanted * item_size);
	if (grown == NULL)
		return -ENOMEM;
	memcpy(array, &grown, sizeof(grown));
	*capacity = wanted;
	return 0;
}
