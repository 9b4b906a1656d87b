/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saves what stands from run to run: what is remembered, and rules of udev. What that is, is for the run to say.
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

int apply_save_rules(struct apply *apply, const char *name, const char *text)
{
	char path[IO_PATH_MAX];

	text_format(path, sizeof(path), RULES_PATH "/%s", name);
	return apply->io->ops->save(apply->io, path, text);
}
