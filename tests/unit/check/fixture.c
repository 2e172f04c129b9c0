/* tests/unit/check/fixture.c - see fixture.h. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check/fixture.h"

void fixture_init(struct fixture *fixture)
{
	struct err err;

	fixture->tree = tree_new();
	tree_put(fixture->tree, "profiles/.keep", "");
	if (host_open(fixture->tree->path, &fixture->host, &err) < 0)
		fail_msg("%s", err.text);
	mem_replace(&fixture->host->name, "testhost");
	mem_replace(&fixture->host->kernel, "6.1.5-test");
	fixture->host->version = (struct version){6, 1, 5};
	fixture->host->memory_bytes = 8ULL << 30;
	fixture->host->page_bytes = 4096;
	fixture->host->cpus = 4;
}

void fixture_fini(struct fixture *fixture)
{
	host_free(fixture->host);
	tree_free(fixture->tree);
}

void fixture_key(struct fixture *fixture, const char *path, const char *text)
{
	tree_put(fixture->tree, path, text);
}

struct profile *fixture_profile(struct fixture *fixture, const char *yaml)
{
	_cleanup_free_ char *text = mem_printf("schema: 1\nname: test\nsummary: A test\n%s", yaml);
	_cleanup_free_ char *folder = tree_path(fixture->tree, "profiles");
	struct profile *profile;
	struct err err;

	tree_put(fixture->tree, "profiles/test.yaml", text);
	if (profile_load(folder, "test", &profile, &err) < 0)
		fail_msg("%s:%u:%u: %s", err.file, err.line, err.column, err.text);
	return profile;
}

struct report *fixture_audit(struct fixture *fixture, const char *yaml)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(fixture, yaml);

	return audit_run(fixture->host, profile, 1781524800);
}

const struct finding *fixture_finding(const struct report *report, const char *id)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		if (strcmp(report->findings[i].id, id) == 0)
			return &report->findings[i];
	}
	fail_msg("no finding %s among %zu", id, report->n_findings);
	return NULL;
}
