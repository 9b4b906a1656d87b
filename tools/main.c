/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program: the table of verbs, what stands around each of them, and help. What a verb does is in
 * cmd-*.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "command.h"
#include "config.h"
#include "render-service.h"
#include "words.h"

static void command_help(struct invocation *invocation);

static const struct command commands[] = {
	{ "list", command_list, MEMHP_OPERATION_NONE, USER_LIST, "[KIND...]",
	  "show the machine's memory",
	  "KIND is ranges, devices, regions, nodes, zones, memmap, blocks or rules; without one: "
	  "ranges, devices, nodes, memmap and totals." },
	{ "plan", command_change, MEMHP_OPERATION_NONE, USER_WRITERS | USER_PLACE,
	  "[OP [TARGET...]]", "show what a change would do; writes nothing",
	  "OP is add, online, offline, remove, create or destroy, with all options of that verb. "
	  "Without it: a place, as the policy has it, for all memory that is not in use." },
	{ "add", command_change, MEMHP_OPERATION_ADD, USER_ADD, "DEVICE...",
	  "hot-add a device's memory, leave its blocks offline",
	  "DEVICE is a dax device (dax0.0, /dev/dax0.0), those of a region (cxl:region0, "
	  "nd:region0, dax:region0), or all." },
	{ "online", command_change, MEMHP_OPERATION_ONLINE, USER_ONLINE, "TARGET...",
	  "online blocks; adds the device first where needed", NULL },
	{ "offline", command_change, MEMHP_OPERATION_OFFLINE, USER_OFFLINE, "TARGET...",
	  "offline blocks", NULL },
	{ "remove", command_change, MEMHP_OPERATION_REMOVE, USER_REMOVE, "TARGET...",
	  "offline blocks and take the memory out of the kernel", NULL },
	{ "recover", command_change, MEMHP_OPERATION_RECOVER, USER_RECOVER, "",
	  "put back what a killed run left open",
	  "Every verb that changes memory does this first; what it put back is in its report." },
	{ "create", command_change, MEMHP_OPERATION_CREATE, USER_CREATE, "REGION",
	  "make a dax device in a dynamic region",
	  "REGION is dax:region0 or cxl:region0. Without --size the device gets all that is "
	  "free." },
	{ "destroy", command_change, MEMHP_OPERATION_DESTROY, USER_DESTROY, "DEVICE...",
	  "take away dax devices of dynamic regions",
	  "DEVICE is a dax device, as dax0.1. The first device of a region stays, without a "
	  "size." },
	{ "auto-online", command_change, MEMHP_OPERATION_AUTO_ONLINE, USER_AUTO_ONLINE, "",
	  "set the kernel's auto_online_blocks as the policy says",
	  "Stands until the next boot; which word was there before is remembered." },
	{ "apply", command_apply, MEMHP_OPERATION_NONE, USER_APPLY, "FILE",
	  "carry out a plan that was saved, if it still holds",
	  "FILE is what plan --json has said; - is standard input. The same is planned again, and "
	  "done if machine and steps are the same (else exit status 6). --force, --boot-memory, "
	  "--yes, --on-error and --config count only where they are given here." },
	{ "check", command_check, MEMHP_OPERATION_NONE, 0, "",
	  "hold the machine as it is against policy and kernel",
	  "Exit status 3 when something is denied; warnings are 0. What cannot be found out is "
	  "said "
	  "as that." },
	{ "map", command_map, MEMHP_OPERATION_NONE, USER_MAP, "",
	  "draw the physical memory of each node", NULL },
	{ "monitor", command_monitor, MEMHP_OPERATION_NONE, USER_MONITOR, "",
	  "follow what happens to memory, a line for each change",
	  "Ends when it is interrupted, or when nobody reads it any more. Blocks that change "
	  "alike in one burst are one line." },
	{ "dump", command_dump, MEMHP_OPERATION_NONE, USER_DUMP, "FILE",
	  "record the machine into a file that -r reads back",
	  "FILE is a text, see memhp-dump(5); - is standard output. As root it holds more." },
	{ "policy", command_policy, MEMHP_OPERATION_NONE, USER_POLICY, "[TARGET]",
	  "show the policy in force, or what of it is for TARGET",
	  "Each value is shown with the file and line that it comes from. For a target: the "
	  "section that is taken for each of its devices and blocks, and why the others are "
	  "not." },
	{ "help", command_help, MEMHP_OPERATION_NONE, 0, "[VERB]",
	  "show help on the program, or on a verb", NULL },
};

