/* model/finding.h - one thing that was checked, and what came of it. */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

enum finding_status {
	STATUS_PASS,
	STATUS_FAIL,
	STATUS_ABSENT,         /* the key does not exist on this host; `reason` says why */
	STATUS_UNREADABLE,     /* it exists and could not be read; `reason` has the kernel's word */
	STATUS_UNSUPPORTED,    /* this kernel or this build cannot check it */
	STATUS_NOT_APPLICABLE, /* a `when` that does not hold, or nothing that matches */
	STATUS_UNKNOWN,        /* read, but not understood */
	STATUS_WAIVED,         /* deviates, and somebody answers for it */
	STATUS_COUNT
};

enum severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
	SEVERITY_COUNT
};

struct origin {
	char *file; /* NULL: built in */
	unsigned line;
};

/* One number behind a finding, such as "available" = "reno cubic". */
struct evidence {
	char *name, *text;
};

/* Who is behind it: the process that holds a socket, and what it belongs to. */
struct finding_owner {
	long pid; /* 0: nobody, or not known */
	char *comm, *unit, *container;
};

/* Strings are the finding's own; NULL where there is nothing to say. */
struct finding {
	char *id;      /* "sysctl.net.core.somaxconn": stable, what waivers name */
	char *subject; /* "net.core.somaxconn": for people */
	enum finding_status status;
	enum severity severity;
	char *expected, *actual;
	char *why;    /* why it matters, from the profile or the catalogue */
	char *source; /* who says so: a man page, an RFC, a vendor's note */
	char *reason; /* why it could not be checked, or was waived */
	char *remedy; /* what mends it: a command, or prose */
	struct origin origin;
	struct finding_owner owner;
	char *netns; /* its network namespace by name; NULL: the one that was asked in */
	struct {
		char *verdict; /* "kept", "overridden", "default", ...; NULL: not looked into */
		char *value;   /* what a boot sets, at `origin` */
		char *reason;
		struct origin origin;
	} reboot;
	struct evidence *evidence;
	size_t n_evidence;
};

const char *finding_status_name(enum finding_status status);
/* The status by its name, or STATUS_COUNT. */
enum finding_status finding_status_by_name(const char *name) __attribute__((nonnull));
const char *severity_name(enum severity severity);
enum severity severity_by_name(const char *name) __attribute__((nonnull)); /* or SEVERITY_COUNT */

void finding_add_evidence(struct finding *finding, const char *name, const char *text)
	__attribute__((nonnull));
/* "nginx (pid 1234, nginx.service)", the caller's; NULL when there is no owner. */
char *finding_owner_text(const struct finding *finding) __attribute__((nonnull));
/* The subject, and its network namespace when it is not the one asked in; the caller's. */
char *finding_subject_text(const struct finding *finding) __attribute__((nonnull, returns_nonnull));
/* What the key will hold after a boot, as a phrase: "the kernel's default (no file sets it)"; the
 * caller's, NULL when that was not looked into. */
char *finding_reboot_text(const struct finding *finding) __attribute__((nonnull));
/* A remedy is a command to copy, or prose. */
bool finding_remedy_is_command(const struct finding *finding) __attribute__((nonnull));
/* Whether its id is more than "sysctl." and the subject, so that it must be told as well. */
bool finding_has_own_id(const struct finding *finding) __attribute__((nonnull));
void finding_fini(struct finding *finding) __attribute__((nonnull));

#endif
