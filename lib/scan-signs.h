/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signs that a machine may have changed.
 */
#ifndef MEMHP_SCAN_SIGNS_H
#define MEMHP_SCAN_SIGNS_H

#include "io.h"
#include "model.h"

struct signs {
	enum online_word auto_online;	/* of which the kernel tells nobody; UNKNOWN: cannot be read */
	uint64_t events;		/* how many events it has sent; 0: it does not say */
};
/* scan_signs - COUNT: of events too, which is one more read. */
void scan_signs(struct io *io, bool count, struct signs *ret_signs);

#endif
