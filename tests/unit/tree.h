/* tests/unit/tree.h - a folder of a test's own: a stand-in for /proc/sys, or for profiles. */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

struct tree {
	char path[64];
};

struct tree *tree_new(void);
/* Writes `text` to `name` below the tree, making the folders on the way. */
void tree_put(const struct tree *tree, const char *name, const char *text);
/* The same of a program for sh(1), whose first line is added; its path, the caller's. */
char *tree_script(const struct tree *tree, const char *name, const char *text);
/* The path of `name` below the tree, the caller's. */
char *tree_path(const struct tree *tree, const char *name);
void tree_free(struct tree *tree); /* removes it and all below it */

static inline void tree_freep(struct tree **tree)
{
	tree_free(*tree);
}

#endif
