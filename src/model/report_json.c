/* model/report_json.c - see report_json.h.
 *
 * One table of members serves both directions, so what is written is what is read. The order of the
 * rows is the order in the text. */
#include "model/report_json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/str.h"

enum member_type {
	MEMBER_TEXT, /* char *; left out when NULL */
	MEMBER_PID,  /* long */
	MEMBER_STATUS,
	MEMBER_SEVERITY,
};

struct member {
	const char *name;
	size_t at;
	enum member_type type;
	bool required;
};

static const struct member report_members[] = {
	{"generator", offsetof(struct report, generator), MEMBER_TEXT, false},
	{"host", offsetof(struct report, host), MEMBER_TEXT, false},
	{"kernel", offsetof(struct report, kernel), MEMBER_TEXT, false},
};

static const struct member profile_members[] = {
	{"name", offsetof(struct report, profile.name), MEMBER_TEXT, false},
	{"file", offsetof(struct report, profile.file), MEMBER_TEXT, false},
	{"summary", offsetof(struct report, profile.summary), MEMBER_TEXT, false},
	{"digest", offsetof(struct report, profile.digest), MEMBER_TEXT, false},
};

static const struct member finding_members[] = {
	{"id", offsetof(struct finding, id), MEMBER_TEXT, true},
	{"subject", offsetof(struct finding, subject), MEMBER_TEXT, true},
	{"status", offsetof(struct finding, status), MEMBER_STATUS, true},
	{"severity", offsetof(struct finding, severity), MEMBER_SEVERITY, true},
	{"expected", offsetof(struct finding, expected), MEMBER_TEXT, false},
	{"actual", offsetof(struct finding, actual), MEMBER_TEXT, false},
	{"why", offsetof(struct finding, why), MEMBER_TEXT, false},
	{"source", offsetof(struct finding, source), MEMBER_TEXT, false},
	{"reason", offsetof(struct finding, reason), MEMBER_TEXT, false},
	{"remedy", offsetof(struct finding, remedy), MEMBER_TEXT, false},
	{"netns", offsetof(struct finding, netns), MEMBER_TEXT, false},
};

static const struct member owner_members[] = {
	{"pid", offsetof(struct finding, owner.pid), MEMBER_PID, true},
	{"comm", offsetof(struct finding, owner.comm), MEMBER_TEXT, false},
	{"unit", offsetof(struct finding, owner.unit), MEMBER_TEXT, false},
	{"container", offsetof(struct finding, owner.container), MEMBER_TEXT, false},
};

static const struct member reboot_members[] = {
	{"verdict", offsetof(struct finding, reboot.verdict), MEMBER_TEXT, true},
	{"value", offsetof(struct finding, reboot.value), MEMBER_TEXT, false},
	{"reason", offsetof(struct finding, reboot.reason), MEMBER_TEXT, false},
};

static json_t *object_of(json_t *json)
{
	/* only running out of memory makes jansson return NULL here, see base/mem.h */
	if (!json)
		abort();
	return json;
}

static void put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, object_of(value)) < 0)
		abort();
}

/* jansson refuses what is not UTF-8, and a kernel value may hold any byte: such a text is escaped
 * as a terminal would show it, every other one stays as it is. */
static json_t *text_to_json(const char *text)
{
	_cleanup_free_ char *escaped = NULL;

	if (str_is_utf8(text, strlen(text)))
		return json_string(text);
	escaped = str_printable(text);
	return json_string(escaped);
}

static void put_text(json_t *object, const char *name, const char *text)
{
	_cleanup_free_ char *key = str_printable(name);

	if (text)
		put(object, key, text_to_json(text));
}

static void put_members(json_t *object, const struct member *members, size_t count,
			const void *record)
{
	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)record + members[i].at;

		switch (members[i].type) {
		case MEMBER_TEXT:
			put_text(object, members[i].name, *(char *const *)at);
			break;
		case MEMBER_PID:
			put(object, members[i].name, json_integer(*(const long *)at));
			break;
		case MEMBER_STATUS:
			put_text(object, members[i].name,
				 finding_status_name(*(const enum finding_status *)at));
			break;
		case MEMBER_SEVERITY:
			put_text(object, members[i].name,
				 severity_name(*(const enum severity *)at));
			break;
		}
	}
}

static void put_origin(json_t *object, const struct origin *origin)
{
	json_t *json;

	if (!origin->file && !origin->line)
		return;
	json = object_of(json_object());
	put_text(json, "file", origin->file);
	put(json, "line", json_integer(origin->line));
	put(object, "origin", json);
}

