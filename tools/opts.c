/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options: a table of rows and a parser that knows nothing of any of them.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opts.h"
#include "words.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* How the text after an option becomes the member that the row points at; -errno if it cannot. */
typedef int (*option_parse_fn)(const char *text, void *member);

struct option {
	char letter;
	const char *name;
	const char *argument;
	unsigned int users;
	size_t offset;
	option_parse_fn parse; /* NULL: sets a bool, or FLAG in a set of bits */
	unsigned int flag;
	const char *expected; /* what would have been right */
	const char *help;
};

static int parse_text(const char *text, void *member)
{
	*(const char **)member = text;
	return text[0] != '\0' ? 0 : -EINVAL;
}

static int parse_size(const char *text, void *member)
{
	int rc = memhp_size_from_string(text, member);

	return rc == 0 && *(uint64_t *)member == 0 ? -EINVAL : rc;
}

static int parse_number(const char *text, void *member)
{
	char *end;
	unsigned long number;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (*end != '\0')
		return -EINVAL;
	if (errno != 0 || number > UINT32_MAX)
		return -ERANGE;
	*(uint32_t *)member = (uint32_t)number;
	return 0;
}

static int parse_zone(const char *text, void *member)
{
	return memhp_zone_choice_from_string(text, member);
}

static int parse_memmap(const char *text, void *member)
{
	return memhp_memmap_choice_from_string(text, member);
}

static int parse_on_error(const char *text, void *member)
{
	return memhp_on_error_from_string(text, member);
}

static int parse_word(const char *text, const char *const *words, int *ret_index)
{
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*ret_index = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_color(const char *text, void *member)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	int index;
	int rc = parse_word(text, words, &index);

	if (rc == 0)
		*(enum color_choice *)member = (enum color_choice)index;
	return rc;
}

static int parse_progress(const char *text, void *member)
{
	static const char *const words[] = { "auto", "always", "never", "json", NULL };
	int index;
	int rc = parse_word(text, words, &index);

	if (rc == 0)
		*(enum progress_choice *)member = (enum progress_choice)index;
	return rc;
}

#define O(member) offsetof(struct options, member)
#define R(member) offsetof(struct options, request.member)

