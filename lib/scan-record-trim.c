/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a recording is left out: counters that differ from one second to the next and that nobody
 * reads, settings that do not bear on memory, and what went away while it was recorded. What tells whose
 * machine it is goes by scan-record-anonymous.c. Reads nothing.
 */
#include <errno.h>
#include <string.h>

#include "scan-record.h"

static const char *const zoneinfo_keys[] = {
	"Node ",       "pages free ", "min ",	  "low ",   "high ",
	"spanned ",    "present ",    "managed ", "cma ",   "nr_free_cma ",
	"protection:", "start_pfn:",  "nr_zone_", "count:", NULL,
};
static const char *const vmstat_keys[] = { "nr_memmap_", NULL };
static const char *const meminfo_keys[] = {
	"MemTotal:", "MemFree:",   "MemAvailable:", "SwapTotal:",	  "SwapFree:",
	"Cma",	     "HugePages_", "Hugepagesize:", "HardwareCorrupted:", NULL,
};
static const char *const config_keys[] = {
	"CONFIG_ACPI_HMAT",
	"CONFIG_ACPI_HOTPLUG_MEMORY",
	"CONFIG_ACPI_NFIT",
	"CONFIG_ACPI_NUMA",
	"CONFIG_ARCH_ENABLE_MEMORY_HOT",
	"CONFIG_ARCH_ENABLE_HUGEPAGE_MIGRATION",
	"CONFIG_ARCH_FORCE_MAX_ORDER",
	"CONFIG_ARCH_MEMORY_PROBE",
	"CONFIG_ARCH_MHP_",
	"CONFIG_ARM64_16K_PAGES",
	"CONFIG_ARM64_4K_PAGES",
	"CONFIG_ARM64_64K_PAGES",
	"CONFIG_CMA",
	"CONFIG_COMPACTION",
	"CONFIG_CRASH_HOTPLUG",
	"CONFIG_CXL_",
	"CONFIG_DEBUG_INFO_BTF",
	"CONFIG_DEV_DAX",
	"CONFIG_EFI_SOFT_RESERVE",
	"CONFIG_FIRMWARE_MEMMAP",
	"CONFIG_FS_DAX",
	"CONFIG_HUGETLB",
	"CONFIG_HYPERV_BALLOON",
	"CONFIG_KASAN=",
	"CONFIG_KASAN ",
	"CONFIG_MEMORY_FAILURE",
	"CONFIG_MEMORY_HOT",
	"CONFIG_MHP_",
	"CONFIG_MIGRATION",
	"CONFIG_NUMA",
	"CONFIG_NVDIMM_DAX",
	"CONFIG_PAGE_EXTENSION",
	"CONFIG_PAGE_OWNER",
	"CONFIG_PAGE_SIZE_",
	"CONFIG_PAGE_TABLE_CHECK",
	"CONFIG_PROC_PAGE_MONITOR",
	"CONFIG_SPARSEMEM",
	"CONFIG_STRICT_DEVMEM",
	"CONFIG_TRANSPARENT_HUGEPAGE",
	"CONFIG_VIRTIO_MEM",
	"CONFIG_XEN_BALLOON_MEMORY_HOTPLUG",
	"CONFIG_XEN_UNPOPULATED_ALLOC",
	"CONFIG_ZONE_",
	NULL,
};

/* Of these files lines are kept by how they begin, blanks and what stands for all lines apart. */
static const struct line_row {
	const char *pattern;
	const char *const *keys;
} line_rows[] = {
	{ "proc/zoneinfo", zoneinfo_keys },
	{ "proc/vmstat", vmstat_keys },
	{ "proc/meminfo", meminfo_keys },
	{ "sys/devices/system/node/node*/meminfo", meminfo_keys },
	{ "boot/config-*", config_keys },
	{ "lib/modules/*/config", config_keys },
	{ "usr/lib/modules/*/config", config_keys },
	{ "proc/config.gz", config_keys },
};

