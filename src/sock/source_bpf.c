/* sock/source_bpf.c - owners and options from the kernel's BPF iterator over descriptors.
 *
 * One pass over every descriptor of every process that our pid namespace shows, in all network
 * namespaces, that touches no socket. sock_iter.bpf.c is what runs in the kernel; here it is
 * loaded, read, and what it says turned into what getsockopt(2) would have said. */
#include "sock/source_bpf.h"

#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "config.h"
#include "sock/source.h"

#ifdef HAVE_BPF
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sock/sock_iter.skel.h"
#endif

enum conversion {
	AS_IT_IS,
	SECONDS,
	LINGER,
	MICROSECONDS,
	RETRANSMISSIONS
};

static const struct {
	enum socket_option option;
	enum conversion conversion;
} conversions[SOCK_ITER_PINGPONG] = {
	[SOCK_ITER_KEEPALIVE] = {SOCKOPT_KEEPALIVE, AS_IT_IS},
	[SOCK_ITER_NODELAY] = {SOCKOPT_NODELAY, AS_IT_IS},
	[SOCK_ITER_KEEPIDLE] = {SOCKOPT_KEEPIDLE, SECONDS},
	[SOCK_ITER_KEEPINTVL] = {SOCKOPT_KEEPINTVL, SECONDS},
	[SOCK_ITER_KEEPCNT] = {SOCKOPT_KEEPCNT, AS_IT_IS},
	[SOCK_ITER_RCVBUF_LOCKED] = {SOCKOPT_RCVBUF_LOCKED, AS_IT_IS},
	[SOCK_ITER_SNDBUF_LOCKED] = {SOCKOPT_SNDBUF_LOCKED, AS_IT_IS},
	[SOCK_ITER_LINGER] = {SOCKOPT_LINGER, LINGER},
	[SOCK_ITER_REUSEADDR] = {SOCKOPT_REUSEADDR, AS_IT_IS},
	[SOCK_ITER_REUSEPORT] = {SOCKOPT_REUSEPORT, AS_IT_IS},
	[SOCK_ITER_USER_TIMEOUT] = {SOCKOPT_USER_TIMEOUT, AS_IT_IS},
	[SOCK_ITER_DEFER_ACCEPT] = {SOCKOPT_DEFER_ACCEPT, RETRANSMISSIONS},
	[SOCK_ITER_FASTOPEN] = {SOCKOPT_FASTOPEN, AS_IT_IS},
	[SOCK_ITER_NOTSENT_LOWAT] = {SOCKOPT_NOTSENT_LOWAT, AS_IT_IS},
	[SOCK_ITER_MAXSEG] = {SOCKOPT_MAXSEG, AS_IT_IS},
	[SOCK_ITER_RCVTIMEO] = {SOCKOPT_RCVTIMEO_US, MICROSECONDS},
	[SOCK_ITER_SNDTIMEO] = {SOCKOPT_SNDTIMEO_US, MICROSECONDS},
	[SOCK_ITER_MARK] = {SOCKOPT_MARK, AS_IT_IS},
	[SOCK_ITER_PRIORITY] = {SOCKOPT_PRIORITY, AS_IT_IS},
	[SOCK_ITER_BUSY_POLL] = {SOCKOPT_BUSY_POLL, AS_IT_IS},
	[SOCK_ITER_QUICKACK] = {SOCKOPT_QUICKACK, AS_IT_IS},
};

/* TCP_DEFER_ACCEPT is kept as a number of retransmissions: the first after a second, each after
 * twice the time of the one before, 120 s at most (TCP_TIMEOUT_INIT and TCP_RTO_MAX of net/tcp.h;
 * TCP_RTO_MAX_MS does not matter here, as tried on 6.18). */
static int64_t seconds_of_retransmissions(int64_t count)
{
	int64_t sum = 0, wait = 1;
	for (int64_t i = 0; i < count; i++) {
		sum += wait;
		wait = wait * 2 > 120 ? 120 : wait * 2;
	}
	return sum;
}