static const struct option table[] = {
	{ 'h', "help", NULL, USER_EVERYONE, O(help), NULL, 0, NULL,
	  "show help on the program, or on the verb" },
	{ 'V', "version", NULL, USER_EVERYONE, O(version), NULL, 0, NULL, "show the version" },
	{ 'v', "verbose", NULL, USER_EVERYONE, O(verbose), NULL, 0, NULL,
	  "say on standard error what is done, and show more" },
	{ 'r', "root", "PATH", USER_EVERYONE, O(root), parse_text, 0,
	  "a directory that holds sys and proc, or a dump",
	  "look at the machine recorded in PATH, a dump or a directory; nothing is ever written" },
	{ 'c', "config", "FILE", USER_EVERYONE, O(config), parse_text, 0, "a policy file",
	  "a policy file to read after /etc/memhp.conf and /etc/memhp.conf.d" },
	{ 'j', "json", NULL, USER_EVERYONE, O(json), NULL, 0, NULL,
	  "one JSON object instead of text; sizes in bytes" },
	{ 'u', "human", NULL, USER_EVERYONE, O(human), NULL, 0, NULL,
	  "sizes with a unit, powers of 1024 (text only)" },
	{ 0, "color", "WHEN", USER_EVERYONE, O(color), parse_color, 0, "auto, always or never",
	  "colour: auto, always or never" },
	{ 0, "target", "TARGET", USER_TARGETERS, O(target), parse_text, 0,
	  "a device, node, block or range",
	  "only what belongs to TARGET; of a dump only its page flags" },
	{ 0, "pages", NULL, USER_LIST | USER_DUMP, O(pages), NULL, 0, NULL,
	  "read page flags too, as root: whether blocks can be taken offline, and where their "
	  "memmap "
	  "lies; takes milliseconds a block" },
	{ 0, "anonymous", NULL, USER_DUMP, O(anonymous), NULL, 0, NULL,
	  "leave out host name, boot id, serials and uuids" },
	{ 0, "each", NULL, USER_MONITOR, O(each), NULL, 0, NULL,
	  "a line for each block, and sooner, instead of one for blocks that changed alike" },
	{ 0, "openmetrics", "FILE", USER_MONITOR, O(openmetrics), parse_text, 0,
	  "the name of a file",
	  "keep FILE up to date for a collector of metrics: budget, blocks by state, findings" },
	{ 'o', "output", "COL,...", USER_LIST, O(columns), parse_text, 0,
	  "names of columns, separated by commas",
	  "columns to show, by heading or JSON key, in this order" },
	{ 'z', "zone", "ZONE", USER_ONLINE, R(zone), parse_zone, 0,
	  "movable, kernel, auto or balanced",
	  "zone to go to: movable, kernel, auto (the kernel chooses) or balanced (the fewest "
	  "kernel blocks that keep the policy's ratio)" },
	{ 0, "move", NULL, USER_ONLINE, R(flags), NULL, MEMHP_REQUEST_MOVE, NULL,
	  "take blocks that are online in another zone offline, and online them again" },
	{ 0, "from-policy", NULL, USER_ONLINE, R(flags), NULL, MEMHP_REQUEST_FROM_POLICY, NULL,
	  "do what the device's section of the policy says; nothing where there is none" },
	{ 0, "new", NULL, USER_ONLINE, R(flags), NULL, MEMHP_REQUEST_NEW, NULL,
	  "with --from-policy: only blocks that have come since the last time; and what no section "
	  "is for, by the word that auto-online has replaced" },
	{ 0, "restore", NULL, USER_AUTO_ONLINE, R(flags), NULL, MEMHP_REQUEST_RESTORE, NULL,
	  "put back the word that the policy's took the place of" },
	{ 'm', "memmap-on-memory", "WHEN", USER_ADD | USER_ONLINE, R(memmap_on_memory),
	  parse_memmap, 0, "on, off or auto",
	  "whether added memory holds its own memmap: on, off, auto (as the device says)" },
	{ 's', "size", "SIZE", USER_ADD | USER_ONLINE | USER_OFFLINE | USER_CREATE, R(amount),
	  parse_size, 0, "a number of bytes, with K M G T or P for powers of 1024",
	  "as much of the target as SIZE, rounded up to blocks; of a device that is made, its "
	  "size" },
	{ 0, "align", "SIZE", USER_CREATE, R(align), parse_size, 0,
	  "a number of bytes, with K M G T or P for powers of 1024",
	  "alignment of the device: 4K, 2M or 1G on x86-64" },
	{ 0, "contiguous", NULL, USER_ADD | USER_ONLINE | USER_OFFLINE, R(flags), NULL,
	  MEMHP_REQUEST_CONTIGUOUS, NULL, "all of --size in one piece" },
	{ 0, "unbound", NULL, USER_REMOVE, R(flags), NULL, MEMHP_REQUEST_UNBOUND, NULL,
	  "leave the device without a driver" },
	{ 0, "boot-memory", NULL, USER_ONLINE | USER_OFFLINE | USER_REMOVE | USER_APPLY, R(flags),
	  NULL, MEMHP_REQUEST_BOOT_MEMORY, NULL, "boot memory may be taken offline" },
	{ 0, "yes", NULL, USER_ONLINE | USER_OFFLINE | USER_REMOVE | USER_APPLY, R(flags), NULL,
	  MEMHP_REQUEST_YES, NULL, "yes, remove all: every device's memory" },
	{ 'n', "dry-run", NULL, USER_WRITERS | USER_APPLY | USER_PLACE, O(dry_run), NULL, 0, NULL,
	  "show the plan and write nothing, as the verb plan does" },
	{ 'f', "force", "RULE,...", USER_WRITERS | USER_APPLY | USER_PLACE, R(force), parse_text, 0,
	  "names of rules, separated by commas",
	  "go on although these rules deny it; the report says so" },
	{ 0, "on-error", "HOW", USER_WRITERS | USER_APPLY | USER_PLACE, R(on_error), parse_on_error,
	  0, "rollback, keep or continue",
	  "after a failure: rollback (undo it all), keep (stop there) or continue (with the other "
	  "blocks)" },
	{ 't', "timeout", "SECS", USER_WRITERS | USER_APPLY | USER_PLACE, R(timeout_seconds),
	  parse_number, 0, "a number of seconds", "give up after so many seconds; 0 is never" },
	{ 0, "block-timeout", "SECS", USER_WRITERS | USER_APPLY | USER_PLACE,
	  R(block_timeout_seconds), parse_number, 0, "a number of seconds",
	  "give up a block that makes no progress for so long (120)" },
	{ 0, "retries", "N", USER_WRITERS | USER_APPLY | USER_PLACE, R(retries), parse_number, 0,
	  "a number", "try again N times what can pass" },
	{ 0, "progress", "WHEN", USER_WRITERS | USER_APPLY | USER_PLACE, O(progress),
	  parse_progress, 0, "auto, always, never or json",
	  "progress on standard error: auto, always, never or json" },
};
_Static_assert(ARRAY_SIZE(table) <= sizeof(((struct options *)0)->given) * CHAR_BIT,
	       "a bit for each row");

/* A usage error with its way out, unless there was one before it. */
static void usage(struct failure *failure, const char *object, const char *message,
		  const char *hint)
{
	if (failure->code != EXIT_DONE)
		return;
	failure_set(failure, EXIT_USAGE, "usage", object, "%s", message);
	failure_hint(failure, "%s", hint);
}

/* ------------------------------------------------------------------------------------- parser */

static const char *option_names(const void *data, size_t index)
{
	return index < ARRAY_SIZE(table) ? table[index].name : NULL;
}

