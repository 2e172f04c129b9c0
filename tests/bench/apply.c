/* tests/bench/apply.c - a transaction of thirty keys, against nothing but writing the same thirty
 * and making as much as the journal's two durable records durable, in turns.
 *
 * Only keys of a network namespace that is its own. Each round begins with a journal that holds as
 * many transactions as were asked for. Prints "keys N", "ours_ns NS" and "bare_ns NS": the medians
 * of a round, each of which changes every key. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "apply/transaction.h"
#include "base/durable.h"
#include "base/file.h"
#include "sysctl/name.h"
#include "tests/bench/stats.h"

/* Per network namespace, independent of each other, and taking both values (6.18). */
static const struct {
	const char *name, *values[2];
} keys[] = {
	{"net.ipv4.tcp_sack", {"0", "1"}},
	{"net.ipv4.tcp_dsack", {"0", "1"}},
	{"net.ipv4.tcp_timestamps", {"0", "1"}},
	{"net.ipv4.tcp_window_scaling", {"0", "1"}},
	{"net.ipv4.tcp_moderate_rcvbuf", {"0", "1"}},
	{"net.ipv4.tcp_slow_start_after_idle", {"0", "1"}},
	{"net.ipv4.tcp_no_metrics_save", {"0", "1"}},
	{"net.ipv4.tcp_rfc1337", {"0", "1"}},
	{"net.ipv4.tcp_abort_on_overflow", {"0", "1"}},
	{"net.ipv4.tcp_autocorking", {"0", "1"}},
	{"net.ipv4.tcp_ecn_fallback", {"0", "1"}},
	{"net.ipv4.tcp_early_retrans", {"0", "3"}},
	{"net.ipv4.tcp_frto", {"0", "2"}},
	{"net.ipv4.tcp_mtu_probing", {"0", "1"}},
	{"net.ipv4.tcp_retries1", {"3", "4"}},
	{"net.ipv4.tcp_retries2", {"10", "15"}},
	{"net.ipv4.tcp_syn_retries", {"5", "6"}},
	{"net.ipv4.tcp_synack_retries", {"3", "5"}},
	{"net.ipv4.tcp_orphan_retries", {"0", "2"}},
	{"net.ipv4.tcp_reordering", {"3", "5"}},
	{"net.ipv4.tcp_fin_timeout", {"30", "60"}},
	{"net.ipv4.tcp_keepalive_time", {"300", "7200"}},
	{"net.ipv4.tcp_keepalive_intvl", {"30", "75"}},
	{"net.ipv4.tcp_keepalive_probes", {"5", "9"}},
	{"net.ipv4.tcp_notsent_lowat", {"131072", "4294967295"}},
	{"net.ipv4.tcp_rmem", {"4096 131072 6291456", "4096 131072 16777216"}},
	{"net.ipv4.tcp_wmem", {"4096 16384 4194304", "4096 16384 16777216"}},
	{"net.ipv4.ip_local_port_range", {"32768 60999", "20000 60999"}},
	{"net.ipv4.icmp_ratelimit", {"500", "1000"}},
	{"net.ipv4.udp_rmem_min", {"4096", "8192"}},
};

enum {
	KEYS = ARRAY_SIZE(keys)
};

static int apply_ours(const struct apply_context *context, size_t side, struct err *err)
{
	const struct apply_options options = {.by = apply_by_self()};
	struct apply_result result = {0};
	struct plan plan = {0};
	int r = 0;

	for (size_t i = 0; i < KEYS && r == 0; i++)
		r = plan_add(context, &plan, keys[i].name, keys[i].values[side], err);
	plan_order(&plan);
	if (r == 0)
		r = apply_plan(context, &plan, &options, &result, err);
	if (r == 0 && result.n_steps != KEYS)
		r = err_set(err, 1, "%zu steps", result.n_steps);
	apply_result_fini(&result);
	plan_fini(&plan);
	return r;
}

static bool write_bare(int log_fd, const char *record, size_t len, size_t side, char *paths[KEYS])
{
	bool ok = write(log_fd, record, len) == (ssize_t)len && fdatasync(log_fd) == 0;

	for (size_t i = 0; i < KEYS; i++) {
		const char *text = keys[i].values[side];
		int fd = open(paths[i], O_WRONLY | O_CLOEXEC);

		ok = ok && fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
		mem_closep(&fd);
	}
	return ok && write(log_fd, "\n", 1) == 1 && fdatasync(log_fd) == 0;
}

