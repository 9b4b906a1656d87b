/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads files and directories for the parts of a scan, and keeps what could not be read. Names no
 * file itself.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define TEXT_SIZE_FIRST 65536
/* No file that is read whole comes near this; a hostile recording may. */
#define TEXT_SIZE_MAX (64U * 1024 * 1024)

const char *scan_errno_message(int rc)
{
	switch (rc) {
	case -EACCES:
	case -EPERM:
		return "permission denied";
	case -ENOENT:
		return "vanished while it was read";
	case -EINVAL:
		return "not understood";
	case -EIO:
		return "input/output error";
	case -E2BIG:
		return "longer than it can be";
	case -ELOOP:
		return "too many links, or a link that leads nowhere";
	default:
		return "cannot be read";
	}
}

int scan_note(struct scan *scan, const char *path, int rc, const char *message)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	struct scan_error *error;
	char *path_copy, *message_copy;

	if (rc == -ENOMEM || array_reserve(&snapshot->errors, snapshot->error_count,
					   &scan->error_capacity, sizeof(*snapshot->errors)) < 0)
		return -ENOMEM;
	path_copy = arena_copy(snapshot->arena, path);
	message_copy = arena_copy(snapshot->arena, message);
	if (path_copy == NULL || message_copy == NULL)
		return -ENOMEM;
	error = &snapshot->errors[snapshot->error_count++];
	*error = (struct scan_error){ .path = path_copy, .rc = -rc, .message = message_copy };
	return 0;
}

static int grow_text(struct scan *scan)
{
	size_t size = scan->text_size == 0 ? TEXT_SIZE_FIRST : scan->text_size * 4;
	char *text;

	if (size > TEXT_SIZE_MAX)
		return -E2BIG;
	/* Not realloc(): what was in it is of no use. */
	text = malloc(size);
	if (text == NULL)
		return -ENOMEM;
	free(scan->text);
	scan->text = text;
	scan->text_size = size;
	return 0;
}

int scan_read(struct scan *scan, const char *path, struct piece *ret_text)
{
	size_t len = 0;
	int rc;

	do {
		rc = scan->text_size == 0 ? -E2BIG :
					    scan->io->ops->read(scan->io, path, 0, scan->text,
								scan->text_size - 1, &len);
		if (rc == -E2BIG && grow_text(scan) == 0)
			continue;
		break;
	} while (true);
	if (rc < 0) {
		if (rc != -ENOENT && scan_note(scan, path, rc, scan_errno_message(rc)) < 0)
			return -ENOMEM;
		return rc;
	}
	scan->text[len] = '\0';
	*ret_text = (struct piece){ scan->text, len };
	return 0;
}

int take_decimal(struct scan *scan, struct piece text, void *member)
{
	return parse_uint(text.text, text.len, 0, member);
}

int take_hex(struct scan *scan, struct piece text, void *member)
{
	return parse_uint(text.text, text.len, 16, member);
}

int take_signed(struct scan *scan, struct piece text, void *member)
{
	return parse_int(text.text, text.len, member);
}

int take_int(struct scan *scan, struct piece text, void *member)
{
	int64_t value;
	int rc = parse_int(text.text, text.len, &value);

	if (rc < 0)
		return rc;
	if (value > INT32_MAX || value < INT32_MIN)
		return -ERANGE;
	*(int *)member = (int)value;
	return 0;
}

int take_text(struct scan *scan, struct piece text, void *member)
{
	char *copy;

	while (text.len > 0 && text.text[text.len - 1] == '\n')
		text.len--;
	if (text.len == 0)
		return 0;
	copy = arena_copy_text(scan->snapshot->arena, text.text, text.len);
	if (copy == NULL)
		return -ENOMEM;
	*(const char **)member = copy;
	return 0;
}

int take_bool(struct scan *scan, struct piece text, void *member)
{
	enum tristate value = parse_bool(text.text, text.len);

	if (value == TRI_UNKNOWN)
		return -EINVAL;
	*(enum tristate *)member = value;
	return 0;
}

int scan_attribute(struct scan *scan, const char *dir, const struct attribute *row, void *object)
{
	char path[IO_PATH_MAX];
	struct piece text;
	int rc;

	text_format(path, sizeof(path), "%s%s%s", dir, dir[0] == '\0' ? "" : "/", row->file);
	rc = scan_read(scan, path, &text);
	if (rc < 0)
		return rc;
	rc = row->take(scan, text, (char *)object + row->offset);
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	return scan_note(scan, path, rc, "not understood") < 0 ? -ENOMEM : rc;
}

int scan_attributes(struct scan *scan, const char *dir, const struct attribute *rows, size_t count,
		    void *object)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (scan_attribute(scan, dir, &rows[i], object) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

int scan_unread(struct scan *scan, struct memhp_device *device, enum device_unread part,
		const char *path, int rc)
{
	if (rc == -ENOMEM)
		return rc;
	device->unread |= part;
	if (device->unread_path != NULL)
		return 0;
	device->unread_errno = -rc;
	device->unread_path = arena_copy(scan->snapshot->arena, path);
	return device->unread_path == NULL ? -ENOMEM : 0;
}

struct name_walk {
	struct scan *scan;
	const char *prefix;
	struct names *names;
};

static int add_name(void *data, const char *name, unsigned char type)
{
	struct name_walk *walk = data;
	struct names *names = walk->names;
	char *copy;

	if (!text_starts_with(name, walk->prefix) || strlen(name) >= IO_NAME_MAX)
		return 0;
	if (array_reserve(&names->items, names->count, &names->capacity, sizeof(*names->items)) < 0)
		return -ENOMEM;
	copy = arena_copy(walk->scan->snapshot->arena, name);
	if (copy == NULL)
		return -ENOMEM;
	names->items[names->count++] = copy;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return name_compare(*(const char *const *)a, *(const char *const *)b);
}

void names_cleanup(struct names *names)
{
	free(names->items);
}

int scan_names(struct scan *scan, const char *dir, const char *prefix, struct names *names)
{
	struct name_walk walk = { .scan = scan, .prefix = prefix, .names = names };
	int rc = scan->io->ops->list(scan->io, dir, add_name, &walk);

	names->rc = rc;
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0 && rc != -ENOENT)
		rc = scan_note(scan, dir, rc, scan_errno_message(rc));
	if (rc == -ENOMEM)
		return rc;
	if (names->count > 0)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	return 0;
}

int scan_link(struct scan *scan, const char *path, char buffer[IO_PATH_MAX])
{
	return scan->io->ops->readlink(scan->io, path, buffer, IO_PATH_MAX);
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
