/* probes/transports.c - Unix sockets against TCP and UDP over loopback, each way of sending apart.
 *
 * Two processes, so that each round trip wakes both and what is sent crosses from one address space
 * to another. Sockets, a file and pipes are made while there are rights (prepare), and all that is
 * measured is done by two processes that have none. Bounded in time and in bytes everywhere: a
 * transport that stalls is one that failed.
 *
 * What else a host does, and where it puts the two, changes what is measured by far more than the
 * ways of sending differ, and stays so for longer than one is measured: each is measured in rounds,
 * the others between them, and how far the rounds lie apart is told with their sum. */
#include "probes/transports.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "confine/calls.h"
#include "probes/probe.h"
#include "probes/transport_links.h"
#include "probes/transport_peer.h"
#include "probes/transport_send.h"
#include "probes/transport_trips.h"

enum {
	NS_PER_MS = 1000 * 1000,
};
static const uint64_t most_bytes = UINT64_C(4) << 30; /* of one way of sending, in one round */

static const int calls[] = {SCMP_SYS(sendfile), SCMP_SYS(splice), SCMP_SYS(wait4), CONFINE_END};

/* What came of one way of sending. */
struct throughput {
	bool is_inapplicable;
	int code; /* errno; 0: measured */
	uint64_t sent, received, ns;
	bool was_copied;
	double low_Bps, high_Bps; /* of the slowest and the fastest round */
};

struct kind_result {
	struct transport_trips trips[TRANSPORT_HOWS];
	int code; /* errno of the round trips; 0: measured */
	struct throughput ways[TRANSPORT_HOWS];
};

struct transports {
	uint64_t measure_ms, round_trips;
	int file;
	uint64_t *message; /* where the file begins */
	struct transport_links links[TRANSPORT_KINDS];
	int pipes[TRANSPORT_KINDS][2];
	size_t in_pipes[TRANSPORT_KINDS]; /* bytes that a round left */
	struct transport_peer peer;
	struct kind_result results[TRANSPORT_KINDS];
	double base_Bps; /* of a Unix stream written to; 0: not known */
};

/* Arithmetic */

uint64_t transports_percentile(const uint64_t *values, size_t count, unsigned percent)
{
	size_t rank = (count * percent + 99) / 100;

	return values[rank ? rank - 1 : 0];
}

bool transports_is_inapplicable(int code)
{
	return code == EOPNOTSUPP || code == EINVAL || code == ENOSYS || code == EMSGSIZE ||
	       code == ENOBUFS;
}

char *transports_tell_loss(uint64_t sent, uint64_t received)
{
	if (received >= sent)
		return NULL;
	return mem_printf("%.1f %% of what was sent was lost: not counted",
			  100.0 * (double)(sent - received) / (double)sent);
}

/* Round trips */

static void measure_trips(struct transports *transports, enum transport_kind kind)
{
	struct kind_result *result = &transports->results[kind];
	struct transport_sender sender = {
		.fd = transports->links[kind].ours[TRANSPORT_ECHO],
		.file = transports->file,
		.pipe = {transports->pipes[kind][0], transports->pipes[kind][1]}};

	result->code =
		-transport_trips_measure(&transports->peer, kind, &sender, transports->message,
					 transports->round_trips, result->trips);
	transports->in_pipes[kind] = sender.in_pipe;
}

/* Of the round trips by one way; null when there are none. */
static json_t *describe_latency(const struct transport_trips *trips)
{
	static const unsigned percents[] = {50, 90, 99};
	double us[ARRAY_SIZE(percents)];

	if (!trips->count)
		return json_null();
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++)
		us[i] = (double)transports_percentile(trips->ns, trips->count, percents[i]) / 1000;
	return json_pack("{s:f, s:f, s:f}", "p50", us[0], "p90", us[1], "p99", us[2]);
}

/* Throughput */

static int send_for(const struct transports *transports, struct transport_sender *sender,
		    enum transport_how how, uint64_t *sent)
{
	uint64_t end = transport_now_ns() + transports->measure_ms * NS_PER_MS / TRANSPORT_ROUNDS;

	while (*sent < most_bytes && transport_now_ns() < end) {
		ssize_t n = transport_send(sender, how);

		if (n < 0)
			return (int)n;
		*sent += (uint64_t)n;
	}
	return 0;
}

static struct throughput measure_how(struct transports *transports, enum transport_kind kind,
				     enum transport_how how, unsigned round)
{
	unsigned pair = TRANSPORT_ECHO + 1 + round * TRANSPORT_HOWS + (unsigned)how;
	struct transport_sender sender = {
		.fd = transports->links[kind].ours[pair],
		.file = transports->file,
		.pipe = {transports->pipes[kind][0], transports->pipes[kind][1]},
		.in_pipe = transports->in_pipes[kind]};
	struct transport_answer answer = {0};
	struct throughput out = {0};
	uint64_t begin;
	int r = transport_sender_prepare(&sender, how), finished;

