/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few things every file of the library may use: scope-bound freeing, sizes of arrays, strings
 * into fixed buffers, and an arena. No I/O, no state.
 */
#ifndef MEMHP_UTIL_H
#define MEMHP_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define EXPORT __attribute__((visibility("default")))
#define PRINTF(text, first) __attribute__((format(printf, text, first)))

static inline void free_pointer(void *pointer)
{
	free(*(void **)pointer);
}
#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _cleanup_free_ _cleanup_(free_pointer)

/* Takes what a cleaned-up pointer points to, so that it outlives the scope. */
#define take_pointer(pointer)                      \
	({                                         \
		__typeof__(pointer) taken = (pointer); \
		(pointer) = NULL;                  \
		taken;                             \
	})

/* text_format - like snprintf; always terminated, silently cut. */
void text_format(char *buffer, size_t size, const char *format, ...) PRINTF(3, 4);
bool text_starts_with(const char *text, const char *prefix);
bool text_starts_with_any(const char *text, const char *const *prefixes);	/* NULL ends them */
/* text_copy - TEXT into BUFFER, cut at its end. */
void text_copy(char *buffer, size_t size, const char *text);

/*
 * An arena gives memory that is freed all at once. Blocks of memory are zeroed. Returns NULL when
 * there is none left.
 */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *arena);	/* NULL is fine */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *text);
/* arena_copy_text - LEN bytes of TEXT, terminated. */
char *arena_copy_text(struct arena *arena, const char *text, size_t len);

/*
 * array_reserve - room for one more item in a malloc'ed array that doubles. ARRAY is a pointer to
 * the caller's pointer. -ENOMEM leaves everything as it was.
 */
int array_reserve(void *array, size_t count, size_t *capacity, size_t item_size);

#endif
