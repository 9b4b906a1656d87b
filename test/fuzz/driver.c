/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without libFuzzer: every file of a corpus as it is, cut off at many places, and with bytes and
 * lines changed, by a generator that begins the same way each time. Says TAP.
 *
 * driver CHANGES FILE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SIZE_MAX_READ (1 << 20)

/* Numerical Recipes' generator; what matters is that it is the same everywhere. */
static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* Bytes that mean something to what is tested, more often than all others. */
static uint8_t random_byte(uint64_t *state)
{
	static const char pieces[] = "\n\n\t |!-=<>:\\x{},*#/.0123456789ceinptE";

	if (next_random(state) % 4 == 0)
		return (uint8_t)next_random(state);
	return (uint8_t)pieces[next_random(state) % (sizeof(pieces) - 1)];
}

static size_t change(uint8_t *bytes, size_t size, size_t room, uint64_t *state)
{
	size_t at = size == 0 ? 0 : next_random(state) % size;
	size_t len = 1 + next_random(state) % 40, to;

	switch (next_random(state) % 5) {
	case 0:
	case 1:
		if (size > 0)
			bytes[at] = random_byte(state);
		return size;
	case 2:
		if (size + 1 > room)
			return size;
		memmove(bytes + at + 1, bytes + at, size - at);
		bytes[at] = random_byte(state);
		return size + 1;
	case 3:
		len = len < size - at ? len : size - at;
		memmove(bytes + at, bytes + at + len, size - at - len);
		return size - len;
	default:
		/* A piece from elsewhere, most often with a line's end in it. */
		to = size == 0 ? 0 : next_random(state) % size;
		len = len < size - at ? len : size - at;
		len = len < size - to ? len : size - to;
		memmove(bytes + to, bytes + at, len);
		return size;
	}
}

/* In memory of its own size, so that reading past the end is noticed. */
static void try(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void try_file(const uint8_t *original, size_t size, unsigned int changes)
{
	static uint8_t bytes[SIZE_MAX_READ + 4096];
	uint64_t state = size;
	unsigned int round;
	size_t cut;

	try(original, size);
	for (cut = 0; cut < 64; cut++)
		try(original, size * cut / 64);
	for (round = 0; round < changes; round++) {
		unsigned int count = 1 + next_random(&state) % 6;
		size_t len = size;

		memcpy(bytes, original, size);
		for (; count > 0; count--)
			len = change(bytes, len, sizeof(bytes), &state);
		try(bytes, len);
	}
}

int main(int argc, char **argv)
{
	static uint8_t bytes[SIZE_MAX_READ];
	unsigned int changes = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
	int i;

	if (argc < 3) {
		fprintf(stderr, "usage: %s CHANGES FILE...\n", argv[0]);
		return 2;
	}
	printf("1..%d\n", argc - 2);
	for (i = 2; i < argc; i++) {
		FILE *file = fopen(argv[i], "re");
		const char *name = strrchr(argv[i], '/');
		size_t size;

		if (file == NULL)
			return 1;
		size = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		try_file(bytes, size, changes);
		printf("ok %d - %s, changed %u times\n", i - 1, name != NULL ? name + 1 : argv[i],
		       changes);
	}
	return 0;
}
