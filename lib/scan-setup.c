/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the machine is set up: the kernel's build options, what the firmware describes, and whether udev has begun; its
 * rules are in scan-udev.c. Not read by an ordinary scan. Judges nothing.
 */
#include <errno.h>
#include <string.h>

#include "gunzip.h"
#include "scan-walk.h"

#define ACPI_TABLES_PATH "sys/firmware/acpi/tables"
#define EFI_PATH "sys/firmware/efi"
#define UNITS_PATH "run/systemd/units"
#define UDEV_DATA_PATH "run/udev/data"
#define CONFIG_GZ_PATH "proc/config.gz"
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

/* ---- whether udev has begun ---- */

static int find_udev_unit(void *data, const char *name, unsigned char type)
{
	static const char *const units[] = { "invocation:systemd-udevd.service",
					     "invocation:systemd-udev-trigger.service" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(name, units[i]) == 0)
			*(enum tristate *)data = TRI_YES;
	}
	return 0;
}

/*
 * systemd has a link for each service that runs, so that of an initramfs is not taken for the system's. The socket is
 * there before udevd, and what udev notes outlives the initramfs: only where there is no systemd do its notes count.
 */
static int scan_udev_begun(struct scan *scan)
{
	struct setup *setup = &scan->snapshot->setup;
	const struct io_ops *ops = scan->io->ops;
	enum tristate told = TRI_NO;
	int rc = ops->list(scan->io, UNITS_PATH, find_udev_unit, &told);

	if (rc == -ENOENT) {
		rc = ops->list(scan->io, UDEV_DATA_PATH, pass_over, NULL);
		told = rc == 0 ? TRI_YES : TRI_NO;
	}
	if (rc == -ENOMEM)
		return rc;
	setup->udev_has_told = rc == 0 || rc == -ENOENT ? told : TRI_UNKNOWN;
	return 0;
}

int scan_setup(struct scan *scan)
{
	scan->snapshot->setup.scanned = true;
	if (scan_config(scan) < 0 || scan_firmware_kind(scan) < 0 || scan_udev_begun(scan) < 0 ||
	    scan_udev(scan) < 0)
		return -ENOMEM;
	return 0;
}