static const char targets_help[] =
	"TARGET is a device (dax0.0, /dev/dax0.0), blocks (memory42, 42, 42-47,60), blocks that "
	"lie on "
	"a node (1:30-32), a node (node1), addresses (0x100000000-0x17fffffff, 0x100000000+2G, "
	"pfn:0x40000), a region (cxl:region0, nd:region0, dax:region0) or all (everything that was "
	"hot-added).";

#define HELP_WIDTH 79
#define OPTION_WIDTH 26

/* ---------------------------------------------------------------------------------------- help */

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_paragraph(FILE *out, const char *text)
{
	fputc('\n', out);
	print_wrapped(out, text, 0, HELP_WIDTH);
	fputc('\n', out);
}

static void print_option(FILE *out, const struct option_help *option)
{
	char letter[] = { option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
			  option->letter ? ',' : ' ', '\0' };
	int used = fprintf(out, "  %s --%s%s%s", letter, option->name, option->argument ? " " : "",
			   option->argument ? option->argument : "");

	if (used > OPTION_WIDTH)
		fprintf(out, "\n%*s", OPTION_WIDTH + 2, "");
	else
		fprintf(out, "%*s", OPTION_WIDTH + 2 - used, "");
	print_wrapped(out, option->help, OPTION_WIDTH + 2, HELP_WIDTH - OPTION_WIDTH - 2);
	fputc('\n', out);
}

static void print_options(FILE *out, unsigned int users, const char *title)
{
	struct option_help option;
	bool any = false;
	size_t i;

	for (i = 0; options_describe(i, &option); i++) {
		if (!(option.users & users))
			continue;
		if (!any)
			fprintf(out, "\n%s\n", title);
		any = true;
		print_option(out, &option);
	}
}

static void print_help(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: memhp [OPTION...] VERB [ARGUMENT...]\n\n"
		     "See memory hotplug, decide where memory goes, and put it there.\n\nVerbs:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		char left[48];

		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].arguments);
		fprintf(out, "  %-20s %s\n", left, commands[i].summary);
	}
	print_options(out, USER_EVERYONE, "Options:");
	print_paragraph(out, targets_help);
	fprintf(out, "\nExit status:\n");
	for (i = 0; i < EXIT_COUNT; i++) {
		fprintf(out, "  %zu  ", i);
		print_wrapped(out, exit_meaning((enum exit_code)i), 5, HELP_WIDTH - 5);
		fputc('\n', out);
	}
	fprintf(out, "\nmemhp VERB --help tells more. Manual: memhp(1).\n");
}

static void print_command_help(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: memhp %s [OPTION...]%s%s\n", command->name,
		command->arguments[0] != '\0' ? " " : "", command->arguments);
	print_paragraph(out, command->summary);
	if (command->details != NULL)
		print_paragraph(out, command->details);
	if (strstr(command->arguments, "TARGET") != NULL || (command->users & USER_TARGETERS) != 0)
		print_paragraph(out, targets_help);
	print_options(out, command->users, "Options:");
	print_options(out, USER_EVERYONE, "Options of every verb:");
}

static const char *command_names(const void *data, size_t index)
{
	return index < ARRAY_SIZE(commands) ? commands[index].name : NULL;
}

static void unknown_command(const char *name, struct failure *failure)
{
	const char *nearest = word_nearest(name, command_names, NULL);
	char all[160];

	failure_set(failure, EXIT_USAGE, "usage", name, "there is no such verb");
	word_join(all, sizeof(all), command_names, NULL);
	if (nearest != NULL)
		failure_hint(failure, "did you mean %s?", nearest);
	else
		failure_hint(failure, "verbs are %s", all);
}

static void command_help(struct invocation *invocation)
{
	const char *name = invocation->arguments[0];
	const struct command *command = name != NULL ? find_command(name) : NULL;

	if (name != NULL && command == NULL)
		unknown_command(name, &invocation->failure);
	else if (name != NULL && invocation->arguments[1] != NULL)
		failure_set(&invocation->failure, EXIT_USAGE, "usage", invocation->arguments[1],
			    "help is on one verb at a time");
	else if (command != NULL)
		print_command_help(stdout, command);
	else
		print_help(stdout);
}

/* ------------------------------------------------------------------------------------- context */

void failure_of_error(struct failure *failure, enum exit_code code, const struct memhp_error *error)
{
	failure_set(failure, code, memhp_error_kind_to_string(memhp_error_get_kind(error)),
		    memhp_error_get_object(error), "%s", memhp_error_get_message(error));
	if (memhp_error_get_hint(error)[0] != '\0')
		failure_hint(failure, "%s", memhp_error_get_hint(error));
}

