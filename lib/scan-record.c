/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a machine is recorded though no scan reads it: a person, or a later memhp, may want to know.
 * What is left out again is said in scan-record-trim.c.
 */
#include <errno.h>
#include <string.h>

#include "policy-file.h"
#include "scan-record.h"
#include "scan-walk.h"

/* A file that is longer is none of those below. */
#define FILE_SIZE_MAX (1024U * 1024)

/* '*' stands for any part of one component; %s for the kernel's release. */
static const char *const more[] = {
	"proc/cmdline",
	"proc/meminfo",
	"proc/version",
	"proc/sys/vm/movable_gigantic_pages",
	"proc/sys/vm/nr_overcommit_hugepages",
	"sys/kernel/kexec_crash_loaded",
	"sys/kernel/kexec_crash_size",
	"sys/kernel/mm/hugepages/*/nr_hugepages",
	"sys/kernel/mm/mempolicy/weighted_interleave/*",
	"sys/kernel/mm/numa/demotion_enabled",
	"sys/kernel/mm/transparent_hugepage/enabled",
	"sys/module/acpi_memhotplug/parameters/*",
	"sys/module/dax_hmem/parameters/*",
	"sys/module/device_hmem/parameters/*",
	"sys/module/kernel/parameters/crash_kexec_post_notifiers",
	"sys/module/memory_hotplug/parameters/*",
	"sys/module/virtio_mem/parameters/*",
	"sys/devices/system/memory/crash_hotplug",
	"sys/devices/system/node/has_memory",
	"sys/devices/system/node/has_normal_memory",
	"sys/devices/system/node/has_generic_initiator",
	"sys/devices/system/node/online",
	"sys/devices/system/node/possible",
	"sys/devices/system/node/node*/cpulist",
	"sys/devices/system/node/node*/access*/initiators/*_bandwidth",
	"sys/devices/system/node/node*/access*/initiators/*_latency",
	"sys/devices/system/node/node*/hugepages/*/nr_hugepages",
	"sys/devices/system/node/node*/hugepages/*/free_hugepages",
	"sys/devices/system/node/node*/memory_side_cache/*/size",
	"sys/bus/dax/devices/*/numa_node",
	"sys/bus/dax/devices/*/resource",
	"sys/bus/dax/devices/*/modalias",
	"sys/bus/acpi/devices/PNP0C80:*/path",
	"sys/bus/acpi/devices/PNP0C80:*/status",
	"sys/bus/cxl/devices/decoder*/mode",
	"sys/bus/cxl/devices/decoder*/size",
	"sys/bus/cxl/devices/decoder*/start",
	"sys/bus/cxl/devices/mem*/firmware_version",
	"sys/bus/cxl/devices/mem*/numa_node",
	"sys/bus/cxl/devices/mem*/serial",
	"sys/bus/cxl/devices/mem*/pmem/size",
	"sys/bus/cxl/devices/mem*/ram/size",
	"sys/bus/cxl/devices/region*/commit",
	"sys/bus/cxl/devices/region*/interleave_granularity",
	"sys/bus/cxl/devices/region*/interleave_ways",
	"sys/bus/cxl/devices/region*/mode",
	"sys/bus/cxl/devices/region*/resource",
	"sys/bus/cxl/devices/region*/size",
	"sys/bus/nd/devices/namespace*/mode",
	"sys/bus/nd/devices/namespace*/size",
	"sys/bus/nd/devices/region*/size",
	"sys/firmware/acpi/hotplug/memory/enabled",
	"sys/firmware/memory/memory*/config",
	"sys/firmware/memory/memory*/memmap_on_memory",
	"etc/memhp.conf",
	"etc/memhp.conf.d/*.conf",
	"etc/modprobe.d/*.conf",
};

/* ---- patterns ---- */

/* One component; a star in it stands for anything, once. */
static bool component_matches(const char *name, size_t len, const char *pattern, size_t pattern_len)
{
	const char *star = memchr(pattern, '*', pattern_len);
	size_t before, after;

	if (star == NULL)
		return len == pattern_len && strncmp(name, pattern, len) == 0;
	before = (size_t)(star - pattern);
	after = pattern_len - before - 1;
	return len >= before + after && strncmp(name, pattern, before) == 0 &&
	       strncmp(name + len - after, star + 1, after) == 0;
}