/* What the journal is set back to before each round. */
struct held {
	struct durable_folder folder;
	char *text;
	size_t len;
};

static int hold(const struct apply_context *context, size_t transactions, struct held *held,
		struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < transactions && r == 0; i++)
		r = apply_ours(context, i % 2, err);
	if (r == 0)
		r = durable_folder_open(context->state_dir, DURABLE_CREATE, &held->folder, err);
	if (r == 0 && transactions)
		r = file_read(held->folder.fd, "journal", 1 << 30, &held->text, &held->len, err);
	/* the first round is to find the keys as the others do */
	return r == 0 && transactions % 2 ? apply_ours(context, 1, err) : r;
}

static int set_back(const struct held *held, struct err *err)
{
	if (held->text)
		return durable_write(&held->folder, "journal", held->text, held->len, 0600, err);
	return unlinkat(held->folder.fd, "journal", 0) < 0 && errno != ENOENT
		       ? err_set(err, errno, "cannot remove the journal: %s", strerror(errno))
		       : 0;
}

static void held_fini(struct held *held)
{
	durable_folder_fini(&held->folder);
	free(held->text);
}

static int measure(const char *folder, const struct apply_context *context, size_t rounds,
		   size_t transactions)
{
	_cleanup_(held_fini) struct held held = {.folder = {.fd = -1}};
	_cleanup_free_ uint64_t *ours = mem_alloc_array(rounds, sizeof(*ours));
	_cleanup_free_ uint64_t *bare = mem_alloc_array(rounds, sizeof(*bare));
	_cleanup_free_ char *log = mem_printf("%s/bare", folder);
	_cleanup_fd_ int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	static char record[4096]; /* what a begin record of thirty keys takes */
	char *paths[KEYS];
	struct err err;

	memset(record, 'x', sizeof(record));
	for (size_t i = 0; i < KEYS; i++) {
		_cleanup_free_ char *path = sysctl_name_path(keys[i].name);

		paths[i] = mem_printf("/proc/sys/%s", path);
	}
	if (hold(context, transactions, &held, &err) < 0) {
		fprintf(stderr, "apply: %s\n", err.text);
		return 1;
	}
	/* each side goes there and back, so that both find what they are to change */
	for (size_t i = 0; i < rounds; i++) {
		bool ready = set_back(&held, &err) == 0;
		uint64_t start = stats_now_ns(), middle;

		if (!ready || apply_ours(context, 0, &err) < 0 ||
		    apply_ours(context, 1, &err) < 0) {
			fprintf(stderr, "apply: %s\n", err.text);
			return 1;
		}
		middle = stats_now_ns();
		if (!write_bare(fd, record, sizeof(record), 0, paths) ||
		    !write_bare(fd, record, sizeof(record), 1, paths)) {
			fprintf(stderr, "apply: the bare loop failed\n");
			return 1;
		}
		ours[i] = (middle - start) / 2;
		bare[i] = (stats_now_ns() - middle) / 2;
	}
	for (size_t i = 0; i < KEYS; i++)
		free(paths[i]);
	printf("keys %d\nours_ns %ju\nbare_ns %ju\n", KEYS,
	       (uintmax_t)stats_percentile(ours, rounds, 50),
	       (uintmax_t)stats_percentile(bare, rounds, 50));
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long transactions = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	_cleanup_(host_freep) struct host *host = NULL;
	_cleanup_free_ char *state = NULL;
	struct apply_context context;
	struct err err;

	if (rounds == 0 || rounds > 1000000 || transactions > 1000000) {
		fprintf(stderr, "usage: apply FOLDER ROUNDS TRANSACTIONS\n");
		return 64;
	}
	state = mem_printf("%s/state", argv[1]);
	if (unshare(CLONE_NEWNET) < 0) {
		perror("apply: no network namespace of its own");
		return 1;
	}
	if (host_open("/proc/sys", &host, &err) < 0 ||
	    apply_context_init(&context, host, &err) < 0) {
		fprintf(stderr, "apply: %s\n", err.text);
		return 1;
	}
	context.state_dir = state;
	context.modprobe = NULL;
	return measure(argv[1], &context, rounds, transactions);
}