	if (r < 0) {
		out.code = -r;
		out.is_inapplicable = transports_is_inapplicable(-r);
		return out;
	}
	r = transport_peer_order(&transports->peer, kind, pair);
	begin = transport_now_ns();
	if (r == 0)
		r = send_for(transports, &sender, how, &out.sent);
	transports->in_pipes[kind] = sender.in_pipe;
	finished = transport_peer_finish(&transports->peer, kind, pair, sender.fd, &answer);
	out.is_inapplicable = r < 0 && !out.sent && transports_is_inapplicable(-r);
	if (r == 0)
		r = finished;
	if (r == 0)
		r = transport_sender_settle(&sender);
	if (r == 0 && (!answer.bytes || answer.last_ns <= begin))
		r = -ENODATA;
	out.code = -r;
	out.received = answer.bytes;
	out.ns = answer.last_ns - begin;
	out.was_copied = sender.was_copied;
	return out;
}

static double rate_of(const struct throughput *result)
{
	return (double)result->received * 1e9 / (double)result->ns;
}

/* A round that failed is what came of all. */
static void add_round(struct throughput *sum, const struct throughput *round)
{
	sum->is_inapplicable = round->is_inapplicable;
	sum->code = round->code;
	if (round->code)
		return;
	if (!sum->ns || rate_of(round) < sum->low_Bps)
		sum->low_Bps = rate_of(round);
	if (rate_of(round) > sum->high_Bps)
		sum->high_Bps = rate_of(round);
	sum->sent += round->sent;
	sum->received += round->received;
	sum->ns += round->ns;
	sum->was_copied = sum->was_copied || round->was_copied;
}

static char *tell_throughput(enum transport_kind kind, enum transport_how how,
			     const struct throughput *result)
{
	_cleanup_free_ char *loss = NULL;
	static const char copied[] = "the kernel copied anyway: SO_EE_CODE_ZEROCOPY_COPIED";
	static const char not_copied[] = "the kernel did not copy";

	if (result->is_inapplicable)
		return mem_printf("%s does not go with %s: %s",
				  how == TRANSPORT_ZEROCOPY ? "MSG_ZEROCOPY"
							    : transport_how_name(how),
				  transport_kind_name(kind), strerror(result->code));
	if (result->code)
		return mem_printf("failed: %s", strerror(result->code));
	loss = transports_tell_loss(result->sent, result->received);
	if (how == TRANSPORT_ZEROCOPY)
		return mem_printf("%s%s%s", result->was_copied ? copied : not_copied,
				  loss ? "; " : "", loss ? loss : "");
	return TAKE_PTR(loss);
}

static json_t *describe(struct transports *transports, enum transport_kind kind,
			enum transport_how how)
{
	const struct throughput *result = &transports->results[kind].ways[how];
	const struct transport_trips *trips = &transports->results[kind].trips[how];
	_cleanup_free_ char *note = tell_throughput(kind, how, result);
	double seconds = (double)result->ns / 1e9, Bps;
	json_t *out = json_pack("{s:s, s:s}", "how", transport_how_name(how), "status",
				result->is_inapplicable ? "not-applicable"
				: result->code          ? "failed"
							: "measured");

	if (result->code) {
		json_object_update_new(out, json_pack("{s:n, s:n, s:n, s:n, s:n, s:n, s:n}",
						      "sent_bytes", "bytes", "seconds", "Bps",
						      "low_Bps", "high_Bps", "ratio"));
	} else {
		Bps = rate_of(result);
		if (kind == TRANSPORT_UNIX_STREAM && how == TRANSPORT_WRITE)
			transports->base_Bps = Bps;
		json_object_update_new(
			out,
			json_pack("{s:I, s:I, s:f, s:I, s:I, s:I, s:o}", "sent_bytes",
				  (json_int_t)result->sent, "bytes", (json_int_t)result->received,
				  "seconds", seconds, "Bps", (json_int_t)Bps, "low_Bps",
				  (json_int_t)result->low_Bps, "high_Bps",
				  (json_int_t)result->high_Bps, "ratio",
				  transports->base_Bps > 0 ? json_real(Bps / transports->base_Bps)
							   : json_null()));
	}
	json_object_update_new(out, json_pack("{s:o, s:I}", "latency_us", describe_latency(trips),
					      "round_trips", (json_int_t)trips->count));
	json_object_set_new(out, "note", note ? json_string(note) : json_null());
	return out;
}

/* The probe */

static void tell_progress(enum transport_kind kind, const char *what)
{
	probe_progress(
		json_pack("{s:s, s:s}", "transport", transport_kind_name(kind), "what", what));
}

