/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine in a temporary directory: files and links are written where a test wants them, and all
 * of it is removed at the end.
 */
#ifndef MEMHP_TEST_TREE_H
#define MEMHP_TEST_TREE_H

#include <stddef.h>
#include <stdint.h>

struct test_tree {
	char path[128];
};

void test_tree_make(struct test_tree *tree);
void test_tree_remove(struct test_tree *tree);
/* Each makes the directories above what it names; a failure fails the test. */
void test_tree_file(const struct test_tree *tree, const char *path, const char *text);
void test_tree_bytes(const struct test_tree *tree, const char *path, const void *bytes, size_t len);
void test_tree_link(const struct test_tree *tree, const char *path, const char *target);
void test_tree_directory(const struct test_tree *tree, const char *path);
void test_tree_delete(const struct test_tree *tree, const char *path);

/* One block, its files, and its entry on NODE (none below 0). */
void test_tree_block(const struct test_tree *tree, uint32_t number, const char *state,
		     const char *valid_zones, int node);
/*
 * Two nodes, blocks of 128 MiB: 0-3 are boot memory on node 0 (0 has holes), and a dax device of
 * 512 MiB on node 1 is in kmem, with blocks 32-35, half of them offline.
 */
void test_tree_machine(const struct test_tree *tree);
/* All files of that machine but those of its blocks, as they were at first. */
void test_tree_files(const struct test_tree *tree);

#endif
