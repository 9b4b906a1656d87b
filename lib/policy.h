/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The policy in force, as plain data. policy-file.c reads it from files, policy.c gives defaults and
 * finds the section of a device.
 */
#ifndef MEMHP_POLICY_H
#define MEMHP_POLICY_H

#include <memhp/libmemhp.h>

struct policy {
	enum memhp_zone_choice zone;
	bool move;
	enum memhp_memmap_choice memmap_on_memory;
	enum memhp_on_error on_error;
};

/* policy_default - what holds where no file says otherwise. */
void policy_default(struct policy *ret_policy);

#endif