static json_t *finding_to_json(const struct finding *finding)
{
	json_t *object = object_of(json_object());

	put_members(object, finding_members, ARRAY_SIZE(finding_members), finding);
	put_origin(object, &finding->origin);
	if (finding->owner.pid) {
		json_t *owner = object_of(json_object());

		put_members(owner, owner_members, ARRAY_SIZE(owner_members), finding);
		put(object, "owner", owner);
	}
	if (finding->reboot.verdict) {
		json_t *reboot = object_of(json_object());

		put_members(reboot, reboot_members, ARRAY_SIZE(reboot_members), finding);
		put_origin(reboot, &finding->reboot.origin);
		put(object, "reboot", reboot);
	}
	if (finding->n_evidence) {
		json_t *evidence = object_of(json_object());

		for (size_t i = 0; i < finding->n_evidence; i++)
			put_text(evidence, finding->evidence[i].name, finding->evidence[i].text);
		put(object, "evidence", evidence);
	}
	return object;
}

static json_t *coverage_to_json(const struct report *report)
{
	struct coverage coverage = report_coverage(report);
	json_t *object = object_of(json_object());

	put(object, "total", json_integer((json_int_t)coverage.total));
	for (int i = 0; i < STATUS_COUNT; i++)
		put(object, finding_status_name((enum finding_status)i),
		    json_integer((json_int_t)coverage.by_status[i]));
	if (report->left_out)
		put(object, "left-out", json_integer((json_int_t)report->left_out));
	return object;
}

json_t *report_to_json(const struct report *report)
{
	json_t *object = object_of(json_object());
	json_t *profile = object_of(json_object()), *findings = object_of(json_array());

	put(object, "schema", json_string(REPORT_SCHEMA));
	put_members(object, report_members, ARRAY_SIZE(report_members), report);
	put_members(profile, profile_members, ARRAY_SIZE(profile_members), report);
	put(object, "profile", profile);
	for (size_t i = 0; i < report->n_findings; i++) {
		if (json_array_append_new(findings, finding_to_json(&report->findings[i])) < 0)
			abort();
	}
	put(object, "findings", findings);
	put(object, "coverage", coverage_to_json(report));
	return object;
}

/* A C string cannot hold a NUL: cutting there would make another text of it. */
static int read_text(const json_t *json, const char *where, const char *name, char **out,
		     struct err *err)
{
	if (!json_is_string(json))
		return err_set(err, EPROTO, "%s%s is not a string", where, name);
	if (strlen(json_string_value(json)) != json_string_length(json))
		return err_set(err, EPROTO, "%s%s holds a NUL character", where, name);
	mem_replace(out, json_string_value(json));
	return 0;
}

static int read_pid(const json_t *json, const char *where, const char *name, long *out,
		    struct err *err)
{
	json_int_t pid = json_integer_value(json);

	if (!json_is_integer(json) || pid < 1 || pid > INT_MAX)
		return err_set(err, EPROTO, "%s%s is not a process number", where, name);
	*out = (long)pid;
	return 0;
}

/* `where` is what stands before the member's name in an error: "findings[3]." */
static int read_member(const json_t *json, const char *where, const struct member *member,
		       void *record, struct err *err)
{
	void *at = (char *)record + member->at;
	_cleanup_free_ char *name = NULL;
	unsigned index, count;
	int r;

	if (member->type == MEMBER_TEXT)
		return read_text(json, where, member->name, at, err);
	if (member->type == MEMBER_PID)
		return read_pid(json, where, member->name, at, err);
	r = read_text(json, where, member->name, &name, err);
	if (r < 0)
		return r;
	if (member->type == MEMBER_STATUS) {
		index = finding_status_by_name(name);
		count = STATUS_COUNT;
	} else {
		index = severity_by_name(name);
		count = SEVERITY_COUNT;
	}
	if (index == count)
		return err_set(err, EPROTO, "%s%s is '%s', which is not known here", where,
			       member->name, name);
	if (member->type == MEMBER_STATUS)
		*(enum finding_status *)at = (enum finding_status)index;
	else
		*(enum severity *)at = (enum severity)index;
	return 0;
}

