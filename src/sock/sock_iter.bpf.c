/* sock/sock_iter.bpf.c - runs in the kernel: a record for every descriptor that is a socket.
 *
 * An iterator over task_file (Documentation/bpf/bpf_iterators.rst): the kernel calls it for each
 * descriptor of each file table, in the context of whoever reads the iterator. It only reads.
 *
 * The kernel's structs are declared here with the few fields that are needed; where those really
 * are, in the kernel that loads this, is worked out by libbpf from that kernel's BTF (CO-RE). A
 * field that a kernel lacks makes an option unknown. The helpers used are for programs under a
 * licence the kernel takes for compatible with its own: this file may be had under the MIT licence
 * or version 2 of the GPL. */
#include <stdint.h>

typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int8_t __s8;
typedef int16_t __s16;
typedef int32_t __s32;
typedef int64_t __s64;
typedef uint16_t __be16;
typedef uint32_t __be32;
typedef uint32_t __wsum;

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sock/sock_iter.h"

/* Every field is read by FIELD(), which takes its width and sign from the kernel: what is written
 * here need not be exact. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net {
	struct {
		__u32 sysctl_tcp_keepalive_time, sysctl_tcp_keepalive_intvl;
		__u8 sysctl_tcp_keepalive_probes;
		__u8 sysctl_tcp_pingpong_thresh; /* from 6.7 on */
	} ipv4;
};

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4;
	unsigned char skc_reuseport : 1;
	struct {
		struct net *net;
	} skc_net;
	unsigned long skc_flags;
};

enum sock_flags {
	SOCK_KEEPOPEN = 3,
	SOCK_LINGER = 4
};

struct sock {
	struct sock_common __sk_common;
	unsigned long sk_lingertime;
	long sk_rcvtimeo, sk_sndtimeo;
	__u32 sk_priority, sk_mark;
	unsigned int sk_ll_usec; /* with CONFIG_NET_RX_BUSY_POLL */
	__u8 sk_userlocks : 4;   /* a bit field in 6.1, whole in 6.12 */
};

struct tcp_congestion_ops {
	char name[16];
};

struct inet_connection_sock {
	struct {
		__u8 rskq_defer_accept;
		struct {
			int max_qlen;
		} fastopenq;
	} icsk_accept_queue;
	const struct tcp_congestion_ops *icsk_ca_ops;
	__u8 icsk_ca_setsockopt : 1;
	__u8 icsk_ca_dst_locked : 1;
	struct {
		__u8 pingpong;
	} icsk_ack;
	__u32 icsk_user_timeout;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 mss_cache;
	__u32 notsent_lowat;
	__u8 nonagle : 4;
	__u8 repair : 1;
	__u8 keepalive_probes;
	struct {
		__u16 user_mss, mss_clamp;
	} rx_opt;
	unsigned int keepalive_time, keepalive_intvl;
};

struct socket {
	struct sock *sk;
};

