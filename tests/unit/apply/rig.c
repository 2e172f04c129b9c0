/* tests/unit/apply/rig.c - see rig.h. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "tests/unit/apply/rig.h"

void rig_init(struct rig *rig)
{
	struct err err;

	*rig = (struct rig){0};
	fixture_init(&rig->fixture);
	if (apply_context_init(&rig->context, rig->fixture.host, &err) < 0)
		fail_msg("%s", err.text);
	rig->state_dir = tree_path(rig->fixture.tree, "state");
	rig->etc_dir = tree_path(rig->fixture.tree, "etc");
	assert_int_equal(mkdir(rig->etc_dir, 0755), 0);
	rig->context.state_dir = rig->state_dir;
	rig->context.etc_dir = rig->etc_dir;
	rig->context.modprobe = NULL;
	snprintf(rig->context.boot_id, sizeof(rig->context.boot_id), "%s", RIG_BOOT_ID);
	rig->options.by = (struct txn_by){.uid = 0, .pid = 1, .loginuid = 1000};
}

void rig_fini(struct rig *rig)
{
	free(rig->state_dir);
	free(rig->etc_dir);
	fixture_fini(&rig->fixture);
}

char *rig_read(const struct rig *rig, const char *key)
{
	char *text;
	struct err err;

	if (sysctl_read(rig->fixture.host->root, key, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

void rig_apply(struct rig *rig, const char *const *changes, struct apply_result *result)
{
	struct plan plan = {0};
	struct err err;

	for (; *changes; changes++) {
		_cleanup_free_ char *key = mem_strdup(*changes);
		char *value = strchr(key, '=');

		*value++ = '\0';
		if (plan_add(&rig->context, &plan, key, value, &err) < 0)
			fail_msg("%s", err.text);
	}
	plan_order(&plan);
	if (apply_plan(&rig->context, &plan, &rig->options, result, &err) < 0)
		fail_msg("%s", err.text);
	plan_fini(&plan);
}

char *rig_describe(const struct apply_result *result)
{
	struct strbuf out = {0};

	strbuf_printf(&out, "%llu %s%s%s\n", (unsigned long long)result->txn,
		      apply_outcome_name(result->outcome), result->reason ? ": " : "",
		      result->reason ? result->reason : "");
	for (size_t i = 0; i < result->n_steps; i++) {
		const struct txn_result *step = &result->steps[i];

		strbuf_printf(&out, "%s %s -> %s = %s %s%s%s\n", step->subject,
			      step->from ? step->from : "-", step->wanted ? step->wanted : "-",
			      step->got ? step->got : "-", step->outcome, step->reason ? ": " : "",
			      step->reason ? step->reason : "");
	}
	return strbuf_take(&out);
}

char *rig_states(const struct rig *rig)
{
	struct txn_list list;
	struct strbuf out = {0};
	struct err err;

	if (apply_list(&rig->context, &list, &err) < 0)
		fail_msg("%s", err.text);
	strbuf_puts(&out, "");
	for (size_t i = 0; i < list.count; i++) {
		const struct txn *txn = &list.txns[i];

		strbuf_printf(&out, "%s%llu %s", i ? ", " : "", (unsigned long long)txn->number,
			      txn_state_name(txn_state(txn)));
		if (txn->undo_why)
			strbuf_printf(&out, " (%s)", txn->undo_why);
	}
	txn_list_fini(&list);
	return strbuf_take(&out);
}

char *rig_file(const struct rig *rig, const char *path)
{
	_cleanup_free_ char *full = tree_path(rig->fixture.tree, path);
	char *text = NULL;
	size_t len;
	struct err err;

	return file_read(AT_FDCWD, full, 1 << 20, &text, &len, &err) == 0 ? text : NULL;
}

void assert_text(char *got, const char *want)
{
	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

void rig_expect(struct apply_result *result, const char *want)
{
	assert_text(rig_describe(result), want);
	apply_result_fini(result);
}

int rig_apply_profile(struct rig *rig, const char *yaml, struct apply_result *result,
		      struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(&rig->fixture, yaml);
	struct plan plan;
	int r = apply_profile(&rig->context, profile, &rig->options, &plan, result, err);

	plan_fini(&plan);
	return r;
}
