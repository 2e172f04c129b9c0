/* daemon/sandbox.c - see sandbox.h. */
#include "daemon/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "confine/calls.h"

int identity_find(const char *name, struct identity *out, struct err *err)
{
	const struct passwd *user;

	*out = (struct identity){0};
	if (geteuid() != 0)
		return 0;
	user = getpwnam(name);
	if (!user)
		return err_set(
			err, ENOENT,
			"there is no user '%s' for the part that faces clients: make one, set "
			"'user' in the configuration, or name one that exists, such as "
			"--user nobody",
			name);
	if (user->pw_uid == 0 || user->pw_gid == 0)
		return err_set(
			err, EPERM,
			"user '%s' has root's rights, which the part that faces clients must "
			"not have: name another, such as --user nobody",
			name);
	*out = (struct identity){.change = true,
				 .name = mem_strdup(user->pw_name),
				 .uid = user->pw_uid,
				 .gid = user->pw_gid};
	return 0;
}

void identity_fini(struct identity *identity)
{
	free(identity->name);
	*identity = (struct identity){0};
}

static int no_new_privileges(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, errno, "cannot set no_new_privs: %s", strerror(errno));
	return 0;
}

struct kept {
	unsigned capability;
	capng_type_t types;
};

/* What libcap-ng is to make of this process: no capability but those of `keep` that it has. The
 * bounding set shrinks where that is allowed (CAP_SETPCAP); where it is not, no_new_privs keeps
 * what it holds out of reach. Returns the sets to apply. */
static capng_select_t choose_capabilities(const struct kept *keep, size_t count)
{
	bool *had = mem_alloc_array(count, sizeof(*had)), bounding;

	capng_get_caps_process();
	bounding = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (size_t i = 0; i < count; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, keep[i].capability);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < count; i++)
		if (had[i])
			capng_update(CAPNG_ADD, keep[i].types, keep[i].capability);
	free(had);
	return bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;
}

static int become(const struct identity *identity, struct err *err)
{
	capng_select_t sets = choose_capabilities(NULL, 0);
	int r;

	if (identity->change)
		r = capng_change_id(
			(int)identity->uid, (int)identity->gid,
			CAPNG_DROP_SUPP_GRP |
				(sets == CAPNG_SELECT_BOTH ? CAPNG_CLEAR_BOUNDING : CAPNG_NO_FLAG));
	else
		r = capng_apply(sets);
	capng_get_caps_process();
	if (r || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return err_set(err, EPERM,
			       "cannot become user '%s' without capabilities (libcap-ng: %d)",
			       identity->change ? identity->name : "(as started)", r);
	return 0;
}

/* What libevent's epoll loop, sockets, malloc, logging to standard error and ending take. No open,
 * no socket, no exec, no signal to others. */
static const int allowed_calls[] = {
	SCMP_SYS(accept4),         SCMP_SYS(brk),          SCMP_SYS(clock_gettime),
	SCMP_SYS(close),           SCMP_SYS(epoll_ctl),    SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),      SCMP_SYS(exit),         SCMP_SYS(exit_group),
	SCMP_SYS(fcntl),           SCMP_SYS(futex),        SCMP_SYS(getpid),
	SCMP_SYS(getrandom),       SCMP_SYS(getsockopt),   SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),    SCMP_SYS(madvise),      SCMP_SYS(mremap),
	SCMP_SYS(munmap),          SCMP_SYS(read),         SCMP_SYS(recvfrom),
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),    SCMP_SYS(sendto),       SCMP_SYS(time),
	SCMP_SYS(write),           SCMP_SYS(writev),       CONFINE_END,
};

int sandbox_front(const struct identity *identity, struct err *err)
{
	int r = become(identity, err);

	if (!r)
		r = no_new_privileges(err);
	if (!r)
		r = confine_calls(allowed_calls, NULL, err);
	return r;
}

/* net.core.bpf_jit_harden, bpf_jit_kallsyms and bpf_jit_limit answer EPERM to a reader without
 * CAP_SYS_ADMIN, whatever its uid (proc_dointvec_minmax_bpf_restricted() in
 * net/core/sysctl_net_core.c; tried on 6.18); entering a network namespace takes it, too. Every
 * other key of net/, kernel/, vm/ and fs/ is readable by uid 0 without any. The descriptors and
 * namespaces of other users' processes take CAP_SYS_PTRACE (ptrace(2)), a BPF iterator CAP_BPF and
 * CAP_PERFMON (capabilities(7)), a socket's mark CAP_NET_ADMIN (net/ipv4/inet_diag.c). Writing to
 * net/ takes CAP_NET_ADMIN, in the user namespace that the network namespace belongs to
 * (net_ctl_permissions() in net/sysctl_net.c), and loading a module CAP_SYS_MODULE. */
static const struct {
	unsigned capability;
	bool rights[SANDBOX_RIGHTS];
	bool runs; /* for a program that the job runs */
} workers[] = {
	{.capability = CAP_SYS_ADMIN,
	 .rights = {[SANDBOX_READ] = true, [SANDBOX_LOOK] = true, [SANDBOX_CHANGE] = true}},
	{.capability = CAP_NET_ADMIN, .rights = {[SANDBOX_LOOK] = true, [SANDBOX_CHANGE] = true}},
	{.capability = CAP_SYS_PTRACE, .rights = {[SANDBOX_LOOK] = true}},
	{.capability = CAP_BPF, .rights = {[SANDBOX_LOOK] = true}},
	{.capability = CAP_PERFMON, .rights = {[SANDBOX_LOOK] = true}},
	{.capability = CAP_SYS_MODULE, .rights = {[SANDBOX_CHANGE] = true}, .runs = true},
	{.capability = CAP_SETUID, .rights = {[SANDBOX_MEASURE] = true}, .runs = true},
	{.capability = CAP_SETGID, .rights = {[SANDBOX_MEASURE] = true}, .runs = true},
};

int sandbox_engine(struct err *err)
{
	struct kept keep[2 + ARRAY_SIZE(workers)] = {
		{CAP_KILL, CAPNG_EFFECTIVE | CAPNG_PERMITTED},
		{CAP_DAC_READ_SEARCH, CAPNG_EFFECTIVE | CAPNG_PERMITTED},
	};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		struct kept *kept = &keep[2 + i];

		*kept = (struct kept){workers[i].capability, CAPNG_PERMITTED};
		/* what is not in the bounding set, modprobe and fettle-probe would not have */
		if (workers[i].runs)
			kept->types |= CAPNG_BOUNDING_SET;
	}
	r = capng_apply(choose_capabilities(keep, ARRAY_SIZE(keep)));
	if (r)
		return err_set(err, EPERM, "cannot drop capabilities (libcap-ng: %d)", r);
	return no_new_privileges(err);
}

int sandbox_worker(enum sandbox_rights rights, struct err *err)
{
	int r;

	capng_get_caps_process();
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		if (!capng_have_capability(CAPNG_PERMITTED, workers[i].capability))
			continue;
		if (workers[i].rights[rights])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, workers[i].capability);
		else
			capng_update(CAPNG_DROP, CAPNG_PERMITTED, workers[i].capability);
	}
	r = capng_apply(CAPNG_SELECT_CAPS);
	return r ? err_set(err, EPERM, "cannot use capabilities (libcap-ng: %d)", r) : 0;
}
