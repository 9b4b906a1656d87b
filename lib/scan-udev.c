/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What udev's rules do to memory that appears, file by file as udev takes them; and which files of ours stand in for
 * others below run/, without what onlines blocks. Judges nothing.
 */
#include <errno.h>
#include <string.h>

#include "io.h"
#include "parse-udev.h"
#include "scan-walk.h"

#define RULES_SUFFIX ".rules"
#define WORD_BIT(word) ((uint8_t)(1U << (word)))

/* ---- files ---- */

/* In this order: a file of an earlier directory stands for all of its name (udev(7)). */
static const char *const rule_directories[] = { "etc/udev/rules.d", "run/udev/rules.d",
						"usr/local/lib/udev/rules.d",
						"usr/lib/udev/rules.d", "lib/udev/rules.d" };
#define RUN_RANK 1

/* What rules ask of the machine itself, so that those for another kind of machine are told apart. */
static const struct {
	const char *name;
	const char *path;
} machine_attributes[] = {
	{ "[dmi/id]sys_vendor", "sys/devices/virtual/dmi/id/sys_vendor" },
	{ "[dmi/id]product_name", "sys/devices/virtual/dmi/id/product_name" },
};

#define ATTRIBUTES_MAX 8

/* The walk over files, and the event that goes through them. */
struct udev_scan {
	struct scan *scan;
	struct udev_event event;
	struct udev_attribute attributes[ATTRIBUTES_MAX];
	const char *file;
	bool hidden; /* another stands in for it */
	size_t hit_capacity;
	size_t stand_in_capacity;
	struct piece *keys; /* of this file: where it writes the state of blocks */
	size_t key_count;
	size_t key_capacity;
	uint8_t words; /* ... and what; 0: not known */
};

struct rule_file {
	const char *dir;
	const char *name;
};

struct rule_files {
	struct scan *scan;
	const char *dir;
	struct rule_file *items;
	size_t count;
	size_t capacity;
};

static int add_file(void *data, const char *name, unsigned char type)
{
	struct rule_files *files = data;
	size_t len = strlen(name);
	char *copy;

	if (len <= strlen(RULES_SUFFIX) ||
	    strcmp(name + len - strlen(RULES_SUFFIX), RULES_SUFFIX) != 0)
		return 0;
	if (array_reserve(&files->items, files->count, &files->capacity, sizeof(*files->items)) < 0)
		return -ENOMEM;
	copy = arena_copy(files->scan->snapshot->arena, name);
	if (copy == NULL)
		return -ENOMEM;
	files->items[files->count++] = (struct rule_file){ .dir = files->dir, .name = copy };
	return 0;
}

static size_t directory_rank(const char *dir)
{
	size_t i = 0;

	while (rule_directories[i] != dir)
		i++;
	return i;
}

/* By name, as udev reads them; those of one name by their directories. */
static int compare_files(const void *a, const void *b)
{
	const struct rule_file *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order != 0)
		return order;
	return (int)directory_rank(left->dir) - (int)directory_rank(right->dir);
}

static int list_files(struct rule_files *files)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rule_directories); i++) {
		int rc;

		files->dir = rule_directories[i];
		rc = files->scan->io->ops->list(files->scan->io, files->dir, add_file, files);
		if (rc < 0 && rc != -ENOENT && rc != -ENOMEM)
			rc = scan_note(files->scan, files->dir, rc, scan_errno_message(rc));
		if (rc == -ENOMEM)
			return rc;
	}
	if (files->count > 0)
		qsort(files->items, files->count, sizeof(*files->items), compare_files);
	return 0;
}

/*
 * Offline is what blocks are as they appear. And what a rule writes that does not say for which devices, if it is no
 * word of theirs, is most likely for others.
 */
static int keep_key(struct udev_scan *udev, const struct udev_deed *deed)
{
	if (!deed->is_state || strcmp(udev->event.subsystem, "memory") != 0 ||
	    deed->words == WORD_BIT(WORD_OFFLINE) || (!deed->named && deed->words == 0))
		return 0;
	if (array_reserve(&udev->keys, udev->key_count, &udev->key_capacity, sizeof(*udev->keys)) <
	    0)
		return -ENOMEM;
	udev->words = udev->key_count > 0 && (udev->words == 0 || deed->words == 0) ?
			      0 :
			      udev->words | deed->words;
	udev->keys[udev->key_count++] = deed->key;
	return 0;
}

