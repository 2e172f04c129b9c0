/* check/sysctl.c - the `settings` of a profile against the keys of the host. */
#include "check/check.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "catalog/catalog.h"
#include "check/range.h"
#include "check/resolve.h"
#include "check/select.h"
#include "check/target.h"
#include "sysctl/compare.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"
#include "sysctl/write.h"

static void set_reason(struct finding *finding, enum finding_status status, const char *reason)
{
	finding->status = status;
	mem_replace(&finding->reason, reason);
}

/* For a key of one interface: that interface, the caller's, when it is what is missing; else NULL.
 * The keys that new interfaces start from are below "default". */
static char *missing_interface(const struct host *host, const struct catalog_key *known,
			       const char *name)
{
	const char *star = strchr(known->name, '*');
	_cleanup_free_ char *sibling = NULL;
	size_t start, len;

	if (!star)
		return NULL;
	start = (size_t)(star - known->name);
	len = strcspn(name + start, ".");
	sibling = mem_printf("%.*sdefault%s", (int)start, name, name + start + len);
	return sysctl_exists(host->root, sibling) ? mem_strndup(name + start, len) : NULL;
}

/* Why a key may not be there, as far as the catalogue knows. */
static char *explain_absence(const struct host *host, const char *name)
{
	const struct catalog_key *known = catalog_find(name);
	_cleanup_free_ char *interface = NULL;
	const char *nearest;

	if (!known) {
		nearest = catalog_nearest(name);
		return mem_printf("this kernel has no such key%s%s%s",
				  nearest ? ", did you mean '" : "", nearest ? nearest : "",
				  nearest ? "'?" : "");
	}
	if (version_is_stated(known->removed) &&
	    version_compare(host->version, known->removed) >= 0)
		return mem_printf("removed in kernel %u.%u, this is %s", known->removed.major,
				  known->removed.minor, host->kernel);
	if (version_is_stated(known->since) && version_compare(host->version, known->since) < 0)
		return mem_printf("came with kernel %u.%u, this is %s", known->since.major,
				  known->since.minor, host->kernel);
	interface = missing_interface(host, known, name);
	if (interface)
		return mem_printf("there is no interface '%s' here", interface);
	if (known->module)
		return mem_printf("comes with the module %s, which is not loaded", known->module);
	if (known->first_netns_only)
		return mem_strdup("exists only in the first network namespace");
	return mem_strdup("this kernel was built without it, or hides it from this namespace");
}

/* A pattern that the catalogue knows is well spelled: there is just no such interface here. */
static void check_unmatched(const struct setting *setting, struct finding *finding)
{
	const char *nearest = catalog_nearest(setting->key);
	_cleanup_free_ char *reason = NULL;

	if (setting->expect->op == EXPECT_ABSENT) {
		finding->status = STATUS_PASS;
		finding->actual = mem_strdup("absent");
		return;
	}
	if (catalog_find(setting->key)) {
		set_reason(finding, STATUS_NOT_APPLICABLE, "nothing on this host matches");
		return;
	}
	reason = mem_printf("no key on this host matches%s%s%s", nearest ? ", did you mean '" : "",
			    nearest ? nearest : "", nearest ? "'?" : "");
	set_reason(finding, STATUS_ABSENT, reason);
}

static void check_unreadable(const struct host *host, const char *name, const struct err *err,
			     struct finding *finding)
{
	_cleanup_free_ char *reason = NULL;

	if (err->code == ENOENT) {
		reason = explain_absence(host, name);
		set_reason(finding, STATUS_ABSENT, reason);
	} else {
		set_reason(finding, STATUS_UNREADABLE, err->text);
	}
}

/* Reads and types the key; NULL with the finding's status set when that cannot be done. */
static struct value *read_value(const struct host *host, const struct resolve_key *key,
				struct finding *finding, enum value_kind *kind)
{
	_cleanup_free_ char *text = NULL;
	struct value *value = NULL;
	struct err err;

	if (sysctl_read(host->root, key->name, &text, &err) < 0) {
		check_unreadable(host, key->name, &err, finding);
		return NULL;
	}
	*kind = key->known ? key->known->kind : sysctl_value_guess(text);
	if (sysctl_value_parse(*kind, text, &value, &err) < 0) {
		mem_replace(&finding->actual, text);
		set_reason(finding, STATUS_UNKNOWN, err.text);
		return NULL;
	}
	mem_replace(&finding->actual, value->text);
	return value;
}

static void check_absent(const struct host *host, const char *name, struct finding *finding)
{
	_cleanup_free_ char *text = NULL;
	struct err err;
	int r = sysctl_read(host->root, name, &text, &err);

	if (r == -ENOENT) {
		finding->status = STATUS_PASS;
		finding->actual = mem_strdup("absent");
	} else if (r == 0 || sysctl_exists(host->root, name)) {
		finding->status = STATUS_FAIL;
		finding->actual = r < 0 ? mem_strdup("present") : TAKE_PTR(text);
	} else {
		set_reason(finding, STATUS_UNREADABLE, err.text);
	}
}

