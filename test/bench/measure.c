/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure ROUNDS COMMAND... [-- COMMAND...]...
 *
 * Runs programs in turn, so that all of them meet the same machine, and prints for each the medians of
 * milliseconds, processor milliseconds and peak KiB. What they print is thrown away. Small on purpose:
 * a child's peak begins with its parent's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 32

enum column {
	SECONDS,
	PROCESSOR,
	PEAK,
	COLUMNS,
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static void become(char **command)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(command[0], command);
	_exit(127);
}

static void run(char **command, double result[COLUMNS])
{
	double begin = now();
	struct rusage usage;
	pid_t child = fork();
	int status;

	if (child == 0)
		become(command);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror(command[0]);
		exit(1);
	}
	result[SECONDS] = now() - begin;
	result[PROCESSOR] = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
	result[PEAK] = (double)usage.ru_maxrss;
	/* 3: memhp's rules denied what was planned, which is an answer. */
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3)) {
		fprintf(stderr, "measure: %s: status %#x\n", command[0], (unsigned int)status);
		exit(1);
	}
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double (*results)[COLUMNS], size_t count, enum column column)
{
	double *values = calloc(count, sizeof(*values)), result;
	size_t i;

	for (i = 0; i < count; i++)
		values[i] = results[i][column];
	qsort(values, count, sizeof(*values), compare);
	result = values[count / 2];
	free(values);
	return result;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? (size_t)atol(argv[1]) : 0, count = 0, round, i;
	double(*results[COMMANDS_MAX])[COLUMNS], unused[COLUMNS];
	char **commands[COMMANDS_MAX];

	if (rounds == 0)
		return 2;
	for (i = 2; i < (size_t)argc; i++) {
		if (count == 0 || strcmp(argv[i], "--") == 0) {
			commands[count] = &argv[count == 0 ? i : i + 1];
			results[count++] = calloc(rounds, sizeof(*results[0]));
			if (strcmp(argv[i], "--") == 0)
				argv[i] = NULL;
		}
		if (count == COMMANDS_MAX)
			return 2;
	}
	/* The first time is for what is not in the caches yet. */
	for (i = 0; i < count; i++)
		run(commands[i], unused);
	for (round = 0; round < rounds; round++)
		for (i = 0; i < count; i++)
			run(commands[i], results[i][round]);
	for (i = 0; i < count; i++) {
		printf("%.3f %.3f %.0f\n", median(results[i], rounds, SECONDS),
		       median(results[i], rounds, PROCESSOR), median(results[i], rounds, PEAK));
		free(results[i]);
	}
	return 0;
}
