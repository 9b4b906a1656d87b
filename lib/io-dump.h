/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dump: what a machine answered to the questions of the seam, kept in memory. io-record.c fills
 * one while it hands questions on to another io, io-dump-parse.c fills one from text,
 * io-dump-format.c turns one into text, and io-dump.c answers from one. The text is described in
 * memhp-dump(5).
 */
#ifndef MEMHP_IO_DUMP_H
#define MEMHP_IO_DUMP_H

#include "io.h"

#define DUMP_VERSION 1
#define DUMP_MAGIC "memhp-dump"
/* A dump of the largest machine stays far below these; a hostile one is refused. */
#define DUMP_SIZE_MAX (64U * 1024 * 1024)
#define DUMP_ENTRIES_MAX (1U << 20)
#define DUMP_TABLES_MAX 16
#define DUMP_COLUMNS_MAX 8
/* Names that "memory{0-31}" stands for, all lists and tables taken together. */
#define DUMP_NAMES_MAX (1U << 22)
/* Runs of words, all files taken together: a run is never shorter than what stands for it. */
#define DUMP_RUNS_MAX (1U << 21)

/* A name in a directory, or a run of names: FIRST to LAST behind PREFIX. */
struct dump_name {
	const char *prefix;
	uint32_t first;
	uint32_t last;
	bool numbered;		/* else PREFIX is the whole name */
};

/* The questions, in the order in which answers of one path are written. */
enum dump_kind {
	DUMP_LINK,
	DUMP_FILE,
	DUMP_LIST,
	DUMP_WORDS,	/* of a file of 64-bit words, of which only pieces are asked for */
};

/* Words of a file that are alike, or cannot be read alike: FIRST to LAST, counted from its start. */
struct dump_run {
	uint64_t first;
	uint64_t last;
	uint64_t word;
	int error;			/* a positive errno, or 0 */
};

/* One answer. */
struct dump_entry {
	const char *path;
	const char *text;		/* of a file or link; terminated too */
	const struct dump_name *names;	/* of a directory, in the order of path_compare() */
	size_t count;			/* bytes of TEXT, NAMES, or runs */
	size_t first_run;		/* of words: in the dump's runs */
	uint32_t line;			/* where it was said, or when */
	uint8_t kind;			/* enum dump_kind */
	uint8_t error;			/* why there is no answer, a positive errno, or 0 */
};

/* One file of a row: its text without its last newline. ENOENT: there is none. */
struct dump_cell {
	const char *text;
	size_t len;
	uint8_t error;
};

/* Directories FIRST to LAST behind the table's prefix, whose files are alike. */
struct dump_row {
	uint32_t first;
	uint32_t last;
	const struct dump_cell *cells;
};

/* The same few files of many directories. */
struct dump_table {
	const char *prefix;	/* "sys/devices/system/memory/memory" */
	const char *files[DUMP_COLUMNS_MAX];
	size_t file_count;
	struct dump_row *rows;	/* ascending */
	size_t row_count;
	size_t row_capacity;
};

struct dump {
	struct arena *arena;	/* owns all strings but those in TEXT */
	char *text;		/* what it was read from, or NULL */
	struct io_facts facts;
	struct dump_entry *entries;
	size_t entry_count;
	size_t entry_capacity;
	struct dump_table tables[DUMP_TABLES_MAX];
	size_t table_count;
	struct dump_run *runs;	/* of one file after the other */
	size_t run_count;
	size_t run_capacity;
};

/* io-dump-data.c: what a dump is made of. Each that fails does so with -ENOMEM or -E2BIG. */
int dump_new(struct dump **ret_dump);
void dump_free(struct dump *dump);	/* NULL is fine */
void dump_cleanup(struct dump **dump);	/* for _cleanup_ */
/* Room for one more answer, all zero but for what is given; PATH is borrowed. NULL: none. */
struct dump_entry *dump_add(struct dump *dump, enum dump_kind kind, const char *path, uint32_t line);
struct dump_table *dump_add_table(struct dump *dump, const char *prefix);
/* A row behind the last one; folded into it if it goes on there. CELLS are borrowed. */
int dump_add_row(struct dump_table *table, uint32_t first, uint32_t last,
		 const struct dump_cell *cells);
bool dump_cells_equal(const struct dump_table *table, const struct dump_cell *a,
		      const struct dump_cell *b);
/*
 * Orders paths so that what lies below one stands together, right behind it, and runs of digits as
 * numbers.
 */
