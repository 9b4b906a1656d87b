/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's drivers for dax devices, device_dax and kmem: which devices they match, what
 * binding and unbinding do, and the modules that bring them. As in drivers/dax/{bus,device,kmem}.c
 * and drivers/base/bus.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

struct driver *driver_find(struct fakekern *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->driver_count; i++) {
		if (strcmp(kernel->drivers[i].name, name) == 0)
			return &kernel->drivers[i];
	}
	return NULL;
}

static bool has_id(const struct driver *driver, const char *name)
{
	for (size_t i = 0; i < driver->id_count; i++) {
		if (strcmp(driver->ids[i], name) == 0)
			return true;
	}
	return false;
}

/* Before devices had a type, device_dax took them all and kmem none but those whose id it was given. */
static bool matches(const struct fakekern *kernel, const struct driver *driver,
		    const struct dax *dax)
{
	bool is_kmem = strcmp(driver->name, "kmem") == 0;

	if (has_id(driver, dax->name))
		return true;
	if (!kernel->config.kmem_autobind)
		return !is_kmem;
	return is_kmem == (dax->provider != FAKEKERN_PMEM);
}

/* In the kernel, until the device is not locked any more: 0, or why the process is out of it again. */
static int wait_for_lock(struct fakekern *kernel, const struct dax *dax)
{
	while (dax->leaving != NULL || dax->arriving) {
		if (writer_cancelled(kernel))
			return -ECANCELED;
		if (kernel->time >= kernel->deadline)
			return -ETIMEDOUT;
		if (kernel->deadline == IO_NO_DEADLINE && kernel->event_count == 0) {
			violation_add(kernel, "%s is waited for, for ever", dax->name);
			return -ETIMEDOUT;
		}
		clock_move(kernel, MIN(kernel->deadline, kernel->time + SECOND), writer_cancelled);
	}
	return 0;
}

static void let_go(struct fakekern *kernel, struct dax *dax)
{
	dax->driver = NULL;
	tree_remove(tree_child(dax->directory, "driver"));
	kernel_tells(kernel);
}

static int finish_arriving(struct fakekern *kernel, struct dax *dax)
{
	int rc = dax->arriving ? dax->driver->probe(kernel, dax) : 0;

	dax->arriving = false;
	if (rc < 0)
		let_go(kernel, dax);
	return rc;
}

/* The link comes first. */
static int bind(struct fakekern *kernel, struct driver *driver, struct dax *dax)
{
	char target[64];
	int rc = wait_for_lock(kernel, dax);

	if (rc < 0)
		return rc;
	if (dax->driver != NULL)
		return -EBUSY;
	if (dax->mapping_count == 0 || dax->id < 0)
		return -ENXIO;
	dax->driver = driver;
	snprintf(target, sizeof(target), "bus/dax/drivers/%s", driver->name);
	dax_link(dax, "driver", target);
	kernel_tells(kernel);
	dax->arriving = true;
	return kernel->held_up ? wait_for_lock(kernel, dax) : finish_arriving(kernel, dax);
}

int driver_attach(struct fakekern *kernel, struct driver *driver)
{
	for (size_t i = 0; i < kernel->dax_count && driver->loaded; i++) {
		struct dax *dax = kernel->daxes[i];
		int rc = 0;

		if (dax->driver == NULL && matches(kernel, driver, dax))
			rc = bind(kernel, driver, dax);
		if (rc == -ETIMEDOUT || rc == -ECANCELED)
			return rc;
	}
	return 0;
}

void driver_offer(struct fakekern *kernel, struct dax *dax)
{
	for (size_t i = 0; i < kernel->driver_count && dax->driver == NULL; i++) {
		struct driver *driver = &kernel->drivers[i];

		if (driver->loaded && matches(kernel, driver, dax))
			bind(kernel, driver, dax);
	}
}

static void finish_leaving(struct fakekern *kernel, struct dax *dax)
{
	struct driver *driver = dax->leaving;

	dax->leaving = NULL;
	if (driver != NULL)
		driver->remove(kernel, dax);
}

/* The link goes first. */
void driver_detach(struct fakekern *kernel, struct dax *dax)
{
	if (dax->driver == NULL)
		return;
	dax->leaving = dax->driver;
	let_go(kernel, dax);
	if (!kernel->held_up)
		finish_leaving(kernel, dax);
}

