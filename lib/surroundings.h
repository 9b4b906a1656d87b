/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What kind of memory a machine has, or may get, and what its policy wants of it: by this rules about the
 * kernel and the system around it tell what matters here. All pure.
 */
#ifndef MEMHP_SURROUNDINGS_H
#define MEMHP_SURROUNDINGS_H

#include "plan.h"

bool has_cxl(const struct memhp_plan *plan);		/* cards, or firmware that describes where they go */
bool has_soft_reserved(const struct memhp_plan *plan);
bool has_persistent(const struct memhp_plan *plan);
bool has_dimm_slots(const struct memhp_plan *plan);
bool has_dax_memory(const struct memhp_plan *plan);	/* any of what becomes dax devices */
bool has_hotplug(const struct memhp_plan *plan);	/* anything that may come and go */
bool has_far_node(const struct memhp_plan *plan);	/* a node without processors, or CXL */

/* The policy, [policy] or any section, or who booted the machine, wants memory to hold its own struct pages. */
bool wants_memmap_on_memory(const struct memhp_plan *plan);
/* The policy wants new memory elsewhere than in a kernel zone, or not online before it says so. */
bool wants_no_kernel_zone(const struct memhp_plan *plan);

/*
 * boot_parameter - the value of the last NAME=VALUE on the kernel's command line ("" for NAME alone) into
 * VALUE; false if it is not there, or the command line is not known. The kernel takes - for _.
 */
bool boot_parameter(const struct memhp_snapshot *snapshot, const char *name, char *value, size_t size);

#endif
