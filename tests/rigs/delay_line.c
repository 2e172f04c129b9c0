/* tests/rigs/delay_line.c - a path with a known truth between two network namespaces.
 *
 *   delay_line A B [up=BITS] [down=BITS] [delay=US] [queue=BYTES] [loss=PPM] [seed=N]
 *
 * A and B are files of namespaces (/run/netns/NAME). In each it makes a TUN device "path", which
 * whoever started it configures, and carries packets between them: dropped at random, serialised at
 * a rate behind a queue of limited bytes, and delivered one delay after that. `up` is from A to B,
 * in bits a second of IP packets; `delay` is one way; `queue` and `loss` are of both ways. Prints
 * "ready"; when standard input ends, one JSON object of what was done: the truth to compare with.
 * The kernel's own netem is not built into every kernel.
 *
 * A thread for each way sleeps until the next packet is due, at real-time priority where allowed:
 * without it packets are late by tens of milliseconds on a busy machine. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/mem.h"

enum {
	PACKET_MOST = 65536,
	RING = 1 << 15, /* packets under way, a power of two */
};
#define NS_PER_S UINT64_C(1000000000)

struct packet {
	uint64_t serialised_ns, due_ns;
	char *data;
	size_t len;
};

struct way {
	int from, to, stop;
	uint64_t rate, delay_ns, queue_most, loss_ppm, random;
	struct packet ring[RING];
	uint64_t head, tail, queued; /* ring places: next free, next to deliver, next to leave */
	uint64_t queue_bytes, last_ns;
	struct {
		uint64_t in, out, bytes, queue_drops, random_drops, late_most_ns, queue_most;
	} counts;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* xorshift64*: the same seed drops the same packets. */
static uint64_t next_random(struct way *way)
{
	way->random ^= way->random >> 12;
	way->random ^= way->random << 25;
	way->random ^= way->random >> 27;
	return way->random * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

static void leave_queue(struct way *way, uint64_t now)
{
	while (way->queued != way->head && way->ring[way->queued % RING].serialised_ns <= now)
		way->queue_bytes -= way->ring[way->queued++ % RING].len;
}

static void take(struct way *way, const char *data, size_t len, uint64_t now)
{
	struct packet *packet = &way->ring[way->head % RING];
	uint64_t start = way->last_ns > now ? way->last_ns : now;

	way->counts.in++;
	if (next_random(way) % 1000000 < way->loss_ppm) {
		way->counts.random_drops++;
		return;
	}
	leave_queue(way, now);
	if (way->queue_bytes + len > way->queue_most || way->head - way->tail == RING) {
		way->counts.queue_drops++;
		return;
	}
	way->last_ns = start + len * 8 * NS_PER_S / way->rate;
	*packet = (struct packet){way->last_ns, way->last_ns + way->delay_ns, mem_alloc(len), len};
	memcpy(packet->data, data, len);
	way->head++;
	way->queue_bytes += len;
	if (way->queue_bytes > way->counts.queue_most)
		way->counts.queue_most = way->queue_bytes;
}

static void deliver(struct way *way, uint64_t now)
{
	while (way->tail != way->head && way->ring[way->tail % RING].due_ns <= now) {
		struct packet *packet = &way->ring[way->tail++ % RING];

		if (write(way->to, packet->data, packet->len) == (ssize_t)packet->len) {
			way->counts.out++;
			way->counts.bytes += packet->len;
		}
		if (now - packet->due_ns > way->counts.late_most_ns)
			way->counts.late_most_ns = now - packet->due_ns;
		free(packet->data);
		leave_queue(way, now);
	}
}

static void wait_for_work(const struct way *way, struct pollfd fds[2])
{
	uint64_t now = now_ns(), due = way->ring[way->tail % RING].due_ns;
	uint64_t left = way->tail == way->head ? NS_PER_S : due > now ? due - now : 0;
	const struct timespec timeout = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};

	fds[0] = (struct pollfd){.fd = way->from, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = way->stop, .events = POLLIN};
	ppoll(fds, 2, &timeout, NULL);
}

static void *carry(void *context)
{
	const struct sched_param priority = {.sched_priority = 50};
	_cleanup_free_ char *data = mem_alloc(PACKET_MOST);
	struct way *way = context;
	struct pollfd fds[2] = {0};

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	prctl(PR_SET_TIMERSLACK, 1);
	while (!fds[1].revents) {
		ssize_t len;

		wait_for_work(way, fds);
		deliver(way, now_ns());
		while ((len = read(way->from, data, PACKET_MOST)) > 0) {
			take(way, data, (size_t)len, now_ns());
			deliver(way, now_ns());
		}
	}
	for (; way->tail != way->head; way->tail++)
		free(way->ring[way->tail % RING].data);
	return NULL;
}

static int fail(const char *what)
{
	fprintf(stderr, "delay_line: %s: %s\n", what, strerror(errno));
	return -1;
}

/* The end in a namespace; returns the device's descriptor. */
static int open_end(const char *netns)
{
	_cleanup_fd_ int ns = open(netns, O_RDONLY | O_CLOEXEC);
	struct ifreq device = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "path"};
	int fd;

	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		return fail(netns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 || ioctl(fd, TUNSETIFF, &device) < 0 ? fail("/dev/net/tun") : fd;
}

static void print_way(const char *name, const struct way *way)
{
	printf("\"%s\": {\"in\": %" PRIu64 ", \"out\": %" PRIu64 ", \"bytes\": %" PRIu64
	       ", \"queue_drops\": %" PRIu64 ", \"random_drops\": %" PRIu64
	       ", \"late_most_us\": %" PRIu64 ", \"queue_most_bytes\": %" PRIu64 "}",
	       name, way->counts.in, way->counts.out, way->counts.bytes, way->counts.queue_drops,
	       way->counts.random_drops, way->counts.late_most_ns / 1000, way->counts.queue_most);
}

static int parse(const char *word, uint64_t settings[6])
{
	static const char *const names[] = {"up", "down", "delay", "queue", "loss", "seed"};
	const char *value = strchr(word, '=');

	for (size_t i = 0; value && i < ARRAY_SIZE(names); i++) {
		if (strncmp(word, names[i], strlen(names[i])) == 0 &&
		    word + strlen(names[i]) == value) {
			settings[i] = strtoull(value + 1, NULL, 10);
			return 0;
		}
	}
	fprintf(stderr, "delay_line: '%s' is not understood\n", word);
	return -1;
}

int main(int argc, char **argv)
{
	uint64_t settings[6] = {100000000, 0, 10000, 1 << 20, 0, 1};
	static struct way ways[2];
	pthread_t threads[2];
	int stop[2], ends[2];
	char byte;

	if (argc < 3) {
		fprintf(stderr, "usage: delay_line NETNS-A NETNS-B [NAME=VALUE...]\n");
		return 64;
	}
	for (int i = 3; i < argc; i++) {
		if (parse(argv[i], settings) < 0)
			return 64;
	}
	for (int i = 0; i < 2; i++) {
		ends[i] = open_end(argv[1 + i]);
		if (ends[i] < 0)
			return 1;
	}
	if (pipe(stop) < 0)
		return fail("pipe") != 0;
	for (int i = 0; i < 2; i++) {
		struct way *way = &ways[i];

		way->from = ends[i];
		way->to = ends[1 - i];
		way->stop = stop[0];
		way->rate = i && settings[1] ? settings[1] : settings[0];
		way->delay_ns = settings[2] * 1000;
		way->queue_most = settings[3];
		way->loss_ppm = settings[4];
		way->random = (settings[5] << 1 | 1) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)i;
		if (pthread_create(&threads[i], NULL, carry, way) != 0)
			return fail("pthread_create") != 0;
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	close(stop[1]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fputs("{", stdout);
	print_way("up", &ways[0]);
	fputs(", ", stdout);
	print_way("down", &ways[1]);
	puts("}");
	return 0;
}
