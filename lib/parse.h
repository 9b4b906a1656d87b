/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text to values, as the kernel and people write them. Every function takes any bytes at all, reads
 * nothing past LEN, allocates nothing and does no I/O. Words are declared in the public header and
 * in model.h.
 */
#ifndef MEMHP_PARSE_H
#define MEMHP_PARSE_H

#include "model.h"

/* A walk over lines, or over words, of a text. */
struct cursor {
	const char *at;
	const char *end;
};
static inline struct cursor cursor_of(const char *text, size_t len)
{
	return (struct cursor){ text, text + len };
}

/* A piece of somebody else's text, not terminated. */
struct piece {
	const char *text;
	size_t len;
};
bool piece_is(struct piece piece, const char *text);
bool piece_starts_with(struct piece piece, const char *prefix);

/* The next line without its newline; false at the end. */
bool parse_line(struct cursor *cursor, struct piece *ret_line);
/* The next run of what is not white space; false at the end. */
bool parse_word(struct cursor *cursor, struct piece *ret_word);
/* The same, copied and terminated; false also if it does not fit. */
bool parse_name(struct cursor *cursor, char *name, size_t size);

/*
 * parse_uint - the whole of TEXT is one number, but for white space around it. BASE 16 takes it with
 * and without "0x"; BASE 0 is hexadecimal with "0x", else decimal. -EINVAL, -ERANGE.
 */
int parse_uint(const char *text, size_t len, unsigned int base, uint64_t *ret_value);
int parse_int(const char *text, size_t len, int64_t *ret_value);
/* parse_range - "FIRST-LAST" with FIRST <= LAST, both in BASE. */
int parse_range(const char *text, size_t len, unsigned int base, uint64_t *ret_first,
		uint64_t *ret_last);
/* parse_list - "0-3,7": FN for each range; what it returns, if not 0, ends the walk. */
int parse_list(const char *text, size_t len,
	       int (*fn)(void *data, uint64_t first, uint64_t last), void *data);
/* parse_numbered - the 42 of "memory42"; false if NAME is not PREFIX and a plain number. */
bool parse_numbered(const char *name, const char *prefix, uint32_t *ret_number);
/* Orders names as strcmp() does, but runs of digits as numbers: dax2.0 before dax10.0. */
int name_compare(const char *a, const char *b);
/* Y N y n 1 0; TRI_UNKNOWN for all else. */
enum tristate parse_bool(const char *text, size_t len);
enum memhp_state parse_state(const char *text, size_t len);
enum memmap_mode parse_memmap_mode(const char *text, size_t len);

/*
 * parse_zones - valid_zones as a set; RET_FIRST is the first one named. A name that is not known
 * makes the set unknown. "none" is ZONE_SPANS.
 */
void parse_zones(const char *text, size_t len, zone_set *ret_set, uint8_t *ret_first);

/* parse_counter - the number behind KEY in lines of "KEY NUMBER". -ENOENT. */
int parse_counter(const char *text, size_t len, const char *key, uint64_t *ret_value);
/* parse_meminfo - bytes behind KEY ("MemTotal:") in meminfo, of a node or of the machine. -ENOENT. */
int parse_meminfo(const char *text, size_t len, const char *key, uint64_t *ret_bytes);

/* parse_start_time - when a process began, of proc/PID/stat, in clock ticks since boot. -EINVAL. */
int parse_start_time(const char *text, size_t len, uint64_t *ret_time);

/* parse_zoneinfo - the next zone of proc/zoneinfo, by key; false at the end. A zone of no known name is ZONE_INDEX_NONE. */
bool parse_zoneinfo(struct cursor *cursor, struct memhp_zone *ret_zone);

/* parse_config - what the text of a kernel's build options says of OPTION: y, m, n, or '=' for another value. */
char parse_config(const char *config, const char *option);

/* One line of proc/iomem. DEPTH counts pairs of blanks. */
struct iomem_line {
	uint64_t start;
	uint64_t end;
	struct piece name;
	unsigned int depth;
};
/* parse_iomem - the next line that is well formed; false at the end. */
bool parse_iomem(struct cursor *cursor, struct iomem_line *ret_line);

#endif
