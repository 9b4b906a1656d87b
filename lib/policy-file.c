/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policy files to entries. iniparser (4.1) gives the values; it hides duplicates, knows no lines, joins
 * lines that end in a backslash and prints what it dislikes. So the pass of policy-lines.c comes first,
 * and what iniparser then sees has to be the same. Knows no key and judges no value.
 */
#include "policy-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if __has_include(<iniparser/iniparser.h>)
#include <iniparser/iniparser.h>
#else
#include <iniparser.h>
#endif

#include "parse.h"

#define POLICY_FILE "etc/memhp.conf"
#define POLICY_DIRECTORY "etc/memhp.conf.d"
#define SUFFIX ".conf"
#define FILES_MAX 256
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* ---- iniparser ---- */

/* iniparser 4.1 reads by name only: the text gets one for as long as that takes. */
static int text_to_file(struct piece text)
{
	int fd = memfd_create("memhp-policy", MFD_CLOEXEC);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < text.len) {
		ssize_t len = write(fd, text.text + done, text.len - done);

		if (len < 0 && errno != EINTR) {
			len = -errno;
			close(fd);
			return (int)len;
		}
		done += len > 0 ? (size_t)len : 0;
	}
	return fd;
}

/*
 * What iniparser complains of it prints, unless a hook that all of the process shares is taken away
 * from whoever has it. After our own pass there is nothing left but a file that cannot be opened.
 */
static int load_dictionary(struct piece text, dictionary **ret_dictionary)
{
	int fd = text_to_file(text), again;
	char path[IO_NAME_MAX];

	if (fd < 0)
		return fd;
	text_format(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0) {
		again = -errno;
		close(fd);
		return again;
	}
	close(again);
	*ret_dictionary = iniparser_load(path);
	close(fd);
	return *ret_dictionary == NULL ? -ENOMEM : 0;
}

static int take_value(const dictionary *dictionary, struct arena *arena, struct policy_entry *entry)
{
	char name[2 * POLICY_LINE_MAX + 2];
	const char *value;

	text_format(name, sizeof(name), "%s%s%s", entry->section, entry->key != NULL ? ":" : "",
		    entry->key != NULL ? entry->key : "");
	if (entry->key == NULL)
		return iniparser_find_entry(dictionary, name) ? 0 : -ENOENT;
	value = iniparser_getstring(dictionary, name, NULL);
	if (value == NULL)
		return -ENOENT;
	entry->value = arena_copy(arena, value);
	return entry->value == NULL ? -ENOMEM : 0;
}

/* A value for each key from entry FIRST on, and no key that is not among them. */
static int take_values(const dictionary *dictionary, size_t first, struct memhp_error *error,
		       struct policy_entries *entries)
{
	size_t i;
	int rc;

	for (i = first; i < entries->count; i++) {
		struct policy_entry *entry = &entries->items[i];

		rc = take_value(dictionary, entries->arena, entry);
		if (rc == -ENOMEM)
			return error_memory(error);
		if (rc < 0)
			return policy_error(error, entry->file, entry->line,
					    "the parser of this file does not see this line");
	}
	if ((size_t)dictionary->n != entries->count - first)
		return policy_error(error, entries->items[first].file, entries->items[first].line,
				    "the parser of this file sees other keys than stand in it");
	return 0;
}

int policy_text_read(const char *file, const char *text, size_t len, struct memhp_error *error,
		     struct policy_entries *entries)
{
	struct piece piece = { text, len };
	dictionary *dictionary = NULL;
	size_t first = entries->count;
	int rc;

	if (piece_starts_with(piece, BYTE_ORDER_MARK))
		piece = (struct piece){ text + strlen(BYTE_ORDER_MARK),
					len - strlen(BYTE_ORDER_MARK) };
	rc = policy_lines_read(file, piece.text, piece.len, error, entries);
	if (rc < 0 || entries->count == first)
		return rc;
	rc = load_dictionary(piece, &dictionary);
	if (rc < 0)
		return error_system(error, rc, file, "cannot be parsed");
	rc = take_values(dictionary, first, error, entries);
	iniparser_freedict(dictionary);
	return rc;
}

/* ---- files ---- */