static int64_t convert(enum conversion conversion, int64_t value, unsigned hz)
{
	switch (conversion) {
	case AS_IT_IS:
		break;
	case SECONDS:
		return value / hz;
	case LINGER:
		return value < 0 ? -1 : value / hz;
	case MICROSECONDS:
		return value / hz * 1000000 + value % hz * 1000000 / hz;
	case RETRANSMISSIONS:
		return seconds_of_retransmissions(value);
	}
	return (uint32_t)value; /* getsockopt(2) gives 32 bits: of a mark, or a size up to 4 GiB */
}

/* tcp_set_congestion_control() and tcp_ca_openreq_child() of net/ipv4/, kernel 6.18. */
static enum socket_congestion_by chosen_by(const struct sock_iter_record *record)
{
	const uint32_t both = UINT32_C(1) << SOCK_ITER_CONGESTION_SET |
			      UINT32_C(1) << SOCK_ITER_CONGESTION_LOCKED;

	if ((record->known & both) != both)
		return CONGESTION_BY_UNKNOWN;
	if (record->values[SOCK_ITER_CONGESTION_LOCKED])
		return CONGESTION_BY_ROUTE;
	return record->values[SOCK_ITER_CONGESTION_SET] ? CONGESTION_BY_SETSOCKOPT
							: CONGESTION_BY_DEFAULT;
}

void source_bpf_convert(const struct sock_iter_record *record, unsigned hz,
			struct sock_options *out)
{
	*out = (struct sock_options){0};
	for (size_t i = 0; i < ARRAY_SIZE(conversions); i++) {
		enum socket_option option = conversions[i].option;
		if (!(record->known & UINT32_C(1) << i))
			continue;
		if (conversions[i].conversion != AS_IT_IS && hz == 0)
			continue;
		out->known |= SOCKOPT_BIT(option);
		out->values[option] = convert(conversions[i].conversion, record->values[i], hz);
	}
	memcpy(out->congestion, record->congestion, sizeof(out->congestion) - 1);
	if (out->congestion[0])
		out->known |= SOCKOPT_BIT(SOCKOPT_CONGESTION);
	out->congestion_by = chosen_by(record);
}

#ifndef HAVE_BPF

static int collect(const struct sock_source_options *options, struct owners *owners,
		   struct socket_coverage *coverage, struct err *err)
{
	(void)options;
	(void)owners;
	(void)coverage;
	return err_set(err, ENOTSUP, "reading sockets with BPF: fettle was built without BPF");
}

#else

/* A coarse clock moves once a jiffy (clock_getres(2)). 0: not known. */
static unsigned jiffies_per_second(void)
{
	struct timespec tick;
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_sec || tick.tv_nsec <= 0)
		return 0;
	return (unsigned)((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
}

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	return fd >= 0 ? fd : socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
}

/* Whether TCP_MAXSEG of a socket without a connection is what was asked for, as from 6.4 on and in
 * the stable kernels that took that change; before, it is the default of 536. */
static bool maxseg_as_asked(int fd)
{
	int asked = 999, is = 0;
	socklen_t len = sizeof(is);
	return !setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &asked, sizeof(asked)) &&
	       !getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &is, &len) && is == asked;
}

/* What libbpf and, through it, the kernel's verifier complained of last. libbpf's hook has no room
 * for a pointer of ours. */
static _Thread_local char complaint[256];

static void keep_complaint(const char *text)
{
	static const char *const noise[] = {"processed ", "-- ", "verification time",
					    "stack depth"};
	bool verifier = strstr(text, "BEGIN PROG LOAD LOG");
	const char *line = verifier ? strchr(text, '\n') : text;
	while (line && *line) {
		line += strspn(line, "\n");
		size_t len = strcspn(line, "\n");
		bool tells = len > 0;
		for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
			tells = tells && strncmp(line, noise[i], strlen(noise[i])) != 0;
		if (tells)
			snprintf(complaint, sizeof(complaint), "%.*s", (int)len, line);
		line += len;
	}
}

