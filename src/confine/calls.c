/* confine/calls.c - see calls.h. */
#include "confine/calls.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define OTHER_CALLS SCMP_ACT_LOG
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTHER_CALLS SCMP_ACT_LOG
#endif
#endif
#ifndef OTHER_CALLS
#define OTHER_CALLS SCMP_ACT_KILL_PROCESS
#endif

static int add_list(scmp_filter_ctx filter, const int *calls)
{
	int r = 0;

	for (; !r && calls && *calls != CONFINE_END; calls++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *calls, 0);
	return r;
}

/* What every process needs, whatever its list. */
static int add_own(scmp_filter_ctx filter)
{
	static const int mapping_calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	const struct scmp_arg_cmp not_executable = {
		.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0};
	const struct scmp_arg_cmp itself = {
		.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(mapping_calls); i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, mapping_calls[i], 1,
					   &not_executable);
	/* abort(): a signal to itself, which musl sends by tkill(2) */
	if (!r)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
	if (!r)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tkill), 1, &itself);
	return r;
}

int confine_calls(const int *calls, const int *more, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(OTHER_CALLS);
	int r = filter ? 0 : -ENOMEM;

	if (!r)
		r = add_list(filter, calls);
	if (!r)
		r = add_list(filter, more);
	if (!r)
		r = add_own(filter);
	if (!r)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return r < 0 ? err_set(err, -r, "cannot restrict system calls (seccomp(2)): %s",
			       strerror(-r))
		     : 0;
}
