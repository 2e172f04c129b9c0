/* check/audit.c - see audit.h. */
#include "check/audit.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "check/namespaces.h"
#include "check/when.h"
#include "config.h"

static void describe_subject(const struct host *host, struct report *report)
{
	report->generator = mem_strdup(PACKAGE_STRING);
	report->host = mem_strdup(host->name);
	report->kernel = mem_strdup(host->kernel);
}

static void describe_profile(const struct profile *profile, struct report *report)
{
	report->profile.name = mem_strdup(profile->name);
	report->profile.file = mem_strdup(profile->file);
	report->profile.summary = mem_strdup(profile->summary);
	report->profile.digest = mem_strdup(profile->digest);
}

/* Nothing of a profile that does not apply is checked, and the report says that in one finding. */
static bool profile_applies(const struct host *host, const struct profile *profile,
			    struct report *report)
{
	char *reason = check_when(host, &profile->when);
	struct finding *finding;

	if (!reason)
		return true;
	finding = report_add(report);
	finding->id = mem_printf("profile.%s", profile->name);
	finding->subject = mem_printf("profile %s", profile->name);
	finding->status = STATUS_NOT_APPLICABLE;
	finding->reason = reason;
	finding->origin.file = mem_strdup(profile->file);
	return false;
}

/* A waiver holds to the end of its last day, local time. */
static bool has_expired(const struct waiver *waiver, time_t now)
{
	struct tm end = waiver->until;

	if (!end.tm_year)
		return false;
	end.tm_mday++;
	end.tm_hour = end.tm_min = end.tm_sec = 0;
	end.tm_isdst = -1;
	return now >= mktime(&end);
}

static void waive(const struct waiver *waiver, struct finding *finding)
{
	char *reason = mem_printf(
		"%s%s%s%s%s (%s%s%s)", waiver->reason, waiver->owner ? ", " : "",
		waiver->owner ? waiver->owner : "", waiver->until_text ? ", until " : "",
		waiver->until_text ? waiver->until_text : "", finding_status_name(finding->status),
		finding->reason ? ": " : "", finding->reason ? finding->reason : "");

	free(finding->reason);
	finding->reason = reason;
	finding->status = STATUS_WAIVED;
}

static void apply_waivers(const struct profile *profile, time_t now, struct finding *finding)
{
	_cleanup_strbuf_ struct strbuf expired = {0};

	if (finding->status == STATUS_PASS || finding->status == STATUS_NOT_APPLICABLE)
		return;
	for (size_t i = 0; i < profile->n_waivers; i++) {
		const struct waiver *waiver = &profile->waivers[i];

		if (fnmatch(waiver->finding, finding->id, 0) != 0)
			continue;
		if (!has_expired(waiver, now)) {
			waive(waiver, finding);
			return;
		}
		strbuf_printf(&expired, "%s%s", expired.len ? ", " : "", waiver->until_text);
	}
	if (expired.len)
		finding_add_evidence(finding, "waiver-expired", expired.text);
}

static struct report *audit(const struct host *host, const struct profile *profile,
			    const struct netns_list *namespaces, const struct live_options *live,
			    time_t now)
{
	struct report *report = report_new();

	describe_subject(host, report);
	describe_profile(profile, report);
	if (profile_applies(host, profile, report)) {
		check_namespaces(host, profile, namespaces, report);
		if (live)
			check_live(host, profile, live, report);
	}
	for (size_t i = 0; i < report->n_findings; i++)
		apply_waivers(profile, now, &report->findings[i]);
	report_sort(report);
	return report;
}

struct report *audit_host(const struct host *host, const struct profile *profile,
			  const struct audit_scope *scope, time_t now)
{
	const struct live_options one_look = {.namespaces = scope->namespaces,
					      .source = SOCK_SOURCE_AUTO};
	const struct live_options *live = scope->live;

	/* a profile that has rules about sockets, processes or paths asks for a look at them */
	if (!live && profile->n_rules)
		live = &one_look;
	return audit(host, profile, scope->namespaces, live, now);
}

struct report *audit_live(const struct host *host, const struct live_options *live)
{
	struct report *report = report_new();

	describe_subject(host, report);
	report->profile.summary =
		mem_strdup("Live sockets, processes and counters, by built-in rules");
	check_live(host, NULL, live, report);
	report_sort(report);
	return report;
}

struct report *audit_run(const struct host *host, const struct profile *profile, time_t now)
{
	return audit(host, profile, NULL, NULL, now);
}

static bool matches(const struct finding *finding, const char *pattern)
{
	return fnmatch(pattern, finding->id, 0) == 0 || fnmatch(pattern, finding->subject, 0) == 0;
}

/* The next of the patterns between commas, the caller's, or NULL; starts with `*rest` at the first.
 */
static char *next_pattern(const char **rest)
{
	const char *at = *rest;
	size_t len;

	if (!at)
		return NULL;
	len = strcspn(at, ",");
	*rest = at[len] ? at + len + 1 : NULL;
	return mem_strndup(at, len);
}

static bool is_among(const struct finding *finding, const char *patterns)
{
	char *pattern;
	bool found = false;

	while (!found && (pattern = next_pattern(&patterns))) {
		found = matches(finding, pattern);
		free(pattern);
	}
	return found;
}

char *audit_find_unmatched(const struct report *report, const char *patterns)
{
	char *pattern;

	while ((pattern = next_pattern(&patterns))) {
		size_t i = 0;

		while (i < report->n_findings && !matches(&report->findings[i], pattern))
			i++;
		if (i == report->n_findings)
			return pattern;
		free(pattern);
	}
	return NULL;
}

void audit_keep_only(struct report *report, const char *patterns)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->n_findings; i++) {
		struct finding *finding = &report->findings[i];

		if (is_among(finding, patterns))
			report->findings[kept++] = *finding;
		else
			finding_fini(finding);
	}
	report->left_out += report->n_findings - kept;
	report->n_findings = kept;
}