void failure_of(struct failure *failure, struct memhp_ctx *ctx, int rc)
{
	const struct memhp_error *error = memhp_ctx_get_error(ctx);

	if (memhp_error_get_kind(error) == MEMHP_ERROR_NONE)
		failure_set(failure, EXIT_SYSTEM, "system", "", "%s", strerror(-rc));
	else
		failure_of_error(failure, exit_of_error(memhp_error_get_kind(error)), error);
}

static void log_to_stderr(void *data, int priority, const char *message)
{
	fprintf(stderr, "memhp: %s%s\n", priority <= LOG_WARNING ? "warning: " : "", message);
}

static int open_context(struct invocation *invocation)
{
	int rc = memhp_ctx_new(&invocation->ctx);

	if (rc < 0) {
		failure_set(&invocation->failure, EXIT_SYSTEM, "system", "", "%s", strerror(-rc));
		return rc;
	}
	if (invocation->options->verbose)
		memhp_ctx_set_log(invocation->ctx, log_to_stderr, NULL);
	rc = memhp_ctx_set_config(invocation->ctx, invocation->options->config);
	if (rc == 0 && invocation->options->root != NULL)
		rc = memhp_ctx_set_root(invocation->ctx, invocation->options->root);
	if (rc < 0)
		failure_of(&invocation->failure, invocation->ctx, rc);
	return rc;
}

/* ---------------------------------------------------------------------------------------- main */

/* The verb, and whether it takes what was given. */
static void find_verb(struct invocation *invocation)
{
	struct options *options = invocation->options;

	if (options->word_count == 0) {
		if (!options->help && !options->version) {
			failure_set(&invocation->failure, EXIT_USAGE, "usage", "",
				    "no verb was given");
			failure_hint(&invocation->failure, "see memhp --help");
		}
		return;
	}
	invocation->command = find_command(options->words[0]);
	invocation->arguments = options->words + 1;
	if (invocation->command != NULL)
		invocation->render.lines = invocation->command->run == command_monitor;
	if (invocation->command == NULL)
		unknown_command(options->words[0], &invocation->failure);
	else
		options_check(options, invocation->command->users, invocation->command->name,
			      &invocation->failure);
}

static void show_version(struct invocation *invocation)
{
	if (invocation->options->json) {
		json_begin(&invocation->render, NULL, &invocation->failure, NULL);
		json_text(&invocation->render, "version", MEMHP_VERSION);
		json_end(&invocation->render);
	} else {
		printf("memhp %s\n", MEMHP_VERSION);
	}
	invocation->answered = true;
}

static void run(struct invocation *invocation)
{
	const struct options *options = invocation->options;

	if (options->help && invocation->command != NULL)
		print_command_help(stdout, invocation->command);
	else if (options->help)
		print_help(stdout);
	else if (options->version)
		show_version(invocation);
	else if (invocation->command->run == command_help || open_context(invocation) == 0)
		invocation->command->run(invocation);
}

/* The journal gets it by fields; who takes JSON, or reads standard error, as a sentence. */
static bool log_failure(const struct invocation *invocation)
{
	const struct service_entry entry = {
		.priority = LOG_ERR,
		.verb = invocation->command != NULL ? invocation->command->name : NULL,
		.targets = (const char *const *)invocation->arguments,
		.failure = &invocation->failure,
	};

	return !invocation->render.json && service_is_logged() && service_log(&entry);
}

/*
 * What is opened later must not get the numbers of files that are read and written here, or a text goes astray: into
 * the lock, or to the process that writes for us. Reading and writing fail as on a closed one.
 */
static void hold_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}

int main(int argc, char **argv)
{
	struct invocation invocation = { .command = NULL };
	struct options options;
	int rc;

	hold_standard_files();
	/* A reader that goes away, or a file that is full, must not kill a run half-way; it is told at the end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	options_parse(argc, argv, &options, &invocation.failure);
	invocation.options = &options;
	render_init(&invocation.render, &options);
	if (invocation.failure.code == EXIT_DONE)
		find_verb(&invocation);
	if (invocation.failure.code == EXIT_DONE)
		run(&invocation);
	if (invocation.failure.code != EXIT_DONE && !log_failure(&invocation))
		render_failure(&invocation.render, invocation.answered,
			       options.word_count > 0 ? options.words[0] : NULL,
			       &invocation.failure);
	memhp_ctx_unref(invocation.ctx);
	options_clear(&options);
	rc = render_finish(&invocation.render);
	if (rc == 0 || (rc == -EPIPE && invocation.endless))
		return (int)invocation.failure.code;
	if (rc != -EPIPE)
		fprintf(stderr, "memhp: standard output: %s\n", strerror(-rc));
	return invocation.changed ? (int)invocation.failure.code : EXIT_SYSTEM;
}
