/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan, add, online, offline, remove, recover, apply: a request from the command line or from a saved plan,
 * planned or carried out by the library, and what came of it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "command.h"
#include "plan-file.h"
#include "render-service.h"

/* --------------------------------------------------------------------------------- interruption */

/* Only the handler needs this: it can be told of nothing else. */
static struct memhp_ctx *volatile interrupted_ctx;

static void on_signal(int number)
{
	struct memhp_ctx *ctx = interrupted_ctx;

	if (ctx != NULL)
		memhp_ctx_cancel(ctx);
}

static void catch_signals(struct memhp_ctx *ctx)
{
	struct sigaction action = { .sa_handler = ctx != NULL ? on_signal : SIG_DFL };

	interrupted_ctx = ctx;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void watch_progress(struct invocation *invocation, struct progress *progress)
{
	progress_init(progress, invocation->options->progress);
	if (progress->choice != PROGRESS_NEVER)
		memhp_ctx_set_progress(invocation->ctx, progress_draw, progress);
}

/* ----------------------------------------------------------------------------------------- plan */

/* The finding that decided: the first deny. */
void failure_of_findings(struct failure *failure, const struct memhp_object *object)
{
	const struct memhp_field *field = memhp_field_get_by_key(object->kind, "findings");
	struct memhp_value value;
	size_t i;

	for (i = 0; memhp_field_get_item(field, object, i, &value) == 0; i++) {
		char rule[64], severity[16], subject[128], message[512], remedy[512];

		text_of(&value.object, "severity", severity, sizeof(severity));
		if (strcmp(severity, "deny") != 0)
			continue;
		text_of(&value.object, "rule", rule, sizeof(rule));
		text_of(&value.object, "subject", subject, sizeof(subject));
		text_of(&value.object, "message", message, sizeof(message));
		text_of(&value.object, "remedy", remedy, sizeof(remedy));
		failure_set(failure, EXIT_REFUSED, "refused", subject, "%s by rule %s: %s",
			    object->kind == MEMHP_KIND_CHECK ? "denied" : "refused", rule, message);
		if (remedy[0] != '\0')
			failure_hint(failure, "%s", remedy);
		return;
	}
	failure_set(failure, EXIT_REFUSED, "refused", "", "refused by the rules");
}

static void show_plan(struct invocation *invocation, const struct memhp_plan *plan)
{
	struct memhp_object object = memhp_plan_get_object(plan);

	if (exit_of_verdict(memhp_plan_get_verdict(plan)) == EXIT_REFUSED)
		failure_of_findings(&invocation->failure, &object); /* unless it is stale */
	if (!invocation->render.json) {
		render_plan(&invocation->render, plan);
		return;
	}
	json_begin(&invocation->render, "plan", &invocation->failure, memhp_plan_get_before(plan));
	json_fields(&invocation->render, &object);
	json_end(&invocation->render);
	invocation->answered = true;
}

/* A saved plan that is not this one comes before what the rules say of this one. */
static void hold_against(struct invocation *invocation, const struct memhp_plan *plan,
			 const char *fingerprint)
{
	if (fingerprint != NULL && memhp_plan_compare(invocation->ctx, plan, fingerprint) < 0)
		failure_of_error(&invocation->failure, EXIT_STALE,
				 memhp_ctx_get_error(invocation->ctx));
}

static void plan(struct invocation *invocation, const struct memhp_request *request)
{
	struct memhp_snapshot *snapshot = NULL;
	struct memhp_plan *made = NULL;
	int rc;

	rc = memhp_snapshot_new(invocation->ctx, &snapshot);
	if (rc == 0)
		rc = memhp_plan_new(invocation->ctx, snapshot, request, &made);
	if (rc < 0) {
		failure_of(&invocation->failure, invocation->ctx, rc);
	} else {
		hold_against(invocation, made, request->fingerprint);
		show_plan(invocation, made);
	}
	memhp_plan_unref(made);
	memhp_snapshot_unref(snapshot);
}

/* ------------------------------------------------------------------------------------------ run */

static void failure_of_report(struct failure *failure, const struct memhp_report *report)
{
	enum exit_code code = exit_of_report(memhp_report_get_outcome(report),
					     memhp_report_get_stopped_by(report));
	const struct memhp_error *error = memhp_report_get_error(report);
	struct memhp_object object = memhp_report_get_object(report);

	if (code == EXIT_DONE)
		return;
	if (code == EXIT_REFUSED)
		failure_of_findings(failure, &object);
	else if (error != NULL)
		failure_of_error(failure, code, error);
	else
		failure_set(failure, code, "kernel", "", "%s",
			    memhp_outcome_to_string(memhp_report_get_outcome(report)));
}

/* Whether a run came so far as to write, or to fail at it. */
static bool has_written(enum memhp_outcome outcome)
{
	return outcome != MEMHP_OUTCOME_ALREADY && outcome != MEMHP_OUTCOME_REFUSED &&
	       outcome != MEMHP_OUTCOME_STALE;
}

static void show_report(struct invocation *invocation, const struct memhp_report *report)
{
	struct memhp_object object = memhp_report_get_object(report);

	invocation->changed = has_written(memhp_report_get_outcome(report));
	failure_of_report(&invocation->failure, report);
	if (!invocation->render.json) {
		render_report(&invocation->render, report);
		return;
	}
	json_begin(&invocation->render, invocation->command->name, &invocation->failure,
		   memhp_report_get_after(report));
	json_fields(&invocation->render, &object);
	json_end(&invocation->render);
	invocation->answered = true;
}

static void log_report(const struct invocation *invocation, const struct memhp_request *request,
		       const struct memhp_report *report)
{
	if (invocation->failure.code == EXIT_DONE && service_is_logged())
		service_log(&(struct service_entry){
			.priority = LOG_INFO,
			.verb = invocation->command->name,
			.targets = request->targets,
			.outcome = memhp_outcome_to_string(memhp_report_get_outcome(report)) });
}

static void run_once(struct invocation *invocation, const struct memhp_request *request, bool quiet)
{
	struct memhp_report *report = NULL;
	/* Whoever goes by the policy may not have looked whether it has come to rest. */
	int rc = request->flags & MEMHP_REQUEST_FROM_POLICY ? memhp_settle(invocation->ctx, 0) : 0;

	if (rc == 0)
		rc = memhp_run(invocation->ctx, request, &report);
	if (rc < 0) {
		failure_of(&invocation->failure, invocation->ctx, rc);
	} else if (!quiet || memhp_report_get_outcome(report) != MEMHP_OUTCOME_ALREADY) {
		show_report(invocation, report);
		log_report(invocation, request, report);
	}
	memhp_report_unref(report);
}

/*
 * What comes while a service works starts it no second time; once it says that it is about to end, it does. So
 * what came before that is looked for once more.
 */
static void run_service(struct invocation *invocation, const struct memhp_request *request)
{
	run_once(invocation, request, false);
	if (invocation->failure.code != EXIT_DONE)
		return;
	service_notify("READY=1");
	service_notify("STOPPING=1");
	run_once(invocation, request, true);
}

static void run(struct invocation *invocation, const struct memhp_request *request)
{
	bool serves = (request->flags & MEMHP_REQUEST_NEW) && !invocation->render.json;
	struct progress progress;

	watch_progress(invocation, &progress);
	catch_signals(invocation->ctx);
	if (serves && getenv("NOTIFY_SOCKET") != NULL)
		run_service(invocation, request);
	else
		run_once(invocation, request, false);
	catch_signals(NULL);
	progress_clear(&progress);
}

/* ---------------------------------------------------------------------------------------- verbs */

/* plan OP: the operation is the first argument, and its options are those that count. */
static void take_operation(struct invocation *invocation, struct memhp_request *request)
{
	const char *word = invocation->arguments[0];
	char verb[32];

	request->operation = MEMHP_OPERATION_PLACE;
	if (word == NULL) {
		options_check(invocation->options, USER_PLACE, "plan", &invocation->failure);
		return;
	}
	if (memhp_operation_from_string(word, &request->operation) < 0) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", word,
			    "there is no such operation");
		failure_hint(&invocation->failure,
			     "plan add, online, offline, remove, create or destroy");
		return;
	}
	invocation->arguments++;
	snprintf(verb, sizeof(verb), "plan %s", word);
	options_check(invocation->options, 1U << request->operation, verb, &invocation->failure);
}

