/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tells whose machine was recorded, taken out of a recording: names, serials and uuids, wherever
 * they are known to stand and wherever people may have written them; of the command line all that does
 * not bear on memory. Reads nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "scan-record.h"

/* What tells which machine this is. */
static const char *const identities[] = {
	"proc/sys/kernel/hostname",
	"proc/sys/kernel/random/boot_id",
	"run/memhp/journal",
};
/* ... and in sysfs, of whatever device and by whatever path to it. */
static const char *const identity_names[] = { "serial", "uuid" };
/* What is of no use to anybody but the machine itself. */
static const char *const private_files[] = { "run/memhp/journal" };
/* Written by people, who may have written it there too: in the text, and in the name of the file. */
static const char *const writings[] = {
	"etc/memhp.conf",	    "etc/memhp.conf.d/*.conf",
	"etc/modprobe.d/*.conf",    "etc/udev/rules.d/*.rules",
	"run/udev/rules.d/*.rules", "usr/local/lib/udev/rules.d/*.rules",
};
static const char *const directories[] = { "etc/memhp.conf.d", "etc/modprobe.d", "etc/udev/rules.d",
					   "run/udev/rules.d", "usr/local/lib/udev/rules.d" };
/* Keys of policy files whose values are of that kind, also where they are of another machine. */
static const char *const secret_keys[] = { "match-serial", "match-uuid" };
/* Parameters that bear on memory; others may hold anything. */
static const char *const parameters[] = {
	"acpi",
	"cma",
	"crashkernel",
	"cxl",
	"dax",
	"debug_pagealloc",
	"default_hugepagesz",
	"device_hmem",
	"efi=",
	"hugepage",
	"hugetlb",
	"kernelcore",
	"kmem",
	"mem=",
	"memhp_",
	"memmap=",
	"memory_hotplug",
	"modprobe.blacklist",
	"module_blacklist",
	"movable",
	"nohmat",
	"nohmem",
	"nokaslr",
	"numa",
	"page_owner",
	"rd.driver.blacklist",
	"transparent_hugepage",
	"virtio_mem",
	NULL,
};

static bool matches_any(const char *path, const char *const *patterns, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (path_matches(path, patterns[i]))
			return true;
	}
	return false;
}

static bool is_identity(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t i;

	if (matches_any(path, identities, ARRAY_SIZE(identities)))
		return true;
	if (slash == NULL || !text_starts_with(path, "sys/"))
		return false;
	for (i = 0; i < ARRAY_SIZE(identity_names); i++) {
		if (strcmp(slash + 1, identity_names[i]) == 0)
			return true;
	}
	return false;
}

/* ---- what they are called ---- */

/* A word of fewer letters than this stands in many others, and is looked for by itself alone. */
#define LONG_ENOUGH 4

static bool is_letter(char letter)
{
	return isalnum((unsigned char)letter) || letter == '_';
}

static bool stands_alone(const char *text, size_t len, size_t at, size_t word)
{
	return (at == 0 || !is_letter(text[at - 1])) &&
	       (at + word == len || !is_letter(text[at + word]));
}

/* Every WORD in a text becomes as many x. */
static void mask_word(char *text, size_t len, const char *word, size_t word_len)
{
	size_t at = 0;

	while (word_len > 0 && at + word_len <= len) {
		if (strncasecmp(text + at, word, word_len) != 0 ||
		    (word_len < LONG_ENOUGH && !stands_alone(text, len, at, word_len))) {
			at++;
			continue;
		}
		memset(text + at, 'x', word_len);
		at += word_len;
	}
}

static void mask(const struct dump *dump, char *text, size_t len)
{
	size_t i;

	for (i = 0; i < dump->entry_count; i++) {
		const struct dump_entry *entry = &dump->entries[i];

		if (entry->kind == DUMP_FILE && entry->error == 0 && is_identity(entry->path))
			mask_word(text, len, entry->text, strcspn(entry->text, "\n"));
	}
}

/* ---- what people wrote ---- */

static bool is_secret(const char *line)
{
	size_t i;

	line += strspn(line, " \t");
	for (i = 0; i < ARRAY_SIZE(secret_keys); i++) {
		size_t len = strlen(secret_keys[i]);

		if (strncasecmp(line, secret_keys[i], len) == 0 &&
		    line[len + strspn(line + len, " \t")] == '=')
			return true;
	}
	return false;
}

/* Texts are terminated. */
static void mask_values(char *text)
{
	while (*text != '\0') {
		char *end = text + strcspn(text, "\n"), *at = text;

		if (is_secret(text)) {
			for (at = strchr(text, '='); at < end; at++)
				*at = is_letter(*at) ? 'x' : *at;
		}
		text = end + (*end == '\n');
	}
}

/* What was recorded is the recording's own, its paths and names too. */
static void mask_writing(const struct dump *dump, const struct dump_entry *entry)
{
	size_t i;

	if (entry->kind == DUMP_FILE && entry->error == 0 &&
	    matches_any(entry->path, writings, ARRAY_SIZE(writings))) {
		mask(dump, (char *)entry->text, entry->count);
		mask_values((char *)entry->text);
	}
	if (entry->kind == DUMP_LIST &&
	    matches_any(entry->path, directories, ARRAY_SIZE(directories))) {
		for (i = 0; i < entry->count; i++)
			mask(dump, (char *)entry->names[i].prefix, strlen(entry->names[i].prefix));
	}
	if (matches_any(entry->path, writings, ARRAY_SIZE(writings)))
		mask(dump, (char *)entry->path, strlen(entry->path));
}

/* ---- the command line ---- */

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\n' || letter == '\0';
}

/*
 * Words of the command line that bear on memory; "..." for all others. Each takes no more room than
 * it did.
 */
static void keep_parameters(struct dump_entry *entry)
{
	static const char others[] = "...";
	char *at = (char *)entry->text, *to = at, *end = at + entry->count;
	bool cut = false;

	while (at < end) {
		char *word = at;

		while (at < end && !is_blank(*at))
			at++;
		if (at > word && text_starts_with_any(word, parameters)) {
			memmove(to, word, (size_t)(at - word));
			to += at - word;
			*to++ = ' ';
		} else if (at - word >= (ptrdiff_t)sizeof(others)) {
			cut = true;
		}
		at++;
	}
	if (cut) {
		memcpy(to, others, sizeof(others) - 1);
		to += sizeof(others);
	}
	if (to > entry->text)
		to[-1] = '\n';
	entry->count = (size_t)(to - entry->text);
}

void scan_record_anonymous(struct dump *dump)
{
	size_t i;

	for (i = 0; i < dump->entry_count; i++) {
		struct dump_entry *entry = &dump->entries[i];

		if (strcmp(entry->path, "proc/cmdline") == 0 && entry->kind == DUMP_FILE &&
		    entry->error == 0)
			keep_parameters(entry);
		else
			mask_writing(dump, entry);
	}
	for (i = 0; i < dump->entry_count; i++) {
		const char *path = dump->entries[i].path;

		if (is_identity(path) ||
		    matches_any(path, private_files, ARRAY_SIZE(private_files)))
			dump->entries[i].error = ENOENT;
	}
	/* Names that were masked may stand elsewhere now. */
	dump_order(dump);
}