struct inode {
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	int pid, tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct files_struct *files;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 seq_num;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* sys/socket.h, net/tcp_states.h, net/tcp.h, SOCK_*_LOCK of net/sock.h, linux/pid_namespace.h */
enum {
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	TCP_CLOSE = 7,
	TCP_LISTEN = 10,
	TCP_NAGLE_OFF = 1,
	SNDBUF_LOCK = 1,
	RCVBUF_LOCK = 2,
	MAX_PID_NS_LEVEL = 32,
};

/* Set before it is loaded: TCP_MAXSEG of an unconnected socket is what was asked for. */
const volatile __u8 maxseg_as_asked = 0;
/* Set before a pass: from where on TCP takes a connection for interactive, for kernels that have
 * no sysctl for it; 0: not known. */
__u8 pingpong_threshold = 0;
/* Set before a pass: records of the reader only. */
__u8 only_reader = 0;

/* The file table, and the thread it was seen at, of the last thread that leads no group. */
static struct files_struct *thread_files;
static struct task_struct *thread_seen;

#define FIELD(pointer, field) ((__s64)BPF_CORE_READ_BITFIELD(pointer, field))

#define PUT(record, value, is)                                                                     \
	do {                                                                                       \
		(record)->values[value] = (is);                                                    \
		(record)->known |= 1u << (value);                                                  \
	} while (0)

#define PUT_FIELD(record, value, pointer, field)                                                   \
	do {                                                                                       \
		if (bpf_core_field_exists((pointer)->field))                                       \
			PUT(record, value, FIELD(pointer, field));                                 \
	} while (0)

/* A time-out in jiffies; MAX_SCHEDULE_TIMEOUT, the greatest long, is none. */
#define PUT_TIMEOUT(record, value, sk, field)                                                      \
	do {                                                                                       \
		if (bpf_core_field_exists((sk)->field)) {                                          \
			__s64 none =                                                               \
				bpf_core_field_size((sk)->field) == 4 ? INT32_MAX : INT64_MAX;     \
			__s64 jiffies = FIELD(sk, field);                                          \
			PUT(record, value, jiffies == none ? 0 : jiffies);                         \
		}                                                                                  \
	} while (0)

/* What the socket has of its own, or its network namespace's default. */
#define PUT_KEEPALIVE(record, value, tp, field, net, sysctl)                                       \
	do {                                                                                       \
		if (bpf_core_field_exists((tp)->field) &&                                          \
		    bpf_core_field_exists((net)->ipv4.sysctl)) {                                   \
			__s64 own = FIELD(tp, field);                                              \
			PUT(record, value, own ? own : FIELD(net, ipv4.sysctl));                   \
		}                                                                                  \
	} while (0)

/* sk_getsockopt() of net/core/sock.c */
static __always_inline void put_socket(struct sock_iter_record *r, struct sock *sk)
{
	if (bpf_core_enum_value_exists(enum sock_flags, SOCK_KEEPOPEN) &&
	    bpf_core_enum_value_exists(enum sock_flags, SOCK_LINGER)) {
		__u64 flags = (__u64)FIELD(sk, __sk_common.skc_flags);
		__u64 keep = bpf_core_enum_value(enum sock_flags, SOCK_KEEPOPEN);
		__u64 linger = bpf_core_enum_value(enum sock_flags, SOCK_LINGER);
		PUT(r, SOCK_ITER_KEEPALIVE, (flags >> keep) & 1);
		PUT(r, SOCK_ITER_LINGER, (flags >> linger) & 1 ? FIELD(sk, sk_lingertime) : -1);
	}
	PUT_FIELD(r, SOCK_ITER_REUSEADDR, sk, __sk_common.skc_reuse);
	PUT_FIELD(r, SOCK_ITER_REUSEPORT, sk, __sk_common.skc_reuseport);
	PUT_TIMEOUT(r, SOCK_ITER_RCVTIMEO, sk, sk_rcvtimeo);
	PUT_TIMEOUT(r, SOCK_ITER_SNDTIMEO, sk, sk_sndtimeo);
	PUT_FIELD(r, SOCK_ITER_MARK, sk, sk_mark);
	PUT_FIELD(r, SOCK_ITER_PRIORITY, sk, sk_priority);
	PUT_FIELD(r, SOCK_ITER_BUSY_POLL, sk, sk_ll_usec);
	if (bpf_core_field_exists(sk->sk_userlocks)) {
		__s64 locks = FIELD(sk, sk_userlocks);
		PUT(r, SOCK_ITER_RCVBUF_LOCKED, !!(locks & RCVBUF_LOCK));
		PUT(r, SOCK_ITER_SNDBUF_LOCKED, !!(locks & SNDBUF_LOCK));
	}
}

static __always_inline void put_maxseg(struct sock_iter_record *r, struct tcp_sock *tp, __u8 state)
{
	__s64 asked = FIELD(tp, rx_opt.user_mss);
	__s64 is = FIELD(tp, mss_cache);
	if (FIELD(tp, repair))
		is = FIELD(tp, rx_opt.mss_clamp);
	else if (maxseg_as_asked && asked && (state == TCP_CLOSE || state == TCP_LISTEN))
		is = asked;
	PUT(r, SOCK_ITER_MAXSEG, is);
}

static __always_inline void put_quickack(struct sock_iter_record *r, struct tcp_sock *tp,
					 struct net *net)
{
	if (!bpf_core_field_exists(tp->inet_conn.icsk_ack.pingpong))
		return;
	__s64 count = FIELD(tp, inet_conn.icsk_ack.pingpong), threshold = pingpong_threshold;
	if (bpf_core_field_exists(net->ipv4.sysctl_tcp_pingpong_thresh))
		threshold = FIELD(net, ipv4.sysctl_tcp_pingpong_thresh);
	PUT(r, SOCK_ITER_PINGPONG, count);
	if (threshold > 0)
		PUT(r, SOCK_ITER_QUICKACK, count < threshold);
}

/* do_tcp_getsockopt() of net/ipv4/tcp.c */
static __always_inline void put_tcp(struct sock_iter_record *r, struct sock *sk,
				    struct tcp_sock *tp)
{
	struct net *net = sk->__sk_common.skc_net.net;
	if (bpf_core_field_exists(tp->nonagle))
		PUT(r, SOCK_ITER_NODELAY, !!(FIELD(tp, nonagle) & TCP_NAGLE_OFF));
	PUT_KEEPALIVE(r, SOCK_ITER_KEEPIDLE, tp, keepalive_time, net, sysctl_tcp_keepalive_time);
	PUT_KEEPALIVE(r, SOCK_ITER_KEEPINTVL, tp, keepalive_intvl, net, sysctl_tcp_keepalive_intvl);
	PUT_KEEPALIVE(r, SOCK_ITER_KEEPCNT, tp, keepalive_probes, net, sysctl_tcp_keepalive_probes);
	PUT_FIELD(r, SOCK_ITER_USER_TIMEOUT, tp, inet_conn.icsk_user_timeout);
	PUT_FIELD(r, SOCK_ITER_DEFER_ACCEPT, tp, inet_conn.icsk_accept_queue.rskq_defer_accept);
	PUT_FIELD(r, SOCK_ITER_FASTOPEN, tp, inet_conn.icsk_accept_queue.fastopenq.max_qlen);
	PUT_FIELD(r, SOCK_ITER_NOTSENT_LOWAT, tp, notsent_lowat);
	if (bpf_core_field_exists(tp->mss_cache) && bpf_core_field_exists(tp->repair) &&
	    bpf_core_field_exists(tp->rx_opt.user_mss))
		put_maxseg(r, tp, sk->__sk_common.skc_state);
	put_quickack(r, tp, net);
	const struct tcp_congestion_ops *ops = tp->inet_conn.icsk_ca_ops;
	if (ops)
		bpf_core_read(r->congestion, sizeof(r->congestion), &ops->name);
	PUT_FIELD(r, SOCK_ITER_CONGESTION_SET, tp, inet_conn.icsk_ca_setsockopt);
	PUT_FIELD(r, SOCK_ITER_CONGESTION_LOCKED, tp, inet_conn.icsk_ca_dst_locked);
}

/* The number of the task's group in the pid namespace of the reader, which the kernel shows only
 * tasks of that namespace and of those below it. 0: none any more. */
static __always_inline __s32 group_number(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	const void *at = __builtin_preserve_access_index(&pid->numbers[0].nr);
	__s32 number = 0;
	if (pid)
		bpf_probe_read_kernel(&number, sizeof(number),
				      at + (level % MAX_PID_NS_LEVEL) *
						      bpf_core_type_size(struct upid));
	return number;
}

/* The kernel leaves out threads that share the table of their leader; when that leader is gone it
 * shows the table once more for each of them. A thread that has a table of its own mostly got it as
 * a copy. What is in several tables of one process is an owner once. */
static __always_inline int is_repeated(struct task_struct *task, __u32 fd, struct file *file)
{
	if (task->pid == task->tgid)
		return 0;
	struct files_struct *files = task->files;
	if (files == thread_files && task != thread_seen)
		return 1;
	thread_files = files;
	thread_seen = task;
	struct fdtable *table = BPF_CORE_READ(task, group_leader, files, fdt);
	struct file **at = BPF_CORE_READ(table, fd), *other = NULL;
	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&other, sizeof(other), at + fd);
	return other == file;
}

SEC("iter/task_file")
int sock_iter(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task, *reader = bpf_get_current_task_btf();
	struct file *file = ctx->file;
	if (ctx->meta->seq_num == 0)
		thread_files = NULL; /* of an earlier pass */
	if (!task || !file || (only_reader && task->tgid != reader->tgid))
		return 0;
	struct socket *socket = bpf_sock_from_file(file);
	struct sock *sk = socket ? socket->sk : NULL;
	if (!sk || is_repeated(task, ctx->fd, file))
		return 0;
	unsigned short family = sk->__sk_common.skc_family;
	if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
		return 0;

	struct sock_iter_record r = {0};
	struct pid *reader_pid = reader->thread_pid;
	__u32 level = reader_pid ? reader_pid->level : 0;
	r.inode = file->f_inode->i_ino;
	r.fd = (__s32)ctx->fd;
	r.pid = level ? group_number(task, level) : task->tgid;
	r.outside = level > 0;
	put_socket(&r, sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	if (tp)
		put_tcp(&r, sk, tp);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}

char licence[] SEC("license") = "Dual MIT/GPL";