void fakekern_hold_up(struct fakekern *kernel, uint32_t block, bool held)
{
	fakekern_going_offline(kernel, block, held);
	kernel->held_up = held;
	for (size_t i = 0; i < kernel->dax_count && !held; i++) {
		finish_leaving(kernel, kernel->daxes[i]);
		(void)finish_arriving(kernel, kernel->daxes[i]);
	}
}

static int store_bind(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dax *dax = dax_find(kernel, word);

	if (dax == NULL || !matches(kernel, entry->object, dax))
		return -ENODEV;
	return bind(kernel, entry->object, dax);
}

static int store_unbind(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct dax *dax = dax_find(kernel, word);
	int rc;

	if (dax == NULL || dax->driver != entry->object)
		return -ENODEV;
	rc = wait_for_lock(kernel, dax);
	if (rc < 0)
		return rc;
	driver_detach(kernel, dax);
	return wait_for_lock(kernel, dax);
}

/* -EINVAL for all but exactly "daxR.I"; there need not be such a device. */
static int parse_id(const char *word, char id[16])
{
	int region, device;

	if (sscanf(word, "dax%d.%d", &region, &device) != 2)
		return -EINVAL;
	snprintf(id, 16, "dax%d.%d", region, device);
	return word_is(word, id) ? 0 : -EINVAL;
}

static int store_new_id(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct driver *driver = entry->object;
	char id[16];
	int rc = parse_id(word, id);

	if (rc < 0)
		return rc;
	if (!has_id(driver, id)) {
		if (driver->id_count == ARRAY_SIZE(driver->ids))
			return -ENOMEM;
		memcpy(driver->ids[driver->id_count++], id, sizeof(id));
	}
	return driver_attach(kernel, driver);
}

static int store_remove_id(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct driver *driver = entry->object;
	char id[16];
	int rc = parse_id(word, id);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < driver->id_count; i++) {
		if (strcmp(driver->ids[i], id) == 0)
			memcpy(driver->ids[i], driver->ids[--driver->id_count], sizeof(id));
	}
	return 0;
}

/* device_dax: a character device, whose struct pages the kernel pays for. */
static int device_dax_probe(struct fakekern *kernel, struct dax *dax)
{
	uint64_t pages = dax_size(dax) / kernel->config.page_size;
	struct node *node = node_get(kernel, MAX(dax->numa_node, 0));
	int rc = 0;

	for (size_t i = 0; i < dax->mapping_count && rc == 0; i++) {
		rc = resource_request(kernel, dax->mappings[i].start, dax->mappings[i].size, true,
				      dax->name, "");
		for (size_t j = 0; rc < 0 && j < i; j++)
			resource_release(kernel, dax->mappings[j].start, dax->mappings[j].size,
					 dax->name);
	}
	if (rc < 0)
		return rc;
	dax->pagemap_pages = dax->align >= 2 * MIB ? pages / 256 : pages / 64;
	rc = pages_take(kernel, node->id, dax->pagemap_pages, &dax->pagemap);
	if (rc == 0)
		kernel->memmap_count += (int64_t)dax->pagemap_pages;
	for (size_t i = 0; i < dax->mapping_count; i++) {
		const struct fakekern_range *range = &dax->mappings[i];
		uint64_t start = range->start / kernel->config.page_size;
		uint64_t end = (range->start + range->size) / kernel->config.page_size;

		if (rc < 0)
			resource_release(kernel, range->start, range->size, dax->name);
		else if (node->device_end == 0 || start < node->device_start)
			node->device_start = start;
		if (rc == 0)
			node->device_end = MAX(node->device_end, end);
	}
	kernel->zones_stale = true;
	return rc;
}

static void device_dax_remove(struct fakekern *kernel, struct dax *dax)
{
	pages_give(kernel, &dax->pagemap);
	kernel->memmap_count -= (int64_t)dax->pagemap_pages;
	for (size_t i = 0; i < dax->mapping_count; i++)
		resource_release(kernel, dax->mappings[i].start, dax->mappings[i].size, dax->name);
}

/* What of a mapping is whole blocks. */
static struct fakekern_range trimmed(const struct fakekern *kernel,
				     const struct fakekern_range *range)
{
	uint64_t size = kernel->config.block_size;
	uint64_t start = (range->start + size - 1) / size * size;
	uint64_t end = (range->start + range->size) / size * size;

	return (struct fakekern_range){ start, end > start ? end - start : 0 };
}

