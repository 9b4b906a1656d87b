/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's events of memory, by libudev, which is opened when somebody listens.
 */
#ifndef MEMHP_IO_UDEV_H
#define MEMHP_IO_UDEV_H

#include <stdbool.h>

struct io_udev;

/* io_udev_new - begins to listen. -ENOSYS: built without libudev, or it is not there. */
int io_udev_new(struct io_udev **ret_udev);
void io_udev_free(struct io_udev *udev);	/* NULL is fine */
int io_udev_fd(const struct io_udev *udev);
/* io_udev_take - io_ops.heard. */
int io_udev_take(struct io_udev *udev, bool *ret_any, bool *ret_lost);

#endif