int path_compare(const char *a, const char *b);
/* Sorts the answers: by path, question, line. */
void dump_order(struct dump *dump);
/* Sorts them; of several to one question the one with the highest line stays. */
void dump_sort(struct dump *dump);
/* Turns each path that leads through links into the one that it leads to. The answers are sorted. */
int dump_resolve(struct dump *dump);
/* The answer to one question, literally; NULL: none. */
const struct dump_entry *dump_find(const struct dump *dump, const char *path, enum dump_kind kind);
/* The first answer whose path is not before PATH. */
size_t dump_index(const struct dump *dump, const char *path);
/*
 * dump_walk - PATH with every link in it followed, a last one only if LAST. -ELOOP: too many links,
 * -ENAMETOOLONG.
 */
int dump_walk(const struct dump *dump, const char *path, bool last, char whole[IO_PATH_MAX]);
/* The number that TEXT begins with, without zeroes in front; RET_END is behind it. */
bool dump_number(const char *text, uint32_t *ret_number, const char **ret_end);
/* Whether NAME is one of a directory's names. */
bool dump_has_name(const struct dump_entry *list, const char *name);
/* The row of a table that PATH lies in; RET_FILE is what of PATH is left behind its directory. */
const struct dump_row *dump_find_row(const struct dump_table *table, const char *path,
				     const char **ret_file);

/* io-dump-words.c: files of words. */
/*
 * dump_add_run - a run behind the last one of ENTRY, whose runs are the last of the dump's; folded into
 * that one if it goes on there. -EINVAL: it does not come after it. -E2BIG: more than a dump holds.
 */
int dump_add_run(struct dump *dump, struct dump_entry *entry, const struct dump_run *run);
/* dump_cut_runs - takes away what ENTRY, as above, holds from word FIRST on. */
void dump_cut_runs(struct dump *dump, struct dump_entry *entry, uint64_t first);
/* dump_read_words - as a read of the file: what was not recorded is where it ends. */
int dump_read_words(const struct dump *dump, const struct dump_entry *entry, uint64_t offset,
		    void *buffer, size_t size, size_t *ret_len);

/* io-dump-word.c: bytes and what stands for them in a dump. */
/*
 * dump_unescape - IN place, terminated: "\n" "\t" "\\" "\xHH" to bytes, "\e" to nothing. -EINVAL.
 * RET_CUT: "\c" stood at its end, where a newline would otherwise follow; NULL: it may not stand there.
 */
int dump_unescape(char *text, size_t len, size_t *ret_len, bool *ret_cut);
bool dump_is_word(const char *text);		/* letters, digits, '_' '-' '.', and not nothing */
const char *dump_errno_name(int error);		/* of a positive errno; NULL: no name */
int dump_errno_from_name(const char *name);	/* "EACCES" or a number; 0: unknown */

/* A text that grows; FAILED once there was no memory for it. */
struct dump_text {
	char *text;
	size_t len;
	size_t size;
	bool failed;
};
void dump_put(struct dump_text *out, const char *text, size_t len);
void dump_print(struct dump_text *out, const char *format, ...) PRINTF(2, 3);
/* What must not stand as it is in the place where it is put. */
enum dump_place {
	DUMP_IN_PATH,	/* blanks, '*' and '|' */
	DUMP_IN_NAME,	/* blanks and '{' */
	DUMP_IN_CELL,	/* '|', a blank at either end, a leading '!', a lone '-' */
	DUMP_IN_LINE,	/* a blank at the end */
};
void dump_escape(struct dump_text *out, enum dump_place place, const char *text, size_t len);

/* io-dump-format.c, io-dump-parse.c */
/* dump_format - DUMP, whose answers are sorted, as text. -ENOMEM. */
int dump_format(const struct dump *dump, struct dump_text *out);
/*
 * dump_parse - a dump from TEXT, which it takes over: malloc'ed, with room for a terminator at LEN.
 * NAME is what errors call it.
 */
int dump_parse(const char *name, char *text, size_t len, struct memhp_error *error,
	       struct dump **ret_dump);

void dump_put_words(struct dump_text *out, const struct dump *dump, const struct dump_entry *entry);

/* dump_sort_names - into the order of path_compare(). -EINVAL: one of them is there twice. */
int dump_sort_names(struct dump_name *names, size_t count);

/* io-dump.c: a recorded machine; takes the dump over, also on failure. */
int io_dump_new(struct dump *dump, struct io **ret_io);

/*
 * io-record.c: hands every question on to INNER, which it does not own, and keeps the answers in
 * DUMP, which it does not own either. It can read only.
 */
int io_record_new(struct io *inner, struct dump *dump, struct io **ret_io);
/*
 * io_record_words - from now on PATH, borrowed, is known to be a file of words: pieces of it are kept,
 * without the bits PASSING.
 */
void io_record_words(struct io *recording, const char *path, uint64_t passing);
/* Whether there were more words than a dump can hold: those from there on are not in it. */
bool io_record_is_full(struct io *recording);

#endif
