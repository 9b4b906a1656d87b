/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saves what is remembered from run to run. What that is, is for the run to say.
 */
#include <errno.h>

#include "apply.h"
#include "arrivals.h"

int apply_save_arrivals(struct apply *apply, const struct arrivals *arrivals)
{
	_cleanup_free_ char *text = NULL;

	if (arrivals->set == WORD_UNKNOWN && arrivals->run_count == 0)
		return apply->io->ops->save(apply->io, ARRIVALS_PATH, NULL);
	text = arrivals_format(arrivals);
	if (text == NULL)
		return -ENOMEM;
	return apply->io->ops->save(apply->io, ARRIVALS_PATH, text);
}