/* The same expectation with its operands as this host makes them, for describing. */
static struct expect *as_resolved(const struct sysctl_wanted *wanted)
{
	struct expect *expect = mem_alloc(sizeof(*expect));

	expect->op = wanted->op;
	for (size_t i = 0; i < wanted->n_args; i++)
		MEM_APPEND(expect->args, expect->n_args)->text = mem_strdup(wanted->args[i]->text);
	for (size_t i = 0; i < wanted->n_fields; i++)
		*MEM_APPEND(expect->fields, expect->n_fields) =
			wanted->fields[i] ? as_resolved(wanted->fields[i]) : NULL;
	return expect;
}

/* ">= 2% of memory" is what was asked; a reader also needs the number it came to. */
static void describe_resolved(const struct sysctl_wanted *wanted, struct finding *finding)
{
	_cleanup_(expect_freep) struct expect *resolved = as_resolved(wanted);
	_cleanup_free_ char *text = expect_describe(resolved);

	if (strcmp(text, finding->expected) != 0)
		finding_add_evidence(finding, "expected-here", text);
}

static void add_remedy(const struct host *host, const struct resolve_key *key,
		       const struct expect *expect, const struct value *value,
		       struct finding *finding)
{
	_cleanup_free_ char *target = check_target(host, key, expect, value);
	_cleanup_free_ char *assignment = NULL, *word = NULL;
	struct err err;

	if (!target)
		return;
	if (sysctl_writable_by_owner(host->root, key->name) == -EACCES) {
		finding_add_evidence(finding, "no-fix",
				     key->known && key->known->first_netns_only
					     ? "can be changed only in the first network "
					       "namespace, and by its root"
					     : "the kernel lets nobody write to it");
		return;
	}
	if (check_range(key->known, key->kind, value->text, target, &err) < 0) {
		finding_add_evidence(finding, "no-fix", err.text);
		return;
	}
	assignment = mem_printf("%s=%s", key->name, target);
	word = str_shell_word(assignment);
	if (word)
		finding->remedy = mem_printf("sysctl -w %s", word);
}

static void check_value(const struct host *host, const char *name, const struct expect *expect,
			struct finding *finding)
{
	struct resolve_key key = {.name = name, .known = catalog_find(name)};
	_cleanup_(value_freep) struct value *value = read_value(host, &key, finding, &key.kind);
	_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted = NULL;
	struct err err;
	bool holds;
	int r;

	if (!value)
		return;
	r = check_resolve(host, &key, expect, &wanted, &err);
	if (r == 0)
		r = sysctl_compare(value, wanted, &holds, &err);
	if (r < 0) {
		set_reason(finding, r == -ENOTSUP ? STATUS_UNSUPPORTED : STATUS_UNKNOWN, err.text);
		return;
	}
	finding->status = holds ? STATUS_PASS : STATUS_FAIL;
	describe_resolved(wanted, finding);
	if (!holds)
		add_remedy(host, &key, expect, value, finding);
}

static void check_selected(const struct host *host, const struct selected *key,
			   struct finding *finding)
{
	switch (key->kind) {
	case SELECTED_UNMET:
		set_reason(finding, STATUS_NOT_APPLICABLE, key->reason);
		break;
	case SELECTED_UNLISTED:
		set_reason(finding, STATUS_UNREADABLE, key->reason);
		break;
	case SELECTED_UNMATCHED:
		check_unmatched(key->setting, finding);
		break;
	case SELECTED_KEY:
		if (key->setting->expect->op == EXPECT_ABSENT)
			check_absent(host, key->name, finding);
		else
			check_value(host, key->name, key->setting->expect, finding);
		break;
	}
}

static void check_key(const struct host *host, const struct selected *key, struct report *report)
{
	const struct setting *setting = key->setting;
	struct finding *finding = report_add(report);

	finding->id = mem_printf("sysctl.%s", key->name);
	finding->subject = mem_strdup(key->name);
	finding->severity = setting->severity;
	finding->expected = expect_describe(setting->expect);
	finding->why = mem_strdup(setting->why);
	finding->source = mem_strdup(setting->source);
	finding->origin.file = mem_strdup(setting->origin.file);
	finding->origin.line = setting->origin.line;
	check_selected(host, key, finding);
}

void check_sysctl_run(const struct host *host, const struct profile *profile, struct report *report)
{
	struct selection selection = {0};

	check_select(host, profile, &selection);
	for (size_t i = 0; i < selection.count; i++)
		check_key(host, &selection.keys[i], report);
	selection_fini(&selection);
}
