/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events by libudev. That one came is all that is taken from it: what has changed is read from the
 * machine. So one that the kernel had no room for is worth as much as one that arrived. Nothing else of the
 * library knows libudev.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "config.h"
#include "dl.h"
#include "io-udev.h"
#include "util.h"

#if HAVE_UDEV
#include <libudev.h>

#define UDEV_LIBRARY "libudev.so.1"

struct udev_functions {
	__typeof__(udev_new) *new;
	__typeof__(udev_unref) *unref;
	__typeof__(udev_monitor_new_from_netlink) *monitor_new;
	__typeof__(udev_monitor_unref) *monitor_unref;
	__typeof__(udev_monitor_filter_add_match_subsystem_devtype) *filter;
	__typeof__(udev_monitor_enable_receiving) *enable;
	__typeof__(udev_monitor_get_fd) *get_fd;
	__typeof__(udev_monitor_receive_device) *receive;
	__typeof__(udev_device_unref) *device_unref;
};

#define UDEV_SYMBOL(function, member)                              \
	{                                                          \
#function, offsetof(struct udev_functions, member) \
	}
static const struct dl_symbol udev_symbols[] = {
	UDEV_SYMBOL(udev_new, new),
	UDEV_SYMBOL(udev_unref, unref),
	UDEV_SYMBOL(udev_monitor_new_from_netlink, monitor_new),
	UDEV_SYMBOL(udev_monitor_unref, monitor_unref),
	UDEV_SYMBOL(udev_monitor_filter_add_match_subsystem_devtype, filter),
	UDEV_SYMBOL(udev_monitor_enable_receiving, enable),
	UDEV_SYMBOL(udev_monitor_get_fd, get_fd),
	UDEV_SYMBOL(udev_monitor_receive_device, receive),
	UDEV_SYMBOL(udev_device_unref, device_unref),
};

/* Blocks, dax devices and their drivers, and devices that plug memory by themselves. */
static const char *const subsystems[] = { "memory", "dax", "virtio" };

struct io_udev {
	struct udev_functions udev;
	void *handle;
	struct udev *context;
	struct udev_monitor *monitor;
};

void io_udev_free(struct io_udev *udev)
{
	if (udev == NULL)
		return;
	if (udev->monitor != NULL)
		udev->udev.monitor_unref(udev->monitor);
	if (udev->context != NULL)
		udev->udev.unref(udev->context);
	dl_close(udev->handle);
	free(udev);
}

/* The kernel's own events: those of udevd come later, and only where there is one. */
static int listen_to_kernel(struct io_udev *udev)
{
	size_t i;
	int rc;

	udev->context = udev->udev.new();
	if (udev->context == NULL)
		return -ENOMEM;
	errno = 0;
	udev->monitor = udev->udev.monitor_new(udev->context, "kernel");
	if (udev->monitor == NULL)
		return errno != 0 ? -errno : -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(subsystems); i++) {
		rc = udev->udev.filter(udev->monitor, subsystems[i], NULL);
		if (rc < 0)
			return rc;
	}
	return udev->udev.enable(udev->monitor);
}

int io_udev_new(struct io_udev **ret_udev)
{
	struct io_udev *udev = calloc(1, sizeof(*udev));
	int rc;

	if (udev == NULL)
		return -ENOMEM;
	rc = dl_open(UDEV_LIBRARY, udev_symbols, ARRAY_SIZE(udev_symbols), &udev->udev,
		     &udev->handle);
	if (rc == 0)
		rc = listen_to_kernel(udev);
	if (rc < 0) {
		io_udev_free(udev);
		return rc;
	}
	*ret_udev = udev;
	return 0;
}

int io_udev_fd(const struct io_udev *udev)
{
	return udev->udev.get_fd(udev->monitor);
}

/*
 * The socket does not block, so there is an end to it: EAGAIN. ENOBUFS stands for what was lost, and what
 * was not is still to be read (net/netlink/af_netlink.c:netlink_overrun, 6.1 to 7.2).
 */
int io_udev_take(struct io_udev *udev, bool *ret_any, bool *ret_lost)
{
	bool any = false, lost = false;

	for (;;) {
		struct udev_device *device;

		errno = 0;
		device = udev->udev.receive(udev->monitor);
		if (device != NULL) {
			udev->udev.device_unref(device);
			any = true;
		} else if (errno == ENOBUFS) {
			lost = true;
		} else if (errno != EINTR) {
			break;
		}
	}
	if (errno != 0 && errno != EAGAIN && !any && !lost)
		return -errno;
	*ret_any = any || lost;
	*ret_lost = lost;
	return 0;
}

#else

int io_udev_new(struct io_udev **ret_udev)
{
	return -ENOSYS;
}

void io_udev_free(struct io_udev *udev)
{
}

int io_udev_fd(const struct io_udev *udev)
{
	return -1;
}

int io_udev_take(struct io_udev *udev, bool *ret_any, bool *ret_lost)
{
	return -ENOSYS;
}

#endif
