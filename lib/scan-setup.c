/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the machine is set up: the kernel's build options, what the firmware describes, and what udev's
 * rules do to memory that appears. Read for `check` and for recordings alone. Judges nothing.
 */
#include <errno.h>
#include <string.h>

#include "gunzip.h"
#include "parse-udev.h"
#include "scan-walk.h"

#define ACPI_TABLES_PATH "sys/firmware/acpi/tables"
#define EFI_PATH "sys/firmware/efi"
#define CONFIG_GZ_PATH "proc/config.gz"
#define RULES_SUFFIX ".rules"
/* Ten times what any kernel has. */
#define CONFIG_MAX (4U * 1024 * 1024)

/* ---- build options ---- */

/* Where distributions keep them, %s for the kernel's release; the kernel's own come last: few have them. */
static const char *const config_paths[] = { "boot/config-%s", "lib/modules/%s/config",
					    "usr/lib/modules/%s/config" };

static int keep_config(struct scan *scan, const char *path, const char *text, size_t len)
{
	struct memhp_snapshot *snapshot = scan->snapshot;

	snapshot->setup.config = arena_copy_text(snapshot->arena, text, len);
	snapshot->setup.config_path = arena_copy(snapshot->arena, path);
	return snapshot->setup.config == NULL || snapshot->setup.config_path == NULL ? -ENOMEM : 0;
}

static int scan_packed_config(struct scan *scan)
{
	_cleanup_free_ char *text = NULL;
	struct piece packed;
	size_t len;
	int rc = scan_read(scan, CONFIG_GZ_PATH, &packed);

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	rc = gunzip(packed.text, packed.len, CONFIG_MAX, &text, &len);
	if (rc == 0)
		return keep_config(scan, CONFIG_GZ_PATH, text, len);
	if (rc == -ENOMEM)
		return rc;
	return scan_note(scan, CONFIG_GZ_PATH, rc,
			 rc == -ENOTSUP ? "there is no zlib to unpack it with" :
					  scan_errno_message(rc));
}

/* A release is one name: nothing else may come of it. */
static int scan_config(struct scan *scan)
{
	const char *release = scan->snapshot->machine.kernel;
	bool is_name = release != NULL && strpbrk(release, "/*") == NULL;
	size_t i;

	for (i = 0; is_name && i < ARRAY_SIZE(config_paths); i++) {
		const char *place = strstr(config_paths[i], "%s");
		char path[IO_PATH_MAX];
		struct piece text;
		int rc;

		text_format(path, sizeof(path), "%.*s%s%s", (int)(place - config_paths[i]),
			    config_paths[i], release, place + 2);
		rc = scan_read(scan, path, &text);
		if (rc == -ENOMEM)
			return rc;
		if (rc == 0)
			return keep_config(scan, path, text.text, text.len);
	}
	return scan_packed_config(scan);
}

/* ---- firmware ---- */

static int find_table(void *data, const char *name, unsigned char type)
{
	if (strcmp(name, "CEDT") == 0)
		*(enum tristate *)data = TRI_YES;
	return 0;
}

static int pass_over(void *data, const char *name, unsigned char type)
{
	return 0;
}

static int scan_firmware_kind(struct scan *scan)
{
	struct setup *setup = &scan->snapshot->setup;
	const struct io_ops *ops = scan->io->ops;
	enum tristate cedt = TRI_NO;
	int rc = ops->list(scan->io, ACPI_TABLES_PATH, find_table, &cedt);

	if (rc == -ENOMEM)
		return rc;
	setup->has_cedt = rc == 0 ? cedt : TRI_UNKNOWN;
	rc = ops->list(scan->io, EFI_PATH, pass_over, NULL);
	if (rc == -ENOMEM)
		return rc;
	setup->has_efi = rc == 0 ? TRI_YES : rc == -ENOENT ? TRI_NO : TRI_UNKNOWN;
	return 0;
}

/* ---- udev ---- */

/* In this order: a file of an earlier directory stands for all of its name (udev(7)). */
static const char *const rule_directories[] = { "etc/udev/rules.d", "run/udev/rules.d",
						"usr/local/lib/udev/rules.d",
						"usr/lib/udev/rules.d", "lib/udev/rules.d" };

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
	size_t hit_capacity;
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

static int keep_hit(void *data, const struct udev_deed *deed)
{
	struct udev_scan *udev = data;
	struct memhp_snapshot *snapshot = udev->scan->snapshot;
	struct setup *setup = &snapshot->setup;
	const char *text;

	if (array_reserve(&setup->hits, setup->hit_count, &udev->hit_capacity,
			  sizeof(*setup->hits)) < 0)
		return -ENOMEM;
	text = arena_copy_text(snapshot->arena, deed->text.text, deed->text.len);
	if (text == NULL)
		return -ENOMEM;
	setup->hits[setup->hit_count++] = (struct udev_hit){
		.file = udev->file,
		.line = deed->line,
		.is_block = strcmp(udev->event.subsystem, "memory") == 0,
		.is_state = deed->is_state,
		.certain = deed->certain,
		.named = deed->named,
		.words = deed->words,
		.text = text,
	};
	return 0;
}

/* A block that was just added, and a dax device that was just found. */
static const struct udev_event events[] = {
	{ .subsystem = "memory",
	  .kernel = "memory42",
	  .devpath = "/devices/system/memory/memory42" },
	{ .subsystem = "dax", .kernel = "dax0.0" },
};

/* An empty file, and /dev/null instead of one, takes rules away. */
static int scan_file(struct udev_scan *udev, const struct rule_file *file)
{
	char path[IO_PATH_MAX];
	struct piece text;
	size_t i;
	int rc;

	text_format(path, sizeof(path), "%s/%s", file->dir, file->name);
	rc = scan_read(udev->scan, path, &text);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	udev->file = arena_copy(udev->scan->snapshot->arena, path);
	if (udev->file == NULL)
		return -ENOMEM;
	for (i = 0, rc = 0; rc == 0 && i < ARRAY_SIZE(events); i++) {
		udev->event.subsystem = events[i].subsystem;
		udev->event.kernel = events[i].kernel;
		udev->event.devpath = events[i].devpath;
		rc = parse_udev(text.text, text.len, &udev->event, keep_hit, udev);
	}
	return rc;
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

static int scan_udev(struct scan *scan)
{
	struct udev_scan udev = { .scan = scan };
	struct rule_files files = { .scan = scan };
	size_t i;
	int rc = begin_udev(&udev);

	if (rc == 0)
		rc = list_files(&files);
	for (i = 0; rc == 0 && i < files.count; i++) {
		if (i == 0 || strcmp(files.items[i - 1].name, files.items[i].name) != 0)
			rc = scan_file(&udev, &files.items[i]);
	}
	free(files.items);
	return rc;
}

int scan_setup(struct scan *scan)
{
	scan->snapshot->setup.scanned = true;
	if (scan_config(scan) < 0 || scan_firmware_kind(scan) < 0 || scan_udev(scan) < 0)
		return -ENOMEM;
	return 0;
}
