/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded into memhp before the C library (LD_PRELOAD): takes the time of each write to the state of a block, in
 * whichever process it is made, and passes every call on. memhp writes states by syscall() alone, the bare writer by
 * write(); how many there were is told too, for whoever knows how many there must be.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

#define SHOWN __attribute__((visibility("default")))

static long (*below)(long number, ...);
static ssize_t (*below_write)(int fd, const void *data, size_t size);
static int (*below_open)(const char *path, int flags, ...);
static struct inside *inside;
static long state_fd = -1;

__attribute__((constructor)) static void begin(void)
{
	const char *fd = getenv(INSIDE_FD);
	void *shared = MAP_FAILED;

	*(void **)&below = dlsym(RTLD_NEXT, "syscall");
	*(void **)&below_write = dlsym(RTLD_NEXT, "write");
	*(void **)&below_open = dlsym(RTLD_NEXT, "open");
	if (fd != NULL)
		shared = mmap(NULL, sizeof(*inside), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd),
			      0);
	if (below == NULL || below_write == NULL || below_open == NULL || shared == MAP_FAILED)
		abort();
	inside = shared;
}

static int is_state(const char *path)
{
	size_t len = strlen(path);

	return len > 6 && strcmp(path + len - 6, "/state") == 0;
}

static uint64_t begin_write(long fd)
{
	return fd == state_fd ? inside_clock() : 0;
}

static void end_write(uint64_t began)
{
	if (began == 0)
		return;
	inside->nanoseconds += inside_clock() - began;
	inside->writes++;
}

SHOWN int open(const char *path, int flags, ...)
{
	va_list list;
	int fd;

	va_start(list, flags);
	fd = below_open(path, flags, va_arg(list, int));
	va_end(list);
	state_fd = is_state(path) ? fd : -1;
	return fd;
}

SHOWN int open64(const char *path, int flags, ...) __attribute__((alias("open")));

SHOWN ssize_t write(int fd, const void *data, size_t size)
{
	uint64_t began = begin_write(fd);
	ssize_t written = below_write(fd, data, size);

	end_write(began);
	return written;
}

SHOWN long syscall(long number, ...)
{
	long words[6], rc;
	uint64_t began;
	va_list list;
	size_t i;

	va_start(list, number);
	for (i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	began = number == SYS_write ? begin_write(words[0]) : 0;
	rc = below(number, words[0], words[1], words[2], words[3], words[4], words[5]);
	end_write(began);
	if (number == SYS_openat)
		state_fd = is_state((const char *)words[1]) ? rc : -1;
	return rc;
}