static int keep_hit(void *data, const struct udev_deed *deed)
{
	struct udev_scan *udev = data;
	struct memhp_snapshot *snapshot = udev->scan->snapshot;
	struct setup *setup = &snapshot->setup;
	bool is_block = strcmp(udev->event.subsystem, "memory") == 0;
	const char *text;

	/* All the rest is done by what stands in for it. */
	if (udev->hidden && !(is_block && deed->is_state))
		return 0;
	if (array_reserve(&setup->hits, setup->hit_count, &udev->hit_capacity,
			  sizeof(*setup->hits)) < 0)
		return -ENOMEM;
	text = arena_copy_text(snapshot->arena, deed->text.text, deed->text.len);
	if (text == NULL)
		return -ENOMEM;
	setup->hits[setup->hit_count++] = (struct udev_hit){
		.file = udev->file,
		.line = deed->line,
		.is_block = is_block,
		.is_state = deed->is_state,
		.certain = deed->certain,
		.named = deed->named,
		.words = deed->words,
		.hidden = udev->hidden,
		.text = text,
	};
	return keep_key(udev, deed);
}

/* A block that was just added, and a dax device that was just found. */
static const struct udev_event events[] = {
	{ .subsystem = "memory",
	  .kernel = "memory42",
	  .devpath = "/devices/system/memory/memory42" },
	{ .subsystem = "dax", .kernel = "dax0.0" },
};

static int read_file(struct udev_scan *udev, const struct rule_file *file, struct piece *ret_text)
{
	char path[IO_PATH_MAX];

	text_format(path, sizeof(path), "%s/%s", file->dir, file->name);
	udev->file = arena_copy(udev->scan->snapshot->arena, path);
	return udev->file == NULL ? -ENOMEM : scan_read(udev->scan, path, ret_text);
}

static int follow(struct udev_scan *udev, struct piece text)
{
	size_t i;
	int rc = 0;

	udev->key_count = 0;
	udev->words = 0;
	for (i = 0; rc == 0 && i < ARRAY_SIZE(events); i++) {
		udev->event.subsystem = events[i].subsystem;
		udev->event.kernel = events[i].kernel;
		udev->event.devpath = events[i].devpath;
		rc = parse_udev(text.text, text.len, &udev->event, keep_hit, udev);
	}
	return rc;
}

/* ---- files that stand in for others ---- */

static bool can_be_hidden(const struct rule_file *file, struct piece text)
{
	return directory_rank(file->dir) > RUN_RANK && strlen(file->name) < IO_NAME_MAX &&
	       memchr(text.text, '\0', text.len) == NULL;
}

/* STANDING: what is there now; NULL: nothing. */
static int add_stand_in(struct udev_scan *udev, const char *name, const char *text,
			const char *standing)
{
	struct setup *setup = &udev->scan->snapshot->setup;

	if (array_reserve(&setup->stand_ins, setup->stand_in_count, &udev->stand_in_capacity,
			  sizeof(*setup->stand_ins)) < 0)
		return -ENOMEM;
	setup->stand_ins[setup->stand_in_count++] = (struct udev_stand_in){
		.name = name,
		.text = text,
		.words = udev->words,
		.stands = standing != NULL,
		.is_current = standing != NULL && text != NULL && strcmp(text, standing) == 0,
	};
	return 0;
}