/* libbpf's type of such a function does not say that it takes a format, so neither may this. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-format-attribute"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* The verifier's last line says more than what libbpf says before and after. */
static int on_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	static _Thread_local bool from_verifier;
	_cleanup_free_ char *text = NULL;
	if (level != LIBBPF_WARN || vasprintf(&text, format, arguments) < 0)
		return 0;
	if (!complaint[0])
		from_verifier = false;
	bool is_log = strstr(text, "BEGIN PROG LOAD LOG");
	if (is_log || !from_verifier)
		keep_complaint(text);
	from_verifier = from_verifier || is_log;
	return 0;
}
#pragma GCC diagnostic pop

/* Asked beforehand: libbpf would try this and that before it gives up. */
static bool may_try(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	if (syscall(SYS_capget, &header, data))
		return true;
	uint64_t have = (uint64_t)data[1].effective << 32 | data[0].effective;
	return have & UINT64_C(1) << CAP_SYS_ADMIN ||
	       (have & UINT64_C(1) << CAP_BPF && have & UINT64_C(1) << CAP_PERFMON);
}

static bool locked_down(void)
{
	char text[128] = "";
	_cleanup_fclose_ FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	return file && fgets(text, sizeof(text), file) && strstr(text, "[confidentiality]");
}

/* Why the program does not run here, in a sentence. The verifier's EACCES comes with its word. */
static int explain(int code, struct err *err)
{
	static const char what[] = "reading sockets with BPF";

	if (locked_down())
		return err_set(
			err, EPERM,
			"%s: the kernel is locked down (confidentiality in "
			"/sys/kernel/security/lockdown), and then BPF may not read its memory",
			what);
	if (code == EPERM || (code == EACCES && !complaint[0]))
		return err_set(err, EPERM,
			       "%s: not permitted; it takes CAP_BPF and CAP_PERFMON, or root",
			       what);
	if (code == ENOSYS)
		return err_set(err, ENOTSUP,
			       "%s: this kernel was built without it (CONFIG_BPF_SYSCALL)", what);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return err_set(err, ENOTSUP,
			       "%s: this kernel does not describe its types "
			       "(/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)",
			       what);
	return err_set(err, ENOTSUP,
		       "%s: this kernel refuses the program, made for Linux 5.15 and later: %s: %s",
		       what, strerror(code), complaint[0] ? complaint : "it does not say why");
}

struct pass {
	struct owners *owners;
	struct socket_coverage *coverage;
	unsigned hz;
	int calibration_fd;
	size_t records;
	bool outside;
	int threshold;                /* of TCP_QUICKACK, see calibrate() */
	struct sock_iter_record last; /* whose options are in `options` */
	struct sock_options options;
};

static void take_record(struct pass *pass, const struct sock_iter_record *record)
{
	static const size_t from = offsetof(struct sock_iter_record, known);
	pass->records++;
	if (!pass->owners) {
		if (record->fd == pass->calibration_fd)
			pass->threshold = (int)record->values[SOCK_ITER_PINGPONG];
		return;
	}
	/* Neighbours are often alike. */
	if (memcmp((const char *)record + from, (const char *)&pass->last + from,
		   sizeof(*record) - from) != 0 ||
	    pass->records == 1) {
		source_bpf_convert(record, pass->hz, &pass->options);
		pass->last = *record;
	}
	pass->outside = pass->outside || record->outside;
	if (record->pid > 0) /* else it has ended since */
		owners_add(pass->owners, record->inode, record->pid, record->fd, &pass->options);
}

