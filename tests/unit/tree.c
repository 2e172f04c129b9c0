/* tests/unit/tree.c - see tree.h. */
#include "tests/unit/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "tests/unit/tree.h"

struct tree *tree_new(void)
{
	struct tree *tree = mem_alloc(sizeof(*tree));

	snprintf(tree->path, sizeof(tree->path), "/tmp/fettle-test-XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	return tree;
}

char *tree_path(const struct tree *tree, const char *name)
{
	return mem_printf("%s/%s", tree->path, name);
}

void tree_put(const struct tree *tree, const char *name, const char *text)
{
	_cleanup_free_ char *path = tree_path(tree, name);
	FILE *file;

	for (char *slash = strchr(path + strlen(tree->path) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

char *tree_script(const struct tree *tree, const char *name, const char *text)
{
	_cleanup_free_ char *script = mem_printf("#!/bin/sh\n%s", text);
	char *path = tree_path(tree, name);

	tree_put(tree, name, script);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	nftw(tree->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(tree);
}
