/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer WORD FIRST LAST: writes WORD to the state of each of these memory blocks, downwards where it is
 * "offline", and does nothing besides: what the writes cost by themselves. Exit 1 if one was refused.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_state(unsigned long block, const char *word)
{
	char path[96];
	ssize_t written;
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%lu/state", block);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	written = write(fd, word, strlen(word));
	close(fd);
	if (written < 0)
		perror(path);
	return written < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	unsigned long first, last, i;
	int rc = 0;

	if (argc != 4)
		return 2;
	first = strtoul(argv[2], NULL, 10);
	last = strtoul(argv[3], NULL, 10);
	for (i = 0; i <= last - first; i++) {
		unsigned long block = strcmp(argv[1], "offline") == 0 ? last - i : first + i;

		if (write_state(block, argv[1]) < 0)
			rc = 1;
	}
	return rc;
}