/* FILE is the one that counts, or would without STANDING. */
static int take_file(struct udev_scan *udev, const struct rule_file *file, const char *standing)
{
	_cleanup_free_ char *text = NULL;
	const char *kept = NULL;
	struct piece rules;
	int rc = read_file(udev, file, &rules);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return standing == NULL ? 0 : add_stand_in(udev, file->name, NULL, standing);
	udev->hidden = standing != NULL;
	rc = follow(udev, rules);
	udev->hidden = false;
	if (rc == 0 && udev->key_count > 0 && can_be_hidden(file, rules)) {
		text = udev_stand_in(rules.text, rules.len, udev->keys, udev->key_count);
		kept = text != NULL ? arena_copy(udev->scan->snapshot->arena, text) : NULL;
		rc = kept == NULL ? -ENOMEM : 0;
	}
	if (rc == 0 && (kept != NULL || standing != NULL))
		rc = add_stand_in(udev, file->name, kept, standing);
	return rc;
}

/* The text of a file of ours, in the arena; NULL: it is none. */
static int read_stand_in(struct udev_scan *udev, const struct rule_file *file,
			 const char **ret_text)
{
	struct piece text;
	int rc;

	*ret_text = NULL;
	if (directory_rank(file->dir) != RUN_RANK)
		return 0;
	rc = read_file(udev, file, &text);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	if (!udev_is_stand_in(text.text, text.len))
		return 0;
	*ret_text = arena_copy_text(udev->scan->snapshot->arena, text.text, text.len);
	return *ret_text == NULL ? -ENOMEM : 0;
}

/*
 * COUNT files of one name: the first is the one that counts. An empty one, and /dev/null instead of one, takes
 * rules away.
 */
static int scan_name(struct udev_scan *udev, const struct rule_file *files, size_t count)
{
	const char *standing = NULL;
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && standing == NULL && i < count)
		rc = read_stand_in(udev, &files[i++], &standing);
	udev->words = 0;
	if (rc < 0 || standing == NULL)
		return rc < 0 ? rc : take_file(udev, &files[0], NULL);
	/* Below /etc there is another one: this one serves nothing. */
	if (i > 1) {
		rc = add_stand_in(udev, files[0].name, NULL, standing);
		return rc < 0 ? rc : take_file(udev, &files[0], NULL);
	}
	/* What it does itself, which is nothing, unless somebody has changed it. */
	rc = follow(udev, (struct piece){ standing, strlen(standing) });
	udev->words = 0;
	if (rc < 0)
		return rc;
	return count > 1 ? take_file(udev, &files[1], standing) :
			   add_stand_in(udev, files[0].name, NULL, standing);
}

/* systemd's words for architectures are the kernel's but for this one (CONST{arch}, systemd.unit(5)). */
static const char *arch_of(const struct machine *machine)
{
	if (machine->arch != NULL && strcmp(machine->arch, "x86_64") == 0)
		return "x86-64";
	return machine->arch != NULL && strcmp(machine->arch, "aarch64") == 0 ? "arm64" :
										machine->arch;
}

static int begin_udev(struct udev_scan *udev)
{
	size_t count = 0, i;

	udev->attributes[count++] = (struct udev_attribute){ "state", "offline" };
	for (i = 0; i < ARRAY_SIZE(machine_attributes); i++) {
		const struct attribute row = { machine_attributes[i].path, take_text, 0 };
		const char *value = NULL;

		if (scan_attribute(udev->scan, "", &row, &value) == -ENOMEM)
			return -ENOMEM;
		udev->attributes[count++] =
			(struct udev_attribute){ machine_attributes[i].name, value };
	}
	udev->event.attributes = udev->attributes;
	udev->event.attribute_count = count;
	udev->event.arch = arch_of(&udev->scan->snapshot->machine);
	return 0;
}

static size_t count_of_name(const struct rule_files *files, size_t first)
{
	size_t end = first + 1;

	while (end < files->count && strcmp(files->items[first].name, files->items[end].name) == 0)
		end++;
	return end - first;
}

int scan_udev(struct scan *scan)
{
	struct udev_scan udev = { .scan = scan };
	struct rule_files files = { .scan = scan };
	size_t count, i;
	int rc = begin_udev(&udev);

	if (rc == 0)
		rc = list_files(&files);
	for (i = 0; rc == 0 && i < files.count; i += count) {
		count = count_of_name(&files, i);
		rc = scan_name(&udev, &files.items[i], count);
	}
	free(files.items);
	free(udev.keys);
	return rc;
}
