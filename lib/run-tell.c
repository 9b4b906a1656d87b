/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stopped a run, as the error that its report carries: what it is about, why, and the way out.
 */
#include <errno.h>

#include "rule.h"
#include "run.h"

void run_tell_denied(struct run *run, const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->findings.count; i++) {
		const struct memhp_finding *finding = &plan->findings.items[i];

		if (finding->severity != MEMHP_SEVERITY_DENY)
			continue;
		error_set(&run->cause, MEMHP_ERROR_REFUSED, -EPERM, finding->subject, "%s: %s",
			  finding->rule->name, finding->message);
		error_hint(&run->cause, "%s", finding->remedy);
		return;
	}
}

static void tell_failed(struct run *run)
{
	const struct step_log *log = &run->apply.log[run->apply.failed - 1];
	char subject[IO_NAME_MAX];

	step_subject(log->snapshot, &log->step, subject);
	error_set(&run->cause,
		  run->apply.stopped_by == MEMHP_STOP_KERNEL ? MEMHP_ERROR_KERNEL :
							       MEMHP_ERROR_STOPPED,
		  log->rc, subject, "%s%s", step_doing(&log->step), log->message);
	if (step_way_out(&log->step, log->rc) != NULL)
		error_hint(&run->cause, "%s", step_way_out(&log->step, log->rc));
}

void run_tell_stopped(struct run *run)
{
	if (run->apply.failed > 0)
		tell_failed(run);
	else if (run->apply.stopped_by == MEMHP_STOP_TIMEOUT)
		error_set(&run->cause, MEMHP_ERROR_STOPPED, -ETIMEDOUT, "",
			  "the time given (%u seconds) is over", run->request->timeout_seconds);
	else
		error_set(&run->cause, MEMHP_ERROR_STOPPED, -ECANCELED, "", "interrupted");
}

void run_tell_surprised(struct run *run)
{
	const struct step_log *log = &run->apply.log[run->apply.log_count - 1];
	char subject[IO_NAME_MAX];

	run->apply.stopped_by = MEMHP_STOP_OTHER;
	step_subject(log->snapshot, &log->step, subject);
	error_set(&run->cause, MEMHP_ERROR_CHANGED, -EAGAIN, subject,
		  "something else keeps changing it");
	error_hint(&run->cause, "look for udev rules or daemons that online memory, and try again");
}