static bool removes_everything(const struct memhp_request *request)
{
	size_t i;

	if (request->operation != MEMHP_OPERATION_REMOVE || request->flags & MEMHP_REQUEST_YES)
		return false;
	for (i = 0; request->targets[i] != NULL; i++)
		if (strcmp(request->targets[i], "all") == 0)
			return true;
	return false;
}

/* What stands between a request and doing it. */
static void plan_or_run(struct invocation *invocation, const struct memhp_request *request,
			bool only_plan)
{
	if (!only_plan && removes_everything(request)) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", "all",
			    "this removes all memory that was ever hot-added");
		failure_hint(&invocation->failure, "give --yes as well if that is meant");
		return;
	}
	if (invocation->options->root != NULL && !only_plan) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", "--root",
			    "a recorded machine cannot be changed");
		failure_hint(&invocation->failure, "-n shows what would be done");
		return;
	}
	if (only_plan)
		plan(invocation, request);
	else
		run(invocation, request);
}

static bool takes_targets(enum memhp_operation operation)
{
	return operation != MEMHP_OPERATION_RECOVER && operation != MEMHP_OPERATION_PLACE &&
	       operation != MEMHP_OPERATION_AUTO_ONLINE;
}

void command_change(struct invocation *invocation)
{
	struct memhp_request request = invocation->options->request;
	bool only_plan = invocation->command->operation == MEMHP_OPERATION_NONE ||
			 invocation->options->dry_run;

	request.operation = invocation->command->operation;
	if (request.operation == MEMHP_OPERATION_NONE)
		take_operation(invocation, &request);
	if (invocation->failure.code != EXIT_DONE)
		return;
	request.targets = (const char *const *)invocation->arguments;
	if (request.targets[0] == NULL && takes_targets(request.operation)) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", "", "no target was given");
		failure_hint(&invocation->failure,
			     "name a device, a node, blocks or a range; memhp list shows them");
		return;
	}
	plan_or_run(invocation, &request, only_plan);
}

/* What is wanted comes from the file; how it is done, and what is lifted, from the command line alone. */
static struct memhp_request join(const struct memhp_request *saved,
				 const struct memhp_request *given)
{
	struct memhp_request request = *saved;

	request.flags |= given->flags;
	request.force = given->force;
	request.on_error = given->on_error;
	request.timeout_seconds = given->timeout_seconds;
	request.block_timeout_seconds = given->block_timeout_seconds;
	request.retries = given->retries;
	return request;
}

void command_apply(struct invocation *invocation)
{
	const char *path = invocation->arguments[0];
	struct memhp_request request;
	struct plan_file file;

	if (path == NULL || invocation->arguments[1] != NULL) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage",
			    path != NULL ? invocation->arguments[1] : "",
			    path != NULL ? "apply takes one file" : "no file was given");
		failure_hint(&invocation->failure, "give what memhp plan --json has said");
		return;
	}
	plan_file_read(path, &file, &invocation->failure);
	if (invocation->failure.code == EXIT_DONE) {
		request = join(&file.request, &invocation->options->request);
		plan_or_run(invocation, &request, invocation->options->dry_run);
	}
	plan_file_clear(&file);
}