/* What reading FILE gave. */
static int take_file(const char *file, int rc, const char *text, size_t len,
		     struct memhp_error *error, struct policy_entries *entries)
{
	const char *name;

	if (rc == -E2BIG)
		return error_set(error, MEMHP_ERROR_POLICY, -EINVAL, file,
				 "this policy file has more than %d bytes", POLICY_FILE_MAX);
	if (rc < 0) {
		/* The object stands before the sentence already. */
		error_system(error, rc, "", "this policy file cannot be read");
		text_copy(error->object, sizeof(error->object), file);
		return rc;
	}
	name = arena_copy(entries->arena, file);
	if (name == NULL)
		return error_memory(error);
	return policy_text_read(name, text, len, error, entries);
}

static int read_file(struct io *io, const char *path, struct memhp_error *error,
		     struct policy_entries *entries)
{
	_cleanup_free_ char *text = malloc(POLICY_FILE_MAX + 1);
	char file[IO_PATH_MAX + 1];
	size_t len = 0;
	int rc;

	if (text == NULL)
		return error_memory(error);
	rc = io->ops->read(io, path, 0, text, POLICY_FILE_MAX + 1, &len);
	if (rc == -ENOENT)
		return 0;
	text_format(file, sizeof(file), "/%s", path);
	return take_file(file, rc, text, len, error, entries);
}

static int read_config(const char *path, struct memhp_error *error, struct policy_entries *entries)
{
	_cleanup_free_ char *text = malloc(POLICY_FILE_MAX + 1);
	size_t len = 0;
	int rc;

	if (text == NULL)
		return error_memory(error);
	rc = io_read_outside(path, text, POLICY_FILE_MAX + 1, &len);
	if (rc == -ENOENT)
		return error_set(error, MEMHP_ERROR_USAGE, rc, path,
				 "there is no such policy file");
	return take_file(path, rc, text, len, error, entries);
}

struct names {
	char *items[FILES_MAX];
	size_t count;
};

static int note_name(void *data, const char *name, unsigned char type)
{
	struct names *names = data;
	size_t len = strlen(name);

	if (name[0] == '.' || len < sizeof(SUFFIX) ||
	    strcmp(name + len - (sizeof(SUFFIX) - 1), SUFFIX) != 0)
		return 0;
	if (names->count == FILES_MAX)
		return -E2BIG;
	names->items[names->count] = strdup(name);
	return names->items[names->count] == NULL ? -ENOMEM : ((void)names->count++, 0);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(struct io *io, struct names *names, struct memhp_error *error,
		      struct policy_entries *entries)
{
	char path[IO_PATH_MAX];
	size_t i;
	int rc = io->ops->list(io, POLICY_DIRECTORY, note_name, names);

	if (rc == -ENOMEM)
		return error_memory(error);
	if (rc == -E2BIG)
		return error_set(error, MEMHP_ERROR_POLICY, -EINVAL, "/" POLICY_DIRECTORY,
				 "there are more than %d policy files in it", FILES_MAX);
	if (rc < 0 && rc != -ENOENT)
		return error_system(error, rc, "/" POLICY_DIRECTORY, "cannot be listed");
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
	for (i = 0, rc = 0; rc == 0 && i < names->count; i++) {
		text_format(path, sizeof(path), POLICY_DIRECTORY "/%s", names->items[i]);
		rc = read_file(io, path, error, entries);
	}
	return rc;
}

static int read_directory(struct io *io, struct memhp_error *error, struct policy_entries *entries)
{
	_cleanup_free_ struct names *names = calloc(1, sizeof(*names));
	int rc = names == NULL ? error_memory(error) : read_names(io, names, error, entries);

	while (names != NULL && names->count > 0)
		free(names->items[--names->count]);
	return rc;
}

int policy_files_read(struct io *io, const char *config, struct memhp_error *error,
		      struct policy_entries *entries)
{
	int rc;

	if (policy_entries_init(entries) < 0)
		return error_memory(error);
	rc = read_file(io, POLICY_FILE, error, entries);
	if (rc == 0)
		rc = read_directory(io, error, entries);
	if (rc == 0 && config != NULL)
		rc = read_config(config, error, entries);
	return rc;
}
