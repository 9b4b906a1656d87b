/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of devices and regions, paths and words of a recorded machine are whatever somebody has written: none may steer
 * the terminal, hide what stands beside it, or shift a column. Knows no objects and no widths of terminals.
 */
#include "clean.h"

#include <stdbool.h>
#include <string.h>

size_t character_length(const char *text)
{
	static const unsigned char least_second[] = { [0] = 0xa0, [4] = 0x90 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t len, i;

	if (bytes[0] < 0x80)
		return 1;
	len = bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2 :
	      (bytes[0] & 0xf0) == 0xe0		  ? 3 :
	      bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4 :
						    0;
	for (i = 1; i < len; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	/* Not the shortest form, a surrogate, or past the last character. */
	if ((bytes[0] == 0xe0 && bytes[1] < least_second[0]) ||
	    (bytes[0] == 0xed && bytes[1] >= 0xa0) ||
	    (bytes[0] == 0xf0 && bytes[1] < least_second[4]) ||
	    (bytes[0] == 0xf4 && bytes[1] >= 0x90))
		return 0;
	return len;
}

/* Two bytes: U+0080 to U+009F control as ESC does; U+00AD and U+061C are as of those of three: U+200B on and U+202A on have no width, or turn lines round. */
static bool is_clean(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (len == 1)
		return bytes[0] >= ' ' && bytes[0] != 0x7f;
	if (len == 2)
		return (bytes[0] != 0xc2 || (bytes[1] >= 0xa0 && bytes[1] != 0xad)) &&
		       (bytes[0] != 0xd8 || bytes[1] != 0x9c);
	if (len == 3 && bytes[0] == 0xe2)
		return !(bytes[1] == 0x80 && bytes[2] >= 0x8b && bytes[2] <= 0x8f) &&
		       !(bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) &&
		       !(bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xaf);
	return len > 0 && !(len == 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0);
}

const char *clean_next(const char **text, size_t *ret_len)
{
	const char *from = *text;
	size_t len = character_length(from);

	*text += len > 0 ? len : 1;
	*ret_len = is_clean(from, len) ? len : 1;
	return is_clean(from, len) ? from : "?";
}

void clean_copy(char *buffer, size_t size, const char *text)
{
	size_t used = 0, len;

	while (*text != '\0') {
		const char *from = clean_next(&text, &len);

		if (used + len >= size)
			break;
		memcpy(buffer + used, from, len);
		used += len;
	}
	buffer[used] = '\0';
}

size_t shown_length(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}
