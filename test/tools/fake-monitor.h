/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of `monitor` on the fake kernel.
 */
#ifndef TEST_TOOLS_FAKE_MONITOR_H
#define TEST_TOOLS_FAKE_MONITOR_H

#include <stdbool.h>

struct memhp_ctx;
int fake_monitor_open(bool endless, struct memhp_ctx **ret_ctx);

#endif
