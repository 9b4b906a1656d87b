/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timed PROCESSORS LIBRARY COMMAND...: "WRITES MS MS", how many states of memory blocks the command has written, how
 * long it was inside those writes, and how long it took from its start to its end. Both are of one run, so that
 * whatever makes runs differ is in both. PROCESSORS is 1, or 0 for as many as there are. Exit 1 if the command failed.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inside.h"

static int stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static void run(int fd, char **argv)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", fd);
	if (argv[1][0] == '1' && stay_here() < 0)
		_exit(126);
	setenv(INSIDE_FD, text, 1);
	setenv("LD_PRELOAD", argv[2], 1);
	dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
	execvp(argv[3], argv + 3);
	_exit(127);
}

int main(int argc, char **argv)
{
	int fd = memfd_create("inside", 0), status = 0;
	struct inside *inside;
	uint64_t began, total;
	pid_t pid;

	if (argc < 4 || fd < 0 || ftruncate(fd, sizeof(*inside)) < 0)
		return 2;
	inside = mmap(NULL, sizeof(*inside), PROT_READ, MAP_SHARED, fd, 0);
	if (inside == MAP_FAILED)
		return 2;
	began = inside_clock();
	pid = fork();
	if (pid == 0)
		run(fd, argv);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 2;
	total = inside_clock() - began;
	printf("%llu %.3f %.3f\n", (unsigned long long)inside->writes,
	       (double)inside->nanoseconds / 1e6, (double)total / 1e6);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