static int read_members(const json_t *object, const char *where, const struct member *members,
			size_t count, void *record, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *json = json_object_get(object, members[i].name);
		int r;

		if (!json && members[i].required)
			return err_set(err, EPROTO, "%s%s is missing", where, members[i].name);
		r = json ? read_member(json, where, &members[i], record, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_origin(const json_t *json, const char *where, struct origin *origin,
		       struct err *err)
{
	const json_t *file = json_object_get(json, "file"), *line = json_object_get(json, "line");

	if (!json_is_object(json))
		return err_set(err, EPROTO, "%sorigin is not an object", where);
	if (!json_is_integer(line) || json_integer_value(line) < 0 ||
	    json_integer_value(line) > UINT_MAX)
		return err_set(err, EPROTO, "%sorigin.line is not a line number", where);
	origin->line = (unsigned)json_integer_value(line);
	return file ? read_text(file, where, "origin.file", &origin->file, err) : 0;
}

static int read_evidence(const json_t *json, const char *where, struct finding *finding,
			 struct err *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json))
		return err_set(err, EPROTO, "%sevidence is not an object", where);
	json_object_foreach((json_t *)json, name, value)
	{
		_cleanup_free_ char *text = NULL;
		int r = read_text(value, where, "evidence", &text, err);

		if (r < 0)
			return r;
		finding_add_evidence(finding, name, text);
	}
	return 0;
}

static int read_reboot(const json_t *json, const char *where, struct finding *finding,
		       struct err *err)
{
	_cleanup_free_ char *inside = mem_printf("%sreboot.", where);
	const json_t *origin = json_object_get(json, "origin");
	int r;

	if (!json_is_object(json))
		return err_set(err, EPROTO, "%sreboot is not an object", where);
	r = read_members(json, inside, reboot_members, ARRAY_SIZE(reboot_members), finding, err);
	if (r < 0)
		return r;
	return origin ? read_origin(origin, inside, &finding->reboot.origin, err) : 0;
}

static int read_owner(const json_t *json, const char *where, struct finding *finding,
		      struct err *err)
{
	_cleanup_free_ char *inside = mem_printf("%sowner.", where);

	if (!json_is_object(json))
		return err_set(err, EPROTO, "%sowner is not an object", where);
	return read_members(json, inside, owner_members, ARRAY_SIZE(owner_members), finding, err);
}

static int read_finding(const json_t *json, size_t index, struct finding *finding, struct err *err)
{
	_cleanup_free_ char *where = mem_printf("report: findings[%zu].", index);
	const json_t *origin = json_object_get(json, "origin");
	const json_t *reboot = json_object_get(json, "reboot");
	const json_t *evidence = json_object_get(json, "evidence");
	const json_t *owner = json_object_get(json, "owner");
	int r;

	if (!json_is_object(json))
		return err_set(err, EPROTO, "report: findings[%zu] is not an object", index);
	r = read_members(json, where, finding_members, ARRAY_SIZE(finding_members), finding, err);
	if (r < 0)
		return r;
	r = origin ? read_origin(origin, where, &finding->origin, err) : 0;
	if (r == 0 && owner)
		r = read_owner(owner, where, finding, err);
	if (r == 0 && reboot)
		r = read_reboot(reboot, where, finding, err);
	if (r < 0)
		return r;
	return evidence ? read_evidence(evidence, where, finding, err) : 0;
}

static int check_schema(const json_t *json, struct err *err)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));

	if (!json_is_object(json))
		return err_set(err, EPROTO, "report: not an object");
	if (!schema)
		return err_set(err, EPROTO, "report: schema is missing or not a string");
	if (strcmp(schema, REPORT_SCHEMA) != 0)
		return err_set(err, EPROTO, "report: schema is '%s', expected '" REPORT_SCHEMA "'",
			       schema);
	return 0;
}

int report_from_json(const json_t *json, struct report **out, struct err *err)
{
	_cleanup_(report_freep) struct report *report = report_new();
	const json_t *profile = json_object_get(json, "profile");
	const json_t *findings = json_object_get(json, "findings");
	int r;

	r = check_schema(json, err);
	if (r < 0)
		return r;
	if (!json_is_object(profile))
		return err_set(err, EPROTO, "report: profile is missing or not an object");
	if (!json_is_array(findings))
		return err_set(err, EPROTO, "report: findings is missing or not an array");
	r = read_members(json, "report: ", report_members, ARRAY_SIZE(report_members), report, err);
	if (r < 0)
		return r;
	r = read_members(profile, "report: profile.", profile_members, ARRAY_SIZE(profile_members),
			 report, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < json_array_size(findings); i++) {
		r = read_finding(json_array_get(findings, i), i, report_add(report), err);
		if (r < 0)
			return r;
	}
	report->left_out = (size_t)json_integer_value(
		json_object_get(json_object_get(json, "coverage"), "left-out"));
	*out = TAKE_PTR(report);
	return 0;
}
