/* check/namespaces.c - see namespaces.h. */
#include "check/namespaces.h"

#include <string.h>

#include "base/str.h"
#include "catalog/catalog.h"
#include "check/check.h"

struct inside {
	const struct host *host;
	const struct profile *profile;
	struct report *report;
};

static void run_families(const struct inside *inside)
{
	for (const struct check_family *family = check_families; family->name; family++)
		family->run(inside->host, inside->profile, inside->report);
}

/* What is looked up below /proc/sys/net is the namespace's of the thread that looks. */
static int run_inside(void *context, struct err *err)
{
	(void)err;
	run_families(context);
	return 0;
}

static const struct finding *find_first(const struct report *report, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(report->findings[i].id, id) == 0)
			return &report->findings[i];
	}
	return NULL;
}

/* A remedy mends what it is run in. */
static void enter_first(const struct netns *netns, struct finding *finding)
{
	_cleanup_free_ char *remedy = TAKE_PTR(finding->remedy),
			    *path = str_shell_word(netns->path);

	if (remedy && path)
		finding->remedy = mem_printf("nsenter --net=%s %s", path, remedy);
}

/* The catalogue knows, for each of its keys; of another it tells that our own namespace has it. But
 * an interface is in one namespace, and no key of it says anything of the others. */
static bool is_the_hosts(const struct finding *finding, const struct finding *first)
{
	const struct catalog_key *known = catalog_find(finding->subject);

	if (known)
		return known->first_netns_only;
	return first && first->status != STATUS_ABSENT &&
	       !catalog_names_interface(finding->subject);
}

static void adapt(const struct netns *netns, const struct finding *first, struct finding *finding)
{
	finding->netns = mem_strdup(netns->name);
	enter_first(netns, finding);
	if (finding->status != STATUS_ABSENT || !is_the_hosts(finding, first))
		return;
	finding->status = STATUS_NOT_APPLICABLE;
	mem_replace(&finding->reason, "exists only in the first network namespace");
}

/* Leaves of the findings from `start` on those of keys that a namespace has for itself. */
static void keep_own(const struct netns *netns, struct report *report, size_t n_first, size_t start)
{
	size_t kept = start;

	for (size_t i = start; i < report->n_findings; i++) {
		struct finding *finding = &report->findings[i];

		if (str_starts(finding->id, "sysctl.net.")) {
			adapt(netns, find_first(report, n_first, finding->id), finding);
			report->findings[kept++] = *finding;
		} else {
			finding_fini(finding);
		}
	}
	report->n_findings = kept;
}

static struct finding *report_unseen(const char *subject, struct report *report)
{
	struct finding *finding = report_add(report);

	finding->id = mem_strdup("netns.enter");
	finding->subject = mem_strdup(subject);
	finding->status = STATUS_UNREADABLE;
	finding->severity = SEVERITY_WARNING;
	return finding;
}

static void report_closed(const struct netns *netns, const struct err *err, struct report *report)
{
	struct finding *finding = report_unseen("network namespace", report);

	finding->netns = mem_strdup(netns->name);
	finding->reason = mem_strdup(err->text);
}

static void report_hidden(size_t processes, struct report *report)
{
	report_unseen("network namespaces of other processes", report)->reason =
		mem_printf("%zu process%s may be in namespaces that were not looked at: to read "
			   "/proc/PID/ns/net of another user's process, or of one with more "
			   "rights, needs CAP_SYS_PTRACE",
			   processes, processes == 1 ? "" : "es");
}

static bool is_own(const struct netns *netns)
{
	return !*netns->name;
}

void check_namespaces(const struct host *host, const struct profile *profile,
		      const struct netns_list *list, struct report *report)
{
	struct inside inside = {host, profile, report};
	size_t n_first;

	if (!list || (list->count && is_own(&list->items[0])))
		run_families(&inside);
	n_first = report->n_findings;
	for (size_t i = 0; list && i < list->count; i++) {
		const struct netns *netns = &list->items[i];
		size_t start = report->n_findings;
		struct err err;

		if (is_own(netns))
			continue;
		if (netns_run(netns, run_inside, &inside, &err) < 0)
			report_closed(netns, &err, report);
		else
			keep_own(netns, report, n_first, start);
	}
	if (list && list->hidden)
		report_hidden(list->hidden, report);
}
