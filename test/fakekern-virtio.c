/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's virtio-mem devices: their driver adds and removes blocks as the hypervisor likes.
 */
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

void fakekern_add_virtio_mem(struct fakekern *kernel, const char *name, int node,
			     struct fakekern_range range)
{
	struct virtio_mem *device = kernel_alloc(sizeof(*device));
	char path[128];

	snprintf(device->name, sizeof(device->name), "%s", name);
	device->node = node;
	device->range = range;
	device->group.max_pages = range.size / kernel->config.page_size;
	device->group.unit_pages = block_pages(kernel);
	device->additions =
		kernel_alloc(range.size / kernel->config.block_size * sizeof(struct addition));
	kernel->virtios = kernel_grow(kernel->virtios, kernel->virtio_count,
				      &kernel->virtio_capacity, sizeof(struct virtio_mem *));
	kernel->virtios[kernel->virtio_count++] = device;
	resource_request(kernel, range.start, range.size, true, name, NULL);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:04.0/%s/device", name);
	tree_text(kernel, path, "0x0018\n");
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:04.0/%s", name);
	tree_directory(kernel, "sys/bus/virtio/drivers/virtio_mem");
	tree_link(tree_directory(kernel, path), "driver",
		  "../../../../bus/virtio/drivers/virtio_mem");
	snprintf(path, sizeof(path), "../../../devices/pci0000:00/0000:00:04.0/%s", name);
	tree_link(tree_directory(kernel, "sys/bus/virtio/devices"), name, path);
}

static struct virtio_mem *find(struct fakekern *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->virtio_count; i++) {
		if (strcmp(kernel->virtios[i]->name, name) == 0)
			return kernel->virtios[i];
	}
	return NULL;
}

/* Adjacent entries of iomem are merged: one entry for all that is plugged. */
static void merged_resource(struct fakekern *kernel, const struct virtio_mem *device, size_t before)
{
	uint64_t size = kernel->config.block_size;

	if (before > 0)
		resource_release(kernel, device->range.start, before * size,
				 "System RAM (virtio_mem)");
	if (device->plugged > 0)
		resource_request(kernel, device->range.start, device->plugged * size, true,
				 "System RAM (virtio_mem)", NULL);
}

size_t fakekern_plug(struct fakekern *kernel, const char *name, size_t count)
{
	struct virtio_mem *device = find(kernel, name);
	uint64_t size = kernel->config.block_size;
	size_t before = device->plugged, most = device->range.size / size;

	while (device->plugged < most && device->plugged < before + count) {
		struct addition *addition = &device->additions[device->plugged];

		*addition = (struct addition){
			.start = device->range.start + device->plugged * size,
			.size = size,
			.node = device->node,
			.resource = "System RAM (virtio_mem)",
			.group = &device->group,
		};
		if (memory_add(kernel, addition) < 0)
			break;
		resource_release(kernel, addition->start, size, addition->resource);
		device->plugged++;
	}
	merged_resource(kernel, device, before);
	return device->plugged - before;
}

size_t fakekern_unplug(struct fakekern *kernel, const char *name, size_t count)
{
	struct virtio_mem *device = find(kernel, name);
	size_t before = device->plugged;

	while (device->plugged > 0 && before - device->plugged < count) {
		struct addition *addition = &device->additions[device->plugged - 1];
		struct block *block =
			block_find(kernel, (uint32_t)(addition->start / kernel->config.block_size));

		if (block->online && block_offline(kernel, block) < 0)
			break;
		if (memory_remove(kernel, addition) < 0)
			break;
		device->plugged--;
	}
	merged_resource(kernel, device, before);
	return before - device->plugged;
}