/* These files are kept whole if a line of theirs that is no comment says one of the words. */
static const char *const memory_words[] = {
	"memory", "dax", "ATTR{state}", "MEMHP_LEFT", "auto_online_blocks", NULL
};
static const char *const module_words[] = { "dax",	  "kmem",	    "cxl",
					    "virtio_mem", "memory_hotplug", NULL };
static const struct file_row {
	const char *pattern;
	const char *const *words;
} file_rows[] = {
	{ "etc/modprobe.d/*.conf", module_words },
	{ "etc/udev/rules.d/*.rules", memory_words },
	{ "run/udev/rules.d/*.rules", memory_words },
	{ "usr/local/lib/udev/rules.d/*.rules", memory_words },
	{ "usr/lib/udev/rules.d/*.rules", memory_words },
	{ "lib/udev/rules.d/*.rules", memory_words },
};

/* Of these directories names are kept by how they begin; NULL: only those of files that are kept. */
static const struct name_row {
	const char *pattern;
	const char *prefix;
} name_rows[] = {
	{ "etc/udev/rules.d", NULL },
	{ "run/udev/rules.d", NULL },
	{ "usr/local/lib/udev/rules.d", NULL },
	{ "usr/lib/udev/rules.d", NULL },
	{ "lib/udev/rules.d", NULL },
	{ "run/systemd/units", "invocation:systemd-udev" },
	/* No name begins with that: that it is there is all. */
	{ "run/udev/data", "/" },
	{ "sys/bus/acpi/devices", "PNP0C80:" },
	{ "sys/bus/acpi/devices/PNP0C80:*", "physical_node" },
	{ "sys/bus/cxl/devices/region*", "target" },
	{ "sys/bus/dax/devices/*", "mapping" },
	{ "sys/bus/nd/devices/region*", "mapping" },
	{ "sys/devices/system/node/node*", "memory" },
	{ "sys/firmware/acpi/tables", "CEDT" },
	{ "sys/firmware/efi", "config_table" },
};

/* The answer becomes "not there", and goes. */
static void forget(struct dump_entry *entry)
{
	entry->error = ENOENT;
}

/* ---- lines ---- */

/* A line without what stands before its key: blanks, "Node 0" in meminfo of nodes, "# ". */
static const char *key_of(const char *line)
{
	static const char node[] = "Node ";
	const char *key = line + strspn(line, " ");
	size_t digits;

	if (strncmp(key, "# ", 2) == 0)
		key += 2;
	if (strncmp(key, node, sizeof(node) - 1) != 0)
		return key;
	digits = strspn(key + sizeof(node) - 1, "0123456789");
	return key[sizeof(node) - 1 + digits] == ' ' ? key + sizeof(node) + digits : key;
}

/* Text that was recorded is the recording's own, and only gets shorter. */
static void keep_lines(struct dump_entry *entry, const char *const *keys)
{
	char *text = (char *)entry->text, *to = text, *end = text + entry->count, *next;

	for (; text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next == NULL ? end : next + 1;
		if (!text_starts_with_any(key_of(text), keys))
			continue;
		memmove(to, text, (size_t)(next - text));
		to += next - text;
	}
	*to = '\0';
	entry->count = (size_t)(to - entry->text);
}

static bool says_any(const struct dump_entry *entry, const char *const *words)
{
	const char *text = entry->text, *end = text + entry->count, *next;
	const char *const *word;

	for (; text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next == NULL ? end : next + 1;
		if (text[strspn(text, " \t")] == '#')
			continue;
		for (word = words; *word != NULL; word++) {
			if (memmem(text, (size_t)(next - text), *word, strlen(*word)) != NULL)
				return true;
		}
	}
	return false;
}

static void trim_file(struct dump_entry *entry)
{
	size_t i;

	/* What it says is in the head. */
	if (strcmp(entry->path, "sys/kernel/btf/vmlinux") == 0)
		forget(entry);
	for (i = 0; i < ARRAY_SIZE(line_rows); i++) {
		if (path_matches(entry->path, line_rows[i].pattern))
			keep_lines(entry, line_rows[i].keys);
	}
	for (i = 0; i < ARRAY_SIZE(file_rows); i++) {
		if (path_matches(entry->path, file_rows[i].pattern) &&
		    !says_any(entry, file_rows[i].words))
			forget(entry);
	}
}