/* Adds one range. Its resource is kept only if that went well. */
static int kmem_add(struct fakekern *kernel, struct dax *dax, size_t index)
{
	struct fakekern_range range = trimmed(kernel, &dax->mappings[index]);
	struct addition *addition = kernel_keep(kernel, sizeof(*addition));
	int rc = resource_request(kernel, range.start, range.size, true, dax->name, "");

	if (rc < 0)
		return rc;
	*addition = (struct addition){
		.start = range.start,
		.size = range.size,
		.node = dax->target_node,
		.resource = "System RAM (kmem)",
		.group = dax->group,
		.self_hosted = dax->memmap_on_memory && memmap_on_memory_works(kernel),
	};
	rc = memory_add(kernel, addition);
	if (rc < 0)
		resource_release(kernel, range.start, range.size, dax->name);
	else
		dax->additions[index] = addition;
	return rc;
}

/* Once one range was added, the failure of others is not told. */
static int kmem_probe(struct fakekern *kernel, struct dax *dax)
{
	uint64_t total = 0;
	bool added = false;

	for (size_t i = 0; i < dax->mapping_count; i++)
		total += trimmed(kernel, &dax->mappings[i]).size;
	if (dax->target_node < 0 || total == 0)
		return -EINVAL;
	dax->group = kernel_keep(kernel, sizeof(*dax->group));
	dax->group->max_pages = total / kernel->config.page_size;
	for (size_t i = 0; i < dax->mapping_count; i++) {
		if (trimmed(kernel, &dax->mappings[i]).size == 0)
			continue;
		int rc = kmem_add(kernel, dax, i);

		if (rc < 0 && !added)
			return rc;
		added |= rc == 0;
	}
	return 0;
}

/* Unbinding always succeeds; a range with a block online stays for ever, and so does its resource. */
static void kmem_remove(struct fakekern *kernel, struct dax *dax)
{
	for (size_t i = 0; i < dax->mapping_count; i++) {
		struct addition *addition = dax->additions[i];

		dax->additions[i] = NULL;
		if (addition == NULL)
			continue;
		if (memory_remove(kernel, addition) == 0)
			resource_release(kernel, addition->start, addition->size, dax->name);
		else
			violation_add(kernel, "%s unbound from kmem with a block online: leaked",
				      dax->name);
	}
	dax->group = NULL;
}

static const struct attribute driver_attributes[] = {
	WRITES("bind", NULL, store_bind),
	WRITES("unbind", NULL, store_unbind),
	WRITES("new_id", NULL, store_new_id),
	WRITES("remove_id", NULL, store_remove_id),
};

int driver_load(struct fakekern *kernel, struct driver *driver)
{
	char path[64];

	if (driver->loaded)
		return 0;
	driver->loaded = true;
	snprintf(path, sizeof(path), "sys/module/%s/initstate", driver->name);
	tree_text(kernel, path, "live\n");
	snprintf(path, sizeof(path), "sys/bus/dax/drivers/%s", driver->name);
	struct entry *directory = tree_directory(kernel, path);
	tree_attributes(directory, driver_attributes, ARRAY_SIZE(driver_attributes), driver);
	snprintf(path, sizeof(path), "../../../../module/%s", driver->name);
	tree_link(directory, "module", path);
	return driver_attach(kernel, driver);
}

int module_load(struct fakekern *kernel, const char *name)
{
	struct driver *driver = driver_find(kernel, name);

	if (strcmp(kernel->failing_module, name) == 0 && kernel->failing_module_rc < 0)
		return kernel->failing_module_rc;
	if (driver == NULL)
		return -ENOENT;
	return driver_load(kernel, driver);
}

void fakekern_fail_module(struct fakekern *kernel, const char *module, int rc)
{
	snprintf(kernel->failing_module, sizeof(kernel->failing_module), "%s", module);
	kernel->failing_module_rc = rc;
}

int fakekern_load(struct fakekern *kernel, const char *module)
{
	return module_load(kernel, module);
}

const char *fakekern_driver(struct fakekern *kernel, const char *device)
{
	const struct dax *dax = dax_find(kernel, device);

	return dax != NULL && dax->driver != NULL ? dax->driver->name : "";
}

/* kmem is offered devices first: where both could match, its type says so. */
void dax_files(struct fakekern *kernel)
{
	kernel->drivers[0] =
		(struct driver){ .name = "kmem", .probe = kmem_probe, .remove = kmem_remove };
	kernel->drivers[1] = (struct driver){
		.name = "device_dax",
		.probe = device_dax_probe,
		.remove = device_dax_remove,
	};
	kernel->driver_count = 2;
	tree_directory(kernel, "sys/bus/dax/devices");
	tree_directory(kernel, "sys/bus/dax/drivers");
}
