/* check/reboot.c - see reboot.h. */
#include "check/reboot.h"

#include <string.h>

#include "boot/boot.h"
#include "catalog/catalog.h"
#include "check/resolve.h"
#include "check/select.h"
#include "sysctl/normalise.h"

/* What is asked of the value that a boot sets. */
struct question {
	enum value_kind kind;
	struct sysctl_wanted *wanted;
};

static bool holds(const char *text, void *data)
{
	const struct question *question = data;
	_cleanup_(value_freep) struct value *value = NULL;
	struct err ignored;
	bool result;

	return sysctl_value_parse(question->kind, text, &value, &ignored) == 0 &&
	       sysctl_compare(value, question->wanted, &result, &ignored) == 0 && result;
}

static void take_answer(const struct boot_answer *answer, struct finding *finding)
{
	const char *reason = answer->reason;

	if (answer->verdict == BOOT_DEFAULT && !reason)
		reason = "no file sets it";
	finding->reboot.verdict = mem_strdup(boot_verdict_name(answer->verdict));
	finding->reboot.reason = mem_strdup(reason);
	if (!answer->winner.file)
		return;
	finding->reboot.value = mem_strdup(answer->winner.value);
	finding->reboot.origin.file = mem_strdup(answer->winner.file);
	finding->reboot.origin.line = answer->winner.line;
}

static void judge(const struct host *host, const struct boot_plan *plan,
		  const struct selected *selected, struct finding *finding)
{
	struct resolve_key key = {.name = selected->name, .known = catalog_find(selected->name)};
	struct question question = {0};
	struct boot_answer answer;
	struct err ignored;

	if (selected->setting->expect->op == EXPECT_ABSENT || !finding->actual)
		return;
	key.kind = key.known ? key.known->kind : sysctl_value_guess(finding->actual);
	if (check_resolve(host, &key, selected->setting->expect, &question.wanted, &ignored) < 0)
		return;
	question.kind = key.kind;
	boot_plan_judge(plan, key.name, holds, &question, &answer);
	take_answer(&answer, finding);
	boot_answer_fini(&answer);
	sysctl_wanted_free(question.wanted);
}

static struct finding *find_failing(struct report *report, const char *key)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		struct finding *finding = &report->findings[i];

		if (finding->status == STATUS_FAIL && !finding->netns &&
		    strcmp(finding->subject, key) == 0)
			return finding;
	}
	return NULL;
}

void check_reboot(const struct host *host, const struct profile *profile, const char *dir,
		  struct report *report)
{
	_cleanup_(boot_plan_freep) struct boot_plan *plan = NULL;
	struct selection selection = {0};
	struct err ignored;

	check_select(host, profile, &selection);
	for (size_t i = 0; i < selection.count; i++) {
		struct finding *finding = find_failing(report, selection.keys[i].name);

		if (!finding)
			continue;
		if (!plan && boot_plan_make(dir, BOOT_LOADERS, host->root, &plan, &ignored) < 0)
			break;
		judge(host, plan, &selection.keys[i], finding);
	}
	selection_fini(&selection);
}
