/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of udev's rules: tokens, lines that go on, comments. Knows no key.
 */
#include <ctype.h>
#include <string.h>

#include "parse-udev-token.h"

static bool is_between(char letter)
{
	return letter == ' ' || letter == '\t' || letter == ',' || letter == '\r';
}

void udev_skip_comments(struct cursor *cursor, unsigned int *line)
{
	struct cursor next = *cursor;
	struct piece comment;

	while (parse_line(&next, &comment)) {
		while (comment.len > 0 && is_between(comment.text[0]))
			comment = (struct piece){ comment.text + 1, comment.len - 1 };
		if (comment.len == 0 || comment.text[0] != '#')
			return;
		*cursor = next;
		(*line)++;
	}
}

/* Blanks, commas, and line ends behind a backslash; comments may stand between such lines. */
static void skip_between(struct cursor *cursor, unsigned int *line)
{
	while (cursor->at < cursor->end) {
		if (is_between(*cursor->at)) {
			cursor->at++;
			continue;
		}
		if (*cursor->at != '\\' || cursor->end - cursor->at < 2 || cursor->at[1] != '\n')
			return;
		cursor->at += 2;
		(*line)++;
		udev_skip_comments(cursor, line);
	}
}

static struct piece take_name(struct cursor *cursor)
{
	struct piece name = { cursor->at, 0 };

	while (cursor->at < cursor->end &&
	       (isalnum((unsigned char)*cursor->at) || *cursor->at == '_'))
		cursor->at++;
	name.len = (size_t)(cursor->at - name.text);
	return name;
}

/* Up to MARK, which is passed; false if the line ends before. */
static bool take_until(struct cursor *cursor, char mark, struct piece *ret_piece)
{
	const char *start = cursor->at;

	for (; cursor->at < cursor->end && *cursor->at != '\n'; cursor->at++) {
		if (*cursor->at == '\\' && cursor->end - cursor->at > 1 && cursor->at[1] == mark) {
			cursor->at++;
			continue;
		}
		if (*cursor->at != mark)
			continue;
		*ret_piece = (struct piece){ start, (size_t)(cursor->at - start) };
		cursor->at++;
		return true;
	}
	return false;
}

static bool take_relation(struct cursor *cursor, enum udev_relation *ret_relation)
{
	size_t left = (size_t)(cursor->end - cursor->at);

	if (left >= 2 && cursor->at[1] == '=' && strchr("=!+-:", cursor->at[0]) != NULL &&
	    cursor->at[0] != '\0') {
		*ret_relation = cursor->at[0] == '=' ? RELATION_IS :
				cursor->at[0] == '!' ? RELATION_IS_NOT :
						       RELATION_ASSIGN;
		cursor->at += 2;
		return true;
	}
	if (left < 1 || cursor->at[0] != '=')
		return false;
	*ret_relation = RELATION_ASSIGN;
	cursor->at++;
	return true;
}

bool udev_token(struct cursor *cursor, unsigned int *line, struct udev_token *ret_token,
		bool *ret_broken)
{
	struct udev_token token = { .attribute = { "", 0 } };

	skip_between(cursor, line);
	if (cursor->at == cursor->end || *cursor->at == '\n')
		return false;
	*ret_broken = true;
	token.key = take_name(cursor);
	if (token.key.len == 0)
		return false;
	if (cursor->at < cursor->end && *cursor->at == '{') {
		cursor->at++;
		if (!take_until(cursor, '}', &token.attribute))
			return false;
	}
	skip_between(cursor, line);
	if (!take_relation(cursor, &token.relation))
		return false;
	skip_between(cursor, line);
	/* e"" has escapes, i"" minds no case. */
	while (cursor->at < cursor->end && (*cursor->at == 'e' || *cursor->at == 'i'))
		cursor->at++;
	if (cursor->at == cursor->end || *cursor->at++ != '"' ||
	    !take_until(cursor, '"', &token.value))
		return false;
	*ret_broken = false;
	*ret_token = token;
	return true;
}

void udev_skip_rest(struct cursor *cursor, unsigned int *line)
{
	struct piece rest;
	bool more = true;

	while (more && parse_line(cursor, &rest)) {
		(*line)++;
		more = rest.len > 0 && rest.text[rest.len - 1] == '\\';
	}
}
