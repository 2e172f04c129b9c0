/* check/notice.c - findings that no built-in rule makes, see rule.h. */
#include "check/rule.h"

#include <fnmatch.h>

static const char of_profile[] = "profile-format.md, beside fettle's other documentation";

const struct check_rule check_notices[] = {
	{"sysctl.*", SEVERITY_WARNING, "a key of the profile",
	 "What a profile's `settings` ask of a key. `fettle explain KEY` says what the key means.",
	 "the key does not hold what the profile expects; the setting may give another severity",
	 NULL, "the command in the finding, or `fettle apply`", of_profile, 0},
	{"sockets.*", SEVERITY_WARNING, "a rule of the profile about sockets",
	 "What a profile's `sockets` ask of every socket that the rule means.",
	 "one of them, in this process, does not meet it",
	 "how many met it and how many did not, one that did not",
	 "set the option in the application, or change the profile", of_profile, 0},
	{"limits.*", SEVERITY_WARNING, "a rule of the profile about limits",
	 "What a profile's `limits` ask of every process that the rule means.",
	 "this process has less left of its limit than the profile asks for",
	 "what is in use, and the limit", "raise the limit, or find what leaks", of_profile, 0},
	{"paths.*", SEVERITY_WARNING, "a rule of the profile about a path",
	 "What a profile's `paths` ask of the way to one address.",
	 "what was measured or set for it does not meet the rule", NULL, NULL, of_profile, 0},
	{"profile.*", SEVERITY_INFO, "the profile as a whole",
	 "The profile does not apply to this host: nothing of it was checked.",
	 "never fails; not applicable where the profile's `when` does not hold", NULL, NULL,
	 of_profile, 0},
	{"socket.coverage", SEVERITY_INFO, "sockets looked at",
	 "How much was seen of the host's sockets. What was not seen is judged by nobody: it may "
	 "hide what the rules look for.",
	 "never fails; unknown when sockets, their owners or options could not be read",
	 "sockets seen and read fully, those without a known owner, where options came from, how "
	 "many namespaces and looks",
	 "run it as root; options of all sockets take Linux 5.15 with BTF", "sock_diag(7)", 0},
	{"netns.enter", SEVERITY_WARNING, "network namespace",
	 "A network namespace that was asked for could not be entered: nothing in it was checked.",
	 "never fails; unreadable when the kernel refuses", NULL, "run it as root", "setns(2)", 0},
	{NULL, SEVERITY_INFO, NULL, NULL, NULL, NULL, NULL, NULL, 0},
};

const struct check_rule *check_notice_find(const char *id)
{
	for (const struct check_rule *notice = check_notices; notice->id; notice++)
		if (fnmatch(notice->id, id, 0) == 0)
			return notice;
	return NULL;
}
