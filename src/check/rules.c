/* check/rules.c - rules about paths.
 *
 * This version reads and validates them but has no check that could answer them. A rule that
 * nobody checks must not look like one that passed, so each is reported as unsupported. Those about
 * sockets and limits are live.h's. */
#include "check/check.h"

#include <string.h>

#include "profile/rules.h"

void check_rules_run(const struct host *host, const struct profile *profile, struct report *report)
{
	(void)host;
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct rule *rule = &profile->rules[i];
		struct finding *finding;

		if (strcmp(rule->family, "paths") != 0)
			continue;
		finding = report_add(report);
		finding->id = mem_printf("%s.%s", rule->family, rule->name);
		finding->subject = mem_strdup(rule->name);
		finding->status = STATUS_UNSUPPORTED;
		finding->severity = SEVERITY_WARNING;
		finding->expected = rule_describe(rule);
		finding->reason =
			mem_printf("this version of fettle does not check %s", rule->family);
		finding->origin.file = mem_strdup(rule->origin.file);
		finding->origin.line = rule->origin.line;
	}
}