/* What carries no message carries no stream, and each would be waited for. */
static void measure_round(struct transports *transports, enum transport_kind kind, unsigned round)
{
	struct kind_result *result = &transports->results[kind];

	for (int how = 0; !transports->links[kind].missing && !result->code && how < TRANSPORT_HOWS;
	     how++) {
		struct throughput one;

		if (result->ways[how].code)
			continue;
		tell_progress(kind, transport_how_name((enum transport_how)how));
		one = measure_how(transports, kind, (enum transport_how)how, round);
		add_round(&result->ways[how], &one);
	}
}

static json_t *describe_kind(struct transports *transports, enum transport_kind kind)
{
	const struct kind_result *result = &transports->results[kind];
	const struct transport_trips *written = &result->trips[TRANSPORT_WRITE];
	json_t *throughput = json_array();
	const char *missing = transports->links[kind].missing;
	_cleanup_free_ char *note = NULL;

	if (missing)
		return json_pack("{s:s, s:s, s:n, s:i, s:o, s:s}", "transport",
				 transport_kind_name(kind), "status", "not-applicable",
				 "latency_us", "round_trips", 0, "throughput", throughput, "note",
				 missing);
	if (result->code)
		note = mem_printf("round trips failed: %s", strerror(result->code));
	for (int how = 0; !result->code && how < TRANSPORT_HOWS; how++)
		json_array_append_new(throughput,
				      describe(transports, kind, (enum transport_how)how));
	return json_pack("{s:s, s:s, s:o, s:I, s:o, s:s?}", "transport", transport_kind_name(kind),
			 "status", result->code ? "failed" : "measured", "latency_us",
			 result->code ? json_null() : describe_latency(written), "round_trips",
			 (json_int_t)written->count, "throughput", throughput, "note", note);
}

static void measure_all(struct transports *transports)
{
	for (int kind = 0; kind < TRANSPORT_KINDS; kind++) {
		if (transports->links[kind].missing)
			continue;
		tell_progress((enum transport_kind)kind, "round trips");
		measure_trips(transports, (enum transport_kind)kind);
	}
	for (unsigned round = 0; round < TRANSPORT_ROUNDS; round++)
		for (int kind = 0; kind < TRANSPORT_KINDS; kind++)
			measure_round(transports, (enum transport_kind)kind, round);
}

static int read_words(struct words *words, struct transports *transports, struct err *err)
{
	int r = words_number(words, "measure-ms", 1, 1000, &transports->measure_ms, err);

	if (r == 0)
		r = words_number(words, "round-trips", 1, 100000, &transports->round_trips, err);
	/* before a second process is started */
	return r < 0 ? r : words_end(words, err);
}

static int prepare(struct words *words, void **context, struct err *err)
{
	struct transports *transports = mem_alloc(sizeof(*transports));
	int r;

	*context = transports;
	*transports = (struct transports){
		.measure_ms = 150, .round_trips = 2000, .file = -1, .peer.control = -1};
	for (size_t i = 0; i < TRANSPORT_KINDS; i++) {
		transport_links_open((enum transport_kind)i, &transports->links[i]);
		transports->pipes[i][0] = transports->pipes[i][1] = -1;
	}
	r = read_words(words, transports, err);
	if (r < 0)
		return r;
	transports->file = transport_file(err);
	if (transports->file < 0)
		return transports->file;
	transports->message = mmap(NULL, TRANSPORT_MESSAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				   transports->file, 0);
	if (transports->message == MAP_FAILED) {
		transports->message = NULL;
		return err_set(err, errno, "cannot map a memfd: %s", strerror(errno));
	}
	for (size_t i = 0; i < TRANSPORT_KINDS; i++) {
		if (pipe2(transports->pipes[i], O_CLOEXEC) < 0)
			return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	}
	return transport_peer_start(&transports->peer, transports->links, calls, err);
}

static int run(void *context, json_t *result, struct err *err)
{
	struct transports *transports = context;
	json_t *list = json_array();

	(void)err;
	measure_all(transports);
	for (int kind = 0; kind < TRANSPORT_KINDS; kind++)
		json_array_append_new(list, describe_kind(transports, (enum transport_kind)kind));
	json_object_set_new(result, "transports", list);
	json_object_set_new(result, "chunk_bytes", json_integer(TRANSPORT_CHUNK));
	json_object_set_new(result, "message_bytes", json_integer(TRANSPORT_MESSAGE_SIZE));
	return 0;
}

static void release(void *context)
{
	struct transports *transports = context;

	if (!transports)
		return;
	for (size_t i = 0; i < TRANSPORT_KINDS; i++) {
		transport_links_close(&transports->links[i]);
		for (size_t how = 0; how < TRANSPORT_HOWS; how++)
			free(transports->results[i].trips[how].ns);
		mem_closep(&transports->pipes[i][0]);
		mem_closep(&transports->pipes[i][1]);
	}
	if (transports->message)
		munmap(transports->message, TRANSPORT_MESSAGE_SIZE);
	mem_closep(&transports->file);
	transport_peer_end(&transports->peer);
	free(transports);
}

const struct probe probe_transports = {"transports", prepare, run, release, calls};