/* ---- names ---- */

static void trim_names(struct dump_entry *entry)
{
	struct dump_name *names = (struct dump_name *)entry->names;
	const struct name_row *row = NULL;
	size_t i, kept = 0;

	for (i = 0; row == NULL && i < ARRAY_SIZE(name_rows); i++) {
		if (path_matches(entry->path, name_rows[i].pattern))
			row = &name_rows[i];
	}
	if (row == NULL)
		return;
	if (row->prefix == NULL)
		forget(entry);
	for (i = 0; row->prefix != NULL && i < entry->count; i++) {
		if (text_starts_with(names[i].prefix, row->prefix))
			names[kept++] = names[i];
	}
	entry->count = kept;
}

/* ---- what went away ---- */

/* Whether every directory on the way to PATH that was listed has what leads on. */
static bool was_there_at_the_end(const struct dump *dump, const char *path)
{
	char dir[IO_PATH_MAX], name[IO_PATH_MAX];
	const char *slash;

	for (slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		const struct dump_entry *list;

		text_format(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		text_format(name, sizeof(name), "%.*s", (int)strcspn(slash + 1, "/"), slash + 1);
		list = dump_find(dump, dir, DUMP_LIST);
		if (list != NULL && list->error == ENOENT)
			return false;
		if (list != NULL && list->error == 0 && !dump_has_name(list, name))
			return false;
	}
	return true;
}

/* Rows of directories that are listed no more go; others stay in runs. */
static int prune_table(const struct dump *dump, struct dump_table *table)
{
	struct dump_table kept = { .file_count = table->file_count };
	char path[IO_PATH_MAX];
	uint64_t number;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < table->row_count; i++) {
		const struct dump_row *row = &table->rows[i];

		for (number = row->first; rc == 0 && number <= row->last; number++) {
			text_format(path, sizeof(path), "%s%u", table->prefix,
				    (unsigned int)number);
			if (was_there_at_the_end(dump, path))
				rc = dump_add_row(&kept, (uint32_t)number, (uint32_t)number,
						  row->cells);
		}
	}
	free(table->rows);
	table->rows = kept.rows;
	table->row_count = kept.row_count;
	table->row_capacity = kept.row_capacity;
	return rc;
}

/* What is marked, or not there, goes. */
static void sweep_out(struct dump *dump)
{
	size_t i, kept = 0;

	for (i = 0; i < dump->entry_count; i++) {
		if (dump->entries[i].line != UINT32_MAX && dump->entries[i].error != ENOENT)
			dump->entries[kept++] = dump->entries[i];
	}
	dump->entry_count = kept;
}

static int prune(struct dump *dump)
{
	size_t i;
	int rc = 0;

	/* All are judged before one is taken away. */
	for (i = 0; i < dump->entry_count; i++) {
		if (!was_there_at_the_end(dump, dump->entries[i].path))
			dump->entries[i].line = UINT32_MAX;
	}
	for (i = 0; rc == 0 && i < dump->table_count; i++)
		rc = prune_table(dump, &dump->tables[i]);
	sweep_out(dump);
	return rc;
}

/* ---- the whole ---- */

int scan_record_trim(struct dump *dump, bool anonymous)
{
	size_t i;

	if (anonymous)
		scan_record_anonymous(dump);
	for (i = 0; i < dump->entry_count; i++) {
		struct dump_entry *entry = &dump->entries[i];

		if (entry->error != 0 || entry->kind != DUMP_FILE)
			continue;
		if (scan_record_unpack(dump, entry) < 0)
			return -ENOMEM;
		trim_file(entry);
	}
	if (prune(dump) < 0)
		return -ENOMEM;
	for (i = 0; i < dump->entry_count; i++) {
		struct dump_entry *entry = &dump->entries[i];

		if (entry->error == 0 && entry->kind == DUMP_LIST)
			trim_names(entry);
	}
	sweep_out(dump);
	return 0;
}
