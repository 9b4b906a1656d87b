/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The yardstick: what it costs to read `state` and `valid_zones` of every block and to do nothing with
 * them. One thread, one directory read, six system calls a block. Uses nothing of memhp.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const files[] = { "state", "valid_zones" };

/* The first byte, so that no compiler can leave the read out; 0 if there is none. */
static unsigned char read_file(int directory, const char *path)
{
	unsigned char text[4096];
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text));
	close(fd);
	return len > 0 ? text[0] : 0;
}

static size_t read_block(int directory, const char *block)
{
	char path[300];
	size_t len = strlen(block), bytes = 0, i;

	memcpy(path, block, len);
	path[len] = '/';
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		memcpy(path + len + 1, files[i], strlen(files[i]) + 1);
		bytes += read_file(directory, path) != 0;
	}
	return bytes;
}

int main(int argc, char **argv)
{
	size_t blocks = 0, read_files = 0;
	struct dirent *entry;
	char path[4096];
	DIR *directory;

	snprintf(path, sizeof(path), "%s/sys/devices/system/memory", argc > 1 ? argv[1] : "");
	directory = opendir(path);
	if (directory == NULL) {
		fprintf(stderr, "reader: %s: %s\n", path, strerror(errno));
		return 1;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (strncmp(entry->d_name, "memory", 6) != 0)
			continue;
		read_files += read_block(dirfd(directory), entry->d_name);
		blocks++;
	}
	closedir(directory);
	printf("%zu blocks, %zu files\n", blocks, read_files);
	return 0;
}