bool path_matches(const char *path, const char *pattern)
{
	for (;;) {
		size_t len = strcspn(path, "/"), pattern_len = strcspn(pattern, "/");

		if (!component_matches(path, len, pattern, pattern_len) ||
		    path[len] != pattern[pattern_len])
			return false;
		if (path[len] == '\0')
			return true;
		path += len + 1;
		pattern += pattern_len + 1;
	}
}

/* ---- the walk ---- */

struct more_walk {
	struct io *inner; /* to find names: which ones were looked at does not matter */
	struct io *recording;
	char *text; /* room for a file */
};

/* Names in a directory that fit one component of a pattern. */
struct matching {
	const char *pattern;
	size_t pattern_len;
	struct arena *arena;
	char **names;
	size_t count;
	size_t capacity;
};

static int add_matching(void *data, const char *name, unsigned char type)
{
	struct matching *matching = data;
	char *copy;

	if (!component_matches(name, strlen(name), matching->pattern, matching->pattern_len))
		return 0;
	if (array_reserve(&matching->names, matching->count, &matching->capacity,
			  sizeof(*matching->names)) < 0)
		return -ENOMEM;
	copy = arena_copy(matching->arena, name);
	if (copy == NULL)
		return -ENOMEM;
	matching->names[matching->count++] = copy;
	return 0;
}

static void matching_cleanup(struct matching *matching)
{
	arena_free(matching->arena);
	free(matching->names);
}

/* That something cannot be read is kept by the recording, and is no failure here. */
static int read_one(struct more_walk *walk, const char *path)
{
	size_t len;
	int rc = walk->recording->ops->read(walk->recording, path, 0, walk->text, FILE_SIZE_MAX,
					    &len);

	return rc == -ENOMEM ? rc : 0;
}

static int read_matching(struct more_walk *walk, const char *done, const char *pattern)
{
	const char *star = strchr(pattern, '*'), *start = star, *end;
	struct matching matching = { .names = NULL };
	char path[IO_PATH_MAX], dir[IO_PATH_MAX];
	size_t i;
	int rc;

	if (star == NULL) {
		text_format(path, sizeof(path), "%s%s", done, pattern);
		return read_one(walk, path);
	}
	while (start > pattern && start[-1] != '/')
		start--;
	end = star + strcspn(star, "/");
	text_format(dir, sizeof(dir), "%s%.*s", done, (int)(start - pattern), pattern);
	matching.pattern = start;
	matching.pattern_len = (size_t)(end - start);
	matching.arena = arena_new();
	if (matching.arena == NULL)
		return -ENOMEM;
	rc = walk->inner->ops->list(walk->inner, dir, add_matching, &matching);
	if (rc != -ENOMEM)
		rc = 0;
	for (i = 0; rc == 0 && i < matching.count; i++) {
		text_format(path, sizeof(path), "%s%s", dir, matching.names[i]);
		rc = read_matching(walk, path, end);
	}
	matching_cleanup(&matching);
	return rc;
}

int scan_record_more(struct io *inner, struct io *recording, const char *kernel)
{
	_cleanup_free_ char *text = malloc(FILE_SIZE_MAX);
	struct more_walk walk = { .inner = inner, .recording = recording, .text = text };
	char pattern[IO_PATH_MAX];
	size_t i;
	int rc = text == NULL ? -ENOMEM : 0;

	for (i = 0; rc == 0 && i < ARRAY_SIZE(more); i++) {
		const char *release = strstr(more[i], "%s");

		if (release == NULL) {
			rc = read_matching(&walk, "", more[i]);
			continue;
		}
		/* A release is one name: nothing else may come of it. */
		if (kernel == NULL || strchr(kernel, '/') != NULL || strchr(kernel, '*') != NULL)
			continue;
		text_format(pattern, sizeof(pattern), "%.*s%s%s", (int)(release - more[i]), more[i],
			    kernel, release + 2);
		rc = read_matching(&walk, "", pattern);
	}
	return rc;
}

/* ---- policy ---- */

/* What the policy is read from; whether it makes sense is for those who use it. */
int scan_record_policy(struct io *recording)
{
	struct policy_entries entries = { .arena = NULL };
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	int rc = policy_files_read(recording, NULL, &error, &entries);

	policy_entries_clear(&entries);
	return rc == -ENOMEM ? rc : 0;
}