static void unknown_option(const char *text, struct failure *failure)
{
	const char *nearest = text[1] == '-' ? word_nearest(text + 2, option_names, NULL) : NULL;
	char hint[128];

	if (nearest != NULL)
		snprintf(hint, sizeof(hint), "did you mean --%s?", nearest);
	else
		snprintf(hint, sizeof(hint), "see memhp --help");
	usage(failure, text, "there is no such option", hint);
}

static const struct option *find_long(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (strlen(table[i].name) == len && strncmp(table[i].name, name, len) == 0)
			return &table[i];
	return NULL;
}

static const struct option *find_short(char letter)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

/* One option as found: AS is how it was written. VALUE is NULL where none was given. */
static void take(struct options *options, const struct option *option, const char *as,
		 const char *value, struct failure *failure)
{
	void *member = (char *)options + option->offset;
	char text[160], hint[160];
	int rc;

	options->given |= UINT64_C(1) << (option - table);
	if (option->parse == NULL) {
		if (option->flag != 0)
			*(uint32_t *)member |= option->flag;
		else
			*(bool *)member = true;
		return;
	}
	snprintf(hint, sizeof(hint), "give %s", option->expected);
	if (value == NULL || value[0] == '\0') {
		usage(failure, as, "this option needs a value", hint);
		return;
	}
	rc = option->parse(value, member);
	snprintf(text, sizeof(text), "%s %s", as, value);
	if (rc == -ERANGE)
		usage(failure, text, "this number is too big", hint);
	else if (rc < 0)
		usage(failure, text, "this value makes no sense", hint);
}

/* --name, --name=value, --name value. Gives how many arguments it used up beside its own. */
static int take_long(struct options *options, char **arguments, struct failure *failure)
{
	const char *name = arguments[0] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option *option = find_long(name, len);
	char as[64];

	if (option == NULL) {
		unknown_option(arguments[0], failure);
		return 0;
	}
	snprintf(as, sizeof(as), "--%s", option->name);
	if (option->argument == NULL && equals != NULL) {
		usage(failure, as, "this option takes no value", "leave the value out");
		return 0;
	}
	if (option->argument == NULL || equals != NULL) {
		take(options, option, as, equals != NULL ? equals + 1 : NULL, failure);
		return 0;
	}
	take(options, option, as, arguments[1], failure);
	return arguments[1] != NULL;
}

/* -a, -abc, -zvalue, -z value. */
static int take_short(struct options *options, char **arguments, struct failure *failure)
{
	const char *letter;

	for (letter = arguments[0] + 1; *letter != '\0'; letter++) {
		const struct option *option = find_short(*letter);
		char as[3] = { '-', *letter, '\0' };

		if (option == NULL) {
			unknown_option(as, failure);
			return 0;
		}
		if (option->argument == NULL) {
			take(options, option, as, NULL, failure);
			continue;
		}
		if (letter[1] != '\0') {
			take(options, option, as, letter + 1, failure);
			return 0;
		}
		take(options, option, as, arguments[1], failure);
		return arguments[1] != NULL;
	}
	return 0;
}

void options_parse(int argc, char **argv, struct options *ret_options, struct failure *failure)
{
	struct options options = { .request.struct_size = sizeof(options.request) };
	bool only_words = false;
	int i;

	options.words = calloc((size_t)argc + 1, sizeof(*options.words));
	if (options.words == NULL)
		failure_set(failure, EXIT_SYSTEM, "system", "", "out of memory");
	/* The walk goes on after a mistake: whether the answer is to be JSON may stand behind it. */
	for (i = 1; i < argc && options.words != NULL; i++) {
		const char *text = argv[i];

		if (only_words || text[0] != '-' || text[1] == '\0')
			options.words[options.word_count++] = argv[i];
		else if (strcmp(text, "--") == 0)
			only_words = true;
		else if (text[1] == '-')
			i += take_long(&options, argv + i, failure);
		else
			i += take_short(&options, argv + i, failure);
	}
	*ret_options = options;
}

void options_clear(struct options *options)
{
	free(options->words);
	options->words = NULL;
}

void options_check(const struct options *options, unsigned int users, const char *verb,
		   struct failure *failure)
{
	char name[64], message[128], hint[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (!(options->given & UINT64_C(1) << i) ||
		    table[i].users & (users | USER_EVERYONE))
			continue;
		snprintf(name, sizeof(name), "--%s", table[i].name);
		snprintf(message, sizeof(message), "%s does not take this option", verb);
		snprintf(hint, sizeof(hint), "see memhp %s --help", verb);
		usage(failure, name, message, hint);
		return;
	}
}

bool options_describe(size_t index, struct option_help *ret_help)
{
	const struct option *option;

	if (index >= ARRAY_SIZE(table))
		return false;
	option = &table[index];
	*ret_help = (struct option_help){
		.letter = option->letter,
		.name = option->name,
		.argument = option->argument,
		.users = option->users,
		.help = option->help,
	};
	return true;
}
