/* check/live_match.c - which sockets and processes a profile's rule means; see live_state.h. */
#include "check/live_state.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/socket_words.h"

/* Calls `holds` for each of the values between commas. */
static enum live_answer any_of(const char *values, const void *of,
			       enum live_answer (*holds)(const char *value, const void *of))
{
	enum live_answer answer = LIVE_NO;

	for (const char *at = values; answer != LIVE_YES; at++) {
		size_t len = strcspn(at, ",");
		_cleanup_free_ char *value = mem_strndup(at, len);
		enum live_answer one = holds(value, of);

		answer = one == LIVE_NO ? answer : one;
		at += len;
		if (!*at)
			break;
	}
	return answer;
}

static bool names(const char *value, const char *text)
{
	return text && fnmatch(value, text, 0) == 0;
}

static enum live_answer has_state(const char *value, const void *of)
{
	const struct socket_record *record = of;

	/* of each of many: most are written as the model writes them */
	if (strcmp(value, socket_state_name(record->state)) == 0)
		return LIVE_YES;
	return socket_states_of(value) >> record->state & 1 ? LIVE_YES : LIVE_NO;
}

static enum live_answer has_kind(const char *value, const void *of)
{
	const struct socket_record *record = of;

	return strcmp(value, socket_kind_name(record->kind)) == 0 ? LIVE_YES : LIVE_NO;
}

static bool is_port(const char *value, const struct socket_address *address)
{
	return (address->family == AF_INET || address->family == AF_INET6) &&
	       strtoul(value, NULL, 10) == address->port;
}

static enum live_answer has_port(const char *value, const void *of)
{
	return is_port(value, &((const struct socket_record *)of)->local) ? LIVE_YES : LIVE_NO;
}

static enum live_answer has_remote_port(const char *value, const void *of)
{
	return is_port(value, &((const struct socket_record *)of)->remote) ? LIVE_YES : LIVE_NO;
}

static enum live_answer has_path(const char *value, const void *of)
{
	const struct socket_record *record = of;

	return record->kind >= SOCKET_UNIX_STREAM && names(value, record->path) ? LIVE_YES
										: LIVE_NO;
}

/* Sockets of the kernel itself (vxlan, WireGuard, an NFS client) have an owner at no time. */
static enum live_answer unowned(const struct socket_record *record)
{
	return record->inode && !record->n_owners && record->owners_denied ? LIVE_UNSURE : LIVE_NO;
}

static enum live_answer has_process(const char *value, const void *of)
{
	const struct socket_record *record = of;

	for (size_t i = 0; i < record->n_owners; i++)
		if (socket_comm_matches(record->owners[i].comm, value))
			return LIVE_YES;
	return unowned(record);
}

static enum live_answer has_unit(const char *value, const void *of)
{
	const struct socket_record *record = of;

	for (size_t i = 0; i < record->n_owners; i++)
		if (names(value, record->owners[i].unit))
			return LIVE_YES;
	return unowned(record);
}

static enum live_answer has_container(const char *value, const void *of)
{
	const struct socket_record *record = of;

	for (size_t i = 0; i < record->n_owners; i++)
		if (names(value, record->owners[i].container))
			return LIVE_YES;
	return unowned(record);
}

static enum live_answer process_is(const char *value, const void *of)
{
	return socket_comm_matches(((const struct finding_owner *)of)->comm, value) ? LIVE_YES
										    : LIVE_NO;
}

static enum live_answer unit_is(const char *value, const void *of)
{
	return names(value, ((const struct finding_owner *)of)->unit) ? LIVE_YES : LIVE_NO;
}

static enum live_answer container_is(const char *value, const void *of)
{
	return names(value, ((const struct finding_owner *)of)->container) ? LIVE_YES : LIVE_NO;
}

/* The names that profile/rules.c accepts. */
static const struct matcher {
	const char *name;
	enum live_answer (*socket)(const char *value, const void *record);
	enum live_answer (*process)(const char *value,
				    const void *owner); /* NULL: none of limits */
} matchers[] = {
	{"state", has_state, NULL},  {"kind", has_kind, NULL},
	{"port", has_port, NULL},    {"remote-port", has_remote_port, NULL},
	{"path", has_path, NULL},    {"process", has_process, process_is},
	{"unit", has_unit, unit_is}, {"container", has_container, container_is},
};

static const struct matcher *matcher_of(const struct rule_match *match)
{
	const struct matcher *matcher = matchers;

	while (strcmp(matcher->name, match->name) != 0)
		matcher++;
	return matcher;
}

enum live_answer live_match(const struct rule *rule, const struct socket_record *record,
			    const struct finding_owner *owner)
{
	enum live_answer answer = LIVE_YES;

	for (size_t i = 0; i < rule->n_match && answer != LIVE_NO; i++) {
		const struct matcher *matcher = matcher_of(&rule->match[i]);
		enum live_answer one;

		one = record ? any_of(rule->match[i].value, record, matcher->socket)
			     : any_of(rule->match[i].value, owner, matcher->process);
		if (one != LIVE_YES)
			answer = one;
	}
	return answer;
}

static bool is_meant(const struct rule *rule, const struct finding_owner *owner)
{
	for (size_t i = 0; i < rule->n_match; i++) {
		const struct matcher *matcher = matcher_of(&rule->match[i]);

		if (matcher->process &&
		    any_of(rule->match[i].value, owner, matcher->process) != LIVE_YES)
			return false;
	}
	return true;
}

struct finding_owner live_match_owner(const struct rule *rule, const struct socket_record *record)
{
	struct finding_owner owner = live_owner(record);

	if (is_meant(rule, &owner))
		return owner;
	for (size_t i = 0; i < record->n_owners; i++) {
		struct finding_owner other = live_owner_of(&record->owners[i]);

		if (is_meant(rule, &other))
			return other;
	}
	return owner;
}