/* Reads to the end. What was read before an error stays. */
static int read_records(int fd, struct pass *pass)
{
	enum {
		ROOM = 64 * 1024
	}; /* twice what the kernel gives at once */
	_cleanup_free_ char *buffer = mem_alloc(ROOM);
	size_t have = 0;
	for (;;) {
		ssize_t got = read(fd, buffer + have, ROOM - have);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue; /* EAGAIN: a million descriptors without a socket among them */
		if (got < 0)
			return -errno;
		if (got == 0)
			return have ? -EPROTO : 0;
		have += (size_t)got;
		size_t used = 0;
		for (; have - used >= sizeof(struct sock_iter_record);
		     used += sizeof(struct sock_iter_record))
			take_record(pass, (const void *)(buffer + used));
		have -= used;
		memmove(buffer, buffer + used, have); /* the next record begins the buffer */
	}
}

static int run_pass(struct bpf_link *link, struct pass *pass)
{
	_cleanup_fd_ int fd = bpf_iter_create(bpf_link__fd(link));
	return fd < 0 ? -errno : read_records(fd, pass);
}

/* Which count of TCP's ping-pong detection means "interactive", and TCP_QUICKACK off, has been a
 * sysctl since 6.7, which the program reads itself. Before, it was 1 or 3 as the kernel had it;
 * setting TCP_QUICKACK to 0 sets the count to it, so a socket of our own tells. */
static void calibrate(struct bpf_link *link, struct sock_iter_bpf *skeleton, int fd)
{
	struct pass pass = {.calibration_fd = fd};
	int off = 0;

	if (fd < 0 || access("/proc/sys/net/ipv4/tcp_pingpong_thresh", F_OK) == 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off)))
		return;
	skeleton->bss->only_reader = 1;
	if (run_pass(link, &pass) == 0 && pass.threshold > 0)
		skeleton->bss->pingpong_threshold = (__u8)pass.threshold;
	skeleton->bss->only_reader = 0;
}

/* libbpf before 1.0 gives errors as pointers: libbpf_get_error() knows both ways. */
static int load(struct sock_iter_bpf *skeleton, struct bpf_link **link)
{
	int failed = sock_iter_bpf__load(skeleton);
	if (failed)
		return -failed;
	struct bpf_link *attached = bpf_program__attach_iter(skeleton->progs.sock_iter, NULL);
	failed = (int)libbpf_get_error(attached);
	if (failed)
		return -failed;
	*link = attached;
	return 0;
}

static int collect_loaded(struct sock_iter_bpf *skeleton, int own_fd, struct pass *pass,
			  struct err *err)
{
	struct bpf_link *link = NULL;
	if (own_fd >= 0)
		skeleton->rodata->maxseg_as_asked = maxseg_as_asked(own_fd);
	int failed = load(skeleton, &link);
	if (failed)
		return explain(failed, err);
	calibrate(link, skeleton, own_fd);
	failed = -run_pass(link, pass);
	bpf_link__destroy(link);
	if (failed && pass->records == 0)
		return explain(failed, err);
	if (failed)
		socket_coverage_add(pass->coverage, SHORTFALL_OWNERS,
				    "owners and options of further sockets", strerror(failed), 0);
	return 0;
}

static int collect(const struct sock_source_options *options, struct owners *owners,
		   struct socket_coverage *coverage, struct err *err)
{
	(void)options;
	struct pass pass = {.owners = owners, .coverage = coverage, .hz = jiffies_per_second()};
	complaint[0] = '\0';
	if (!may_try())
		return explain(EPERM, err);
	libbpf_print_fn_t before = libbpf_set_print(on_libbpf);
	struct sock_iter_bpf *skeleton = sock_iter_bpf__open();
	int result;
	if (!skeleton) {
		result = explain(errno, err);
	} else {
		_cleanup_fd_ int own_fd = tcp_socket();
		result = collect_loaded(skeleton, own_fd, &pass, err);
		sock_iter_bpf__destroy(skeleton);
	}
	libbpf_set_print(before);
	if (pass.outside)
		socket_coverage_add(
			coverage, SHORTFALL_OWNERS, "owners outside this process namespace",
			"the kernel shows only processes of the pid namespace fettle is in", 0);
	return result;
}

#endif

const struct sock_source sock_source_bpf = {.name = "bpf", .collect = collect};
