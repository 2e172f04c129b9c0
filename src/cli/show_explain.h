/* cli/show_explain.h - what is known of a key or a finding, for people and for programs. */
#ifndef CLI_SHOW_EXPLAIN_H
#define CLI_SHOW_EXPLAIN_H

#include "catalog/catalog.h"
#include "check/rule.h"
#include "cli/cli.h"
#include "sysctl/read.h"

void show_explain_rule(const struct cli *cli, const struct check_rule *rule)
	__attribute__((nonnull));
/* `name` canonical, or a pattern as the catalogue has it; with what the tree holds. */
void show_explain_key(const struct cli *cli, const struct sysctl_root *root, const char *name,
		      const struct catalog_key *known) __attribute__((nonnull));

/* What a pattern, or the last part of names, stands for. */
struct explain_list {
	const struct check_rule **rules;
	size_t n_rules;
	const struct catalog_key **keys;
	size_t n_keys;
};
/* A line each. */
void show_explain_list(const struct cli *cli, const struct explain_list *list)
	__attribute__((nonnull));

#endif
