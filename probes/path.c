/* probes/path.c - the probe `path`: how a connection to a host is made, and what is on the way.
 *
 * First TCP, all addresses at once, because a connection is what people want; then UDP to closed
 * ports of the address that answered, for the hops and the path MTU. Everything has its time, so
 * that something is known of all of it when it is over. */
#include "probes/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "probes/path_state.h"

enum {
	US_PER_MS = 1000,
	DEFAULT_TIME_MS = 20000,
	LEAST_TIME_MS = 1000,
	MOST_TIME_MS = 300000,
	/* A SYN is sent again after one second, three (RFC 6298), or since 6.5 each second four
	 * times (net.ipv4.tcp_syn_linear_timeouts). */
	CONNECT_US = 6000000,
	UNREACHABLE_US = 2200000, /* how often a router says so at least, see hops_measure.c */
	SETTING_MOST = 64,
};

static long read_setting(const char *name)
{
	_cleanup_free_ char *path = mem_printf("/proc/sys/net/ipv4/%s", name), *text = NULL;
	struct err err;
	size_t len;

	return file_read(AT_FDCWD, path, SETTING_MOST, &text, &len, &err) < 0
		       ? -1
		       : strtol(text, NULL, 10);
}

static void read_settings(struct path_state *path)
{
	static const char *const names[] = {
		[OURS_WINDOW_SCALING] = "tcp_window_scaling",
		[OURS_SACK] = "tcp_sack",
		[OURS_TIMESTAMPS] = "tcp_timestamps",
		[OURS_ECN] = "tcp_ecn",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		path->ours[i] = read_setting(names[i]);
}

static void release(void *context)
{
	struct path_state *path = context;

	if (!path)
		return;
	volley_fini(&path->volley);
	path_mtu_fini(&path->mtu);
	free(path->no_udp);
	free(path->host);
	free(path);
}

static int read_family(struct words *words, int *family, struct err *err)
{
	const char *text = words_text(words, "family", NULL);

	*family = str_equal(text, "4") ? AF_INET : str_equal(text, "6") ? AF_INET6 : AF_UNSPEC;
	if (text && *family == AF_UNSPEC)
		return err_set(err, EINVAL, "family=%s: expected 4 or 6", text);
	return 0;
}

static int prepare(struct words *words, void **context, struct err *err)
{
	const char *host = words_text(words, "host", NULL);
	uint64_t time_ms = DEFAULT_TIME_MS;
	struct net_addresses addresses;
	struct path_state *path;
	int family, r;

	if (!host)
		return err_set(err, EINVAL, "no host: expected host=HOST[:PORT]");
	r = read_family(words, &family, err);
	if (r == 0)
		r = words_number(words, "max-time-ms", LEAST_TIME_MS, MOST_TIME_MS, &time_ms, err);
	if (r == 0)
		r = net_resolve(host, PATH_PORT, family, false, &addresses, err);
	if (r < 0)
		return r;
	path = mem_alloc(sizeof(*path));
	*path = (struct path_state){.host = mem_strdup(host),
				    .max_time_us = time_ms * US_PER_MS,
				    .addresses = addresses,
				    .volley = {.fd = -1}};
	read_settings(path);
	*context = path;
	return 0;
}

/* The first that answered, in the order in which programs try them; else the one of which most is
 * known to be there: a host that refuses. */
static void choose(struct path_state *path)
{
	size_t refused = path->addresses.count;

	for (size_t i = path->addresses.count; i-- > 0;) {
		if (path->tried[i].code == 0) {
			path->chosen = i;
			path->connected = true;
		} else if (path->tried[i].code == ECONNREFUSED) {
			refused = i;
		}
	}
	if (!path->connected && refused < path->addresses.count)
		path->chosen = refused;
	path->handshakes[path->n_handshakes++] = path->tried[path->chosen];
}

static void connect_all(struct path_state *path)
{
	uint64_t share_us = path->max_time_us * 2 / 5;
	uint64_t most_us = share_us < CONNECT_US ? share_us : CONNECT_US;
	uint64_t began_us = net_now_us();

	probe_progress(json_pack("{s:s}", "doing", "connecting"));
	handshake_all(&path->addresses, began_us + most_us, path->tried);
	choose(path);
	while (path->connected && path->n_handshakes < PATH_HANDSHAKES) {
		/* what the first one left of the time is for the others */
		uint64_t until_us = began_us + most_us, least_us = net_now_us() + most_us / 4;

		handshake_one(&path->addresses.list[path->chosen],
			      until_us > least_us ? until_us : least_us,
			      &path->handshakes[path->n_handshakes++]);
	}
}

/* A router has just said that the host cannot be reached, or would have if SYNs had not come more
 * often than it may say so: it must be able to say it again. */
static void wait_for_router(const struct path_state *path)
{
	const struct handshake *first = path_first(path);
	bool said = first->heard && first->answer.kind == ANSWER_UNREACHABLE;

	if ((said || first->code == ETIMEDOUT) &&
	    net_now_us() + 3 * UNREACHABLE_US < path->until_us)
		net_pause(UNREACHABLE_US);
}

static void look_at_way(struct path_state *path)
{
	struct err err;
	uint64_t now_us;

	if (handshake_found_nobody(path_first(path))) {
		path->no_udp = mem_strdup("nobody on the link has this address");
		return;
	}
	if (volley_open(&path->volley, &path->addresses.list[path->chosen], &err) < 0) {
		path->no_udp = mem_strdup(err.text);
		return;
	}
	probe_progress(json_pack("{s:s}", "doing", "looking for hops"));
	wait_for_router(path);
	now_us = net_now_us();
	hops_measure(&path->hops, &path->volley,
		     now_us + (path->until_us > now_us ? path->until_us - now_us : 0) / 2);
	now_us = net_now_us();
	if (path->connected && path->until_us > now_us)
		hops_by_tcp(&path->hops, &path->addresses.list[path->chosen],
			    now_us + (path->until_us - now_us) / 3);
	probe_progress(json_pack("{s:s}", "doing", "measuring the path MTU"));
	path_mtu_measure(&path->mtu, &path->volley, &path->hops, path->connected, path->until_us);
}

static int run(void *context, json_t *result, struct err *err)
{
	struct path_state *path = context;
	uint64_t began_us = net_now_us();

	(void)err;
	path->until_us = began_us + path->max_time_us;
	connect_all(path);
	look_at_way(path);
	path_tell(path, result);
	json_object_set_new(result, "findings", path_judge(path));
	json_object_set_new(result, "unmeasured", path_unmeasured(path));
	json_object_set_new(result, "elapsed_us",
			    json_integer((json_int_t)(net_now_us() - began_us)));
	return 0;
}

const struct probe probe_path = {"path", prepare, run, release, NULL};
