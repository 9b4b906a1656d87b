/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A reader of udev's rules (udev(7)) that follows one imagined event through a file. Conditions hold,
 * do not, or cannot be told (programs, properties, parents); GOTO is followed on every way that is
 * possible. Pure; what does not parse is passed over, as udev does.
 */
#include <fnmatch.h>
#include <string.h>

#include "parse-udev-token.h"
#include "parse-udev.h"

#define VALUE_MAX 256
#define LABELS_MAX 16
#define VARIABLES_MAX 8

/* Where a GOTO on the way may have led; BEFORE: how sure it was to come by. */
struct jump {
	struct piece label;
	enum tristate taken;
	enum tristate before;
};

/* Words that a property may hold when a later rule uses it. */
struct variable {
	struct piece name;
	uint8_t words;
};

struct walk {
	const struct udev_event *event;
	udev_deed_fn fn;
	void *data;
	enum tristate reached; /* whether the event comes to the rule at hand */
	struct jump jumps[LABELS_MAX];
	size_t jump_count;
	struct variable variables[VARIABLES_MAX];
	size_t variable_count;
	bool lost; /* more labels than can be followed: nothing is certain any more */
};

static bool pieces_are_same(struct piece a, struct piece b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* ---- conditions ---- */

static enum tristate both(enum tristate a, enum tristate b)
{
	if (a == TRI_NO || b == TRI_NO)
		return TRI_NO;
	return a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static enum tristate either(enum tristate a, enum tristate b)
{
	if (a == TRI_YES || b == TRI_YES)
		return TRI_YES;
	return a == TRI_NO && b == TRI_NO ? TRI_NO : TRI_UNKNOWN;
}

static enum tristate negate(enum tristate a)
{
	return a == TRI_YES ? TRI_NO : a == TRI_NO ? TRI_YES : TRI_UNKNOWN;
}

/* Patterns as of the shell, several with | between them. */
static enum tristate is_matched(struct piece patterns, const char *value)
{
	char text[VALUE_MAX], *pattern = text, *end;

	if (value == NULL || patterns.len >= sizeof(text) ||
	    memchr(patterns.text, '\0', patterns.len) != NULL)
		return TRI_UNKNOWN;
	memcpy(text, patterns.text, patterns.len);
	text[patterns.len] = '\0';
	do {
		end = strchr(pattern, '|');
		if (end != NULL)
			*end = '\0';
		if (fnmatch(pattern, value, 0) == 0)
			return TRI_YES;
		pattern = end + 1;
	} while (end != NULL);
	return TRI_NO;
}

static const char *attribute_of(const struct udev_event *event, struct piece name)
{
	size_t i;

	for (i = 0; i < event->attribute_count; i++) {
		if (piece_is(name, event->attributes[i].name))
			return event->attributes[i].value;
	}
	return NULL;
}

static const char *value_of(const struct udev_event *event, const struct udev_token *token)
{
	if (piece_is(token->key, "ACTION"))
		return "add";
	if (piece_is(token->key, "SUBSYSTEM") || piece_is(token->key, "SUBSYSTEMS"))
		return event->subsystem;
	if (piece_is(token->key, "KERNEL") || piece_is(token->key, "KERNELS"))
		return event->kernel;
	if (piece_is(token->key, "DEVPATH"))
		return event->devpath;
	if (piece_is(token->key, "ATTR") || piece_is(token->key, "ATTRS"))
		return attribute_of(event, token->attribute);
	if (piece_is(token->key, "CONST") && piece_is(token->attribute, "arch"))
		return event->arch;
	return NULL;
}

static bool is_any_of(struct piece key, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (piece_is(key, *names))
			return true;
	}
	return false;
}

/* Whether the rule goes on behind TOKEN, as far as can be told. */
static enum tristate holds(const struct udev_event *event, const struct udev_token *token)
{
	/* Of these a parent may have what the device has not. */
	static const char *const parents[] = { "SUBSYSTEMS", "KERNELS", "ATTRS", NULL };
	/* These are conditions however they are written. */
	static const char *const tests[] = { "PROGRAM", "IMPORT", "RESULT", "TEST", NULL };
	enum tristate matched;

	if (token->relation == RELATION_ASSIGN)
		return is_any_of(token->key, tests) ? TRI_UNKNOWN : TRI_YES;
	if (piece_is(token->key, "TEST"))
		matched = attribute_of(event, token->value) != NULL ? TRI_YES : TRI_UNKNOWN;
	else
		matched = is_matched(token->value, value_of(event, token));
	if (matched == TRI_NO && is_any_of(token->key, parents))
		matched = TRI_UNKNOWN;
	return token->relation == RELATION_IS_NOT ? negate(matched) : matched;
}

/* ---- properties ---- */

static struct variable *variable_of(struct walk *walk, struct piece name)
{
	size_t i;

	for (i = 0; i < walk->variable_count; i++) {
		if (pieces_are_same(walk->variables[i].name, name))
			return &walk->variables[i];
	}
	return NULL;
}

/* "$env{NAME}" and "%E{NAME}" alone. */
static bool is_reference(struct piece value, struct piece *ret_name)
{
	size_t prefix = piece_starts_with(value, "$env{") ? 5 :
			piece_starts_with(value, "%E{")	  ? 3 :
							    0;

	if (prefix == 0 || value.text[value.len - 1] != '}' ||
	    memchr(value.text + prefix, '}', value.len - prefix - 1) != NULL)
		return false;
	*ret_name = (struct piece){ value.text + prefix, value.len - prefix - 1 };
	return true;
}

/* The words that VALUE can stand for; 0: any. */
static uint8_t words_of(struct walk *walk, struct piece value)
{
	const struct variable *variable;
	enum online_word word;
	struct piece name;
	char text[32];

	if (is_reference(value, &name)) {
		variable = variable_of(walk, name);
		return variable != NULL ? variable->words : 0;
	}
	if (value.len >= sizeof(text))
		return 0;
	memcpy(text, value.text, value.len);
	text[value.len] = '\0';
	word = online_word_from_name(text);
	return word == WORD_UNKNOWN ? 0 : (uint8_t)(1U << word);
}

/* A word that is not known makes the property unknown: it is then not kept at all. */
static void set_variable(struct walk *walk, const struct udev_token *token, enum tristate done)
{
	struct variable *variable = variable_of(walk, token->attribute);
	uint8_t words = words_of(walk, token->value);

	if (variable == NULL) {
		if (walk->variable_count == VARIABLES_MAX || done == TRI_NO)
			return;
		variable = &walk->variables[walk->variable_count++];
		*variable = (struct variable){ .name = token->attribute, .words = words };
		return;
	}
	if (done == TRI_YES || words == 0)
		variable->words = words;
	else if (variable->words != 0)
		variable->words |= words;
}

/* ---- rules ---- */

/* One rule: where its tokens begin, and what its conditions come to. */
struct rule {
	struct cursor text;
	unsigned int line;
	enum tristate holding;
	bool named;
};

/* Ways that led here come together again. */
static void arrive(struct walk *walk, struct piece label)
{
	size_t i;

	for (i = 0; i < walk->jump_count; i++) {
		const struct jump *jump = &walk->jumps[i];

		if (!pieces_are_same(jump->label, label))
			continue;
		if (walk->reached == TRI_NO)
			walk->reached = jump->taken;
		else
			walk->reached = either(walk->reached, jump->before);
	}
}

static void leave(struct walk *walk, struct piece label, enum tristate holding)
{
	enum tristate taken = both(walk->reached, holding);

	if (taken == TRI_NO)
		return;
	if (walk->jump_count == LABELS_MAX) {
		walk->lost = true;
		return;
	}
	walk->jumps[walk->jump_count++] =
		(struct jump){ .label = label, .taken = taken, .before = walk->reached };
	walk->reached = both(walk->reached, negate(holding));
}

static struct piece key_of(const struct udev_token *token)
{
	const char *end = token->attribute.len > 0 ?
				  token->attribute.text + token->attribute.len + 1 :
				  token->key.text + token->key.len;

	return (struct piece){ token->key.text, (size_t)(end - token->key.text) };
}

static int tell(struct walk *walk, const struct udev_token *token, enum tristate done,
		const struct rule *rule)
{
	struct udev_deed deed = {
		.certain = done == TRI_YES && !walk->lost,
		.named = rule->named,
		.line = rule->line,
		.text = token->value,
		.key = key_of(token),
	};

	deed.is_state = piece_is(token->key, "ATTR");
	if (deed.is_state)
		deed.words = words_of(walk, token->value);
	return walk->fn(walk->data, &deed);
}

static bool is_deed(const struct udev_token *token)
{
	if (piece_is(token->key, "ATTR"))
		return piece_is(token->attribute, "state");
	if (piece_is(token->key, "ENV"))
		return piece_is(token->attribute, "SYSTEMD_WANTS");
	return piece_is(token->key, "RUN");
}

/* What one rule does: after its conditions, wherever they stand in it. */
static int carry_out(struct walk *walk, const struct rule *rule)
{
	enum tristate done = both(walk->reached, rule->holding);
	struct cursor cursor = rule->text;
	unsigned int ignored = 0;
	struct udev_token token;
	bool broken;
	int rc = 0;

	while (rc == 0 && done != TRI_NO && udev_token(&cursor, &ignored, &token, &broken)) {
		if (token.relation != RELATION_ASSIGN)
			continue;
		if (is_deed(&token))
			rc = tell(walk, &token, done, rule);
		else if (piece_is(token.key, "ENV"))
			set_variable(walk, &token, done);
		else if (piece_is(token.key, "GOTO"))
			leave(walk, token.value, rule->holding);
	}
	return rc;
}

static bool names_device(const struct udev_token *token)
{
	static const char *const names[] = { "SUBSYSTEM", "KERNEL", "DEVPATH", NULL };

	return token->relation == RELATION_IS && is_any_of(token->key, names) &&
	       !piece_is(token->value, "*");
}

static int take_rule(struct walk *walk, struct cursor *cursor, unsigned int *line)
{
	struct rule rule = { .text = *cursor, .line = *line, .holding = TRI_YES };
	bool broken = false;
	struct udev_token token;

	while (udev_token(cursor, line, &token, &broken)) {
		if (piece_is(token.key, "LABEL"))
			arrive(walk, token.value);
		else
			rule.holding = both(rule.holding, holds(walk->event, &token));
		rule.named |= names_device(&token);
	}
	return broken ? 0 : carry_out(walk, &rule);
}

int parse_udev(const char *text, size_t len, const struct udev_event *event, udev_deed_fn fn,
	       void *data)
{
	struct walk walk = { .event = event, .fn = fn, .data = data, .reached = TRI_YES };
	struct cursor cursor = cursor_of(text, len);
	unsigned int line = 1;
	int rc = 0;

	udev_skip_comments(&cursor, &line);
	while (rc == 0 && cursor.at < cursor.end) {
		rc = take_rule(&walk, &cursor, &line);
		udev_skip_rest(&cursor, &line);
		udev_skip_comments(&cursor, &line);
	}
	return rc;
}
