/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's tree of files: directories, files whose text is made when they are read, links.
 * Also the memory that the fake kernel uses: not malloc's, so that tests which make malloc fail
 * leave the kernel alone. Knows nothing of what is in the files.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

void *kernel_alloc(size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	void *memory = aligned_alloc(16, rounded == 0 ? 16 : rounded);

	if (memory == NULL)
		abort();
	return memset(memory, 0, rounded == 0 ? 16 : rounded);
}

/* kernel_grow - ARRAY with room for one item more than COUNT. */
void *kernel_grow(void *array, size_t count, size_t *capacity, size_t item_size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity == 0 ? 8 : *capacity * 2;
	void *grown = kernel_alloc(*capacity * item_size);
	if (count > 0)
		memcpy(grown, array, count * item_size);
	free(array);
	return grown;
}

char *kernel_copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(kernel_alloc(size), text, size);
}

void output_add(struct output *output, const char *format, ...)
{
	va_list arguments;

	for (;;) {
		size_t room = output->capacity - output->length;

		va_start(arguments, format);
		int length = vsnprintf(room > 0 ? output->data + output->length : NULL, room,
				       format, arguments);
		va_end(arguments);
		if ((size_t)length < room) {
			output->length += (size_t)length;
			return;
		}
		size_t capacity = (output->capacity + (size_t)length + 1) * 2;
		char *data = kernel_alloc(capacity);
		if (output->length > 0)
			memcpy(data, output->data, output->length);
		free(output->data);
		output->data = data;
		output->capacity = capacity;
	}
}

void output_clear(struct output *output)
{
	output->length = 0;
	if (output->capacity > 0)
		output->data[0] = '\0';
}

bool word_is(const char *word, const char *expected)
{
	size_t length = strlen(expected);

	return strncmp(word, expected, length) == 0 &&
	       (word[length] == '\0' || strcmp(word + length, "\n") == 0);
}

/* child_index - where the child NAME, of LENGTH characters, is or would be. */
static size_t child_index(const struct entry *directory, const char *name, size_t length,
			  bool *ret_found)
{
	size_t low = 0, high = directory->child_count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = directory->children[middle]->name;
		int order = strncmp(name, other, length);

		if (order == 0 && other[length] != '\0')
			order = -1;
		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct entry *child_of(const struct entry *directory, const char *name, size_t length)
{
	bool found;
	size_t index = child_index(directory, name, length, &found);

	return found ? directory->children[index] : NULL;
}

struct entry *tree_child(const struct entry *directory, const char *name)
{
	return child_of(directory, name, strlen(name));
}

static struct entry *add_child(struct entry *directory, const char *name, size_t length,
			       enum entry_type type)
{
	bool found;
	size_t index = child_index(directory, name, length, &found);

	if (found)
		return directory->children[index];
	struct entry *entry = kernel_alloc(sizeof(*entry) + length + 1);
	memcpy(entry->name, name, length);
	entry->type = type;
	entry->parent = directory;
	directory->children = kernel_grow(directory->children, directory->child_count,
					  &directory->child_capacity, sizeof(struct entry *));
	memmove(directory->children + index + 1, directory->children + index,
		(directory->child_count - index) * sizeof(struct entry *));
	directory->children[index] = entry;
	directory->child_count++;
	return entry;
}

/* tree_add - the child NAME; the one that is there if there is one. */
struct entry *tree_add(struct entry *directory, const char *name, enum entry_type type)
{
	return add_child(directory, name, strlen(name), type);
}

/* tree_directory - PATH and what leads to it, made as needed. */
struct entry *tree_directory(struct fakekern *kernel, const char *path)
{
	struct entry *entry = kernel->root;

	while (*path != '\0') {
		size_t length = strcspn(path, "/");

		if (length > 0)
			entry = add_child(entry, path, length, ENTRY_DIRECTORY);
		path += length + (path[length] == '/');
	}
	return entry;
}

void tree_attributes(struct entry *directory, const struct attribute *rows, size_t count,
		     void *object)
{
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = tree_add(directory, rows[i].name, ENTRY_FILE);

		entry->show = rows[i].show;
		entry->store = rows[i].store;
		entry->secret = rows[i].secret;
		entry->object = object;
	}
}

void tree_link(struct entry *directory, const char *name, const char *target)
{
	struct entry *entry = tree_add(directory, name, ENTRY_LINK);

	free(entry->text);
	entry->text = kernel_copy(target);
}

void tree_text(struct fakekern *kernel, const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash != NULL ? (size_t)(slash - path) : 0;
	char directory[IO_PATH_MAX] = "";
	struct entry *entry;

	if (length >= sizeof(directory))
		abort();
	memcpy(directory, path, length);
	entry = tree_add(tree_directory(kernel, directory), slash != NULL ? slash + 1 : path,
			 ENTRY_FILE);
	free(entry->text);
	entry->text = kernel_copy(text);
	entry->show = NULL;
}

static void entry_free(struct entry *entry)
{
	for (size_t i = 0; i < entry->child_count; i++)
		entry_free(entry->children[i]);
	free(entry->children);
	free(entry->text);
	free(entry);
}

void tree_remove(struct entry *entry)
{
	struct entry *parent = entry->parent;

	if (parent != NULL) {
		bool found;
		size_t index = child_index(parent, entry->name, strlen(entry->name), &found);

		parent->child_count--;
		memmove(parent->children + index, parent->children + index + 1,
			(parent->child_count - index) * sizeof(struct entry *));
	}
	entry_free(entry);
}

static int walk(struct entry *from, const char *path, bool follow, unsigned int depth,
		struct entry **ret_entry)
{
	struct entry *entry = from;

	if (depth > 16)
		return -ELOOP;
	while (*path != '\0') {
		size_t length = strcspn(path, "/");
		const char *rest = path + length + (path[length] == '/');

		if (entry->type != ENTRY_DIRECTORY)
			return -ENOTDIR;
		if (length == 2 && strncmp(path, "..", 2) == 0) {
			entry = entry->parent != NULL ? entry->parent : entry;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			struct entry *child = child_of(entry, path, length);

			if (child == NULL)
				return -ENOENT;
			if (child->type == ENTRY_LINK && (follow || *rest != '\0')) {
				int rc = walk(entry, child->text, true, depth + 1, &child);

				if (rc < 0)
					return rc;
			}
			entry = child;
		}
		path = rest;
	}
	*ret_entry = entry;
	return 0;
}

int tree_find(struct fakekern *kernel, const char *path, bool follow, struct entry **ret_entry)
{
	if (path[0] == '/')
		return -ENOENT;
	return walk(kernel->root, path, follow, 0, ret_entry);
}
