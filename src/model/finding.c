/* model/finding.c - see finding.h. */
#include "model/finding.h"

#include <string.h>

#include "base/str.h"

static const char *const status_names[STATUS_COUNT] = {
	[STATUS_PASS] = "pass",
	[STATUS_FAIL] = "fail",
	[STATUS_ABSENT] = "absent",
	[STATUS_UNREADABLE] = "unreadable",
	[STATUS_UNSUPPORTED] = "unsupported",
	[STATUS_NOT_APPLICABLE] = "not-applicable",
	[STATUS_UNKNOWN] = "unknown",
	[STATUS_WAIVED] = "waived",
};

static const char *const severity_names[SEVERITY_COUNT] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

static size_t index_of(const char *name, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

const char *finding_status_name(enum finding_status status)
{
	return status_names[status];
}

enum finding_status finding_status_by_name(const char *name)
{
	return (enum finding_status)index_of(name, status_names, STATUS_COUNT);
}

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

enum severity severity_by_name(const char *name)
{
	return (enum severity)index_of(name, severity_names, SEVERITY_COUNT);
}

void finding_add_evidence(struct finding *finding, const char *name, const char *text)
{
	struct evidence *evidence = MEM_APPEND(finding->evidence, finding->n_evidence);

	evidence->name = mem_strdup(name);
	evidence->text = mem_strdup(text);
}

char *finding_owner_text(const struct finding *finding)
{
	const struct finding_owner *owner = &finding->owner;

	if (!owner->pid)
		return NULL;
	return mem_printf("%s (pid %ld%s%s%s%s)", owner->comm ? owner->comm : "a process",
			  owner->pid, owner->unit ? ", " : "", owner->unit ? owner->unit : "",
			  owner->container ? ", " : "", owner->container ? owner->container : "");
}

char *finding_subject_text(const struct finding *finding)
{
	return finding->netns ? mem_printf("%s (in %s)", finding->subject, finding->netns)
			      : mem_printf("%s", finding->subject);
}

/* How each verdict is told: around the value that a line sets, "300 (/etc/sysctl.d/x.conf:4)", and
 * without one. */
static const struct {
	const char *verdict, *before, *after, *bare;
} reboot_phrases[] = {
	{"kept", "", ", which meets the profile", "a value that meets the profile"},
	{"overridden", "", ", which does not meet the profile",
	 "a value that does not meet the profile"},
	{"set", "", "", "a value"},
	{"default", "the kernel's default, not ", "", "the kernel's default"},
	{"too-early", "the default, as ", " comes too early", "the default"},
	{"tuner", "not ", ", but what another program sets", "what another program sets"},
	{"unknown", "not known; a line says ", "", "not known"},
};

char *finding_reboot_text(const struct finding *finding)
{
	const char *verdict = finding->reboot.verdict, *reason = finding->reboot.reason;
	const char *value = finding->reboot.value, *file = finding->reboot.origin.file;
	struct strbuf out = {0};
	size_t i = 0;

	if (!verdict)
		return NULL;
	while (i + 1 < ARRAY_SIZE(reboot_phrases) &&
	       strcmp(reboot_phrases[i].verdict, verdict) != 0)
		i++;
	if (value) {
		strbuf_printf(&out, "%s%s", reboot_phrases[i].before, value);
		if (file)
			strbuf_printf(&out, " (%s:%u)", file, finding->reboot.origin.line);
		strbuf_puts(&out, reboot_phrases[i].after);
	} else {
		strbuf_puts(&out, reboot_phrases[i].bare);
	}
	if (reason)
		strbuf_printf(&out, strcmp(verdict, "default") == 0 ? " (%s)" : ": %s", reason);
	return strbuf_take(&out);
}

bool finding_remedy_is_command(const struct finding *finding)
{
	return str_starts(finding->id, "sysctl.");
}

bool finding_has_own_id(const struct finding *finding)
{
	static const char family[] = "sysctl.";

	return !str_starts(finding->id, family) ||
	       strcmp(finding->id + strlen(family), finding->subject) != 0;
}

void finding_fini(struct finding *finding)
{
	char *const strings[] = {
		finding->id,
		finding->subject,
		finding->expected,
		finding->actual,
		finding->why,
		finding->source,
		finding->reason,
		finding->remedy,
		finding->origin.file,
		finding->owner.comm,
		finding->owner.unit,
		finding->owner.container,
		finding->netns,
		finding->reboot.verdict,
		finding->reboot.value,
		finding->reboot.reason,
		finding->reboot.origin.file,
	};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	for (size_t i = 0; i < finding->n_evidence; i++) {
		free(finding->evidence[i].name);
		free(finding->evidence[i].text);
	}
	free(finding->evidence);
	*finding = (struct finding){0};
}
