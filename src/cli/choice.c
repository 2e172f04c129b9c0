/* cli/choice.c - see choice.h. */
#include "cli/choice.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/num.h"

#define STATE(state) (UINT32_C(1) << SOCKET_##state)
#define KIND(kind)   (UINT32_C(1) << SOCKET_##kind)

enum {
	COMM_SIZE = 16,     /* TASK_COMM_LEN: the kernel cuts names to one less */
	MOST_PID = 1 << 22, /* PID_MAX_LIMIT of 64-bit kernels: proc(5) */
};

#define SMALL     (STATE(TIME_WAIT) | STATE(SYN_RECV) | STATE(NEW_SYN_RECV))
#define ALL       ((STATE(NEW_SYN_RECV) << 1) - STATE(ESTABLISHED))
#define CONNECTED (ALL & ~(STATE(LISTEN) | STATE(CLOSE)))

struct word {
	const char *name;
	uint32_t bits;
};

/* The names of the model come first: a message lists those. The rest are ss(8)'s. */
static const struct word states[] = {
	{"established", STATE(ESTABLISHED)},
	{"syn-sent", STATE(SYN_SENT)},
	{"syn-recv", STATE(SYN_RECV) | STATE(NEW_SYN_RECV)},
	{"fin-wait-1", STATE(FIN_WAIT1)},
	{"fin-wait-2", STATE(FIN_WAIT2)},
	{"time-wait", STATE(TIME_WAIT)},
	{"close", STATE(CLOSE)},
	{"close-wait", STATE(CLOSE_WAIT)},
	{"last-ack", STATE(LAST_ACK)},
	{"listen", STATE(LISTEN)},
	{"closing", STATE(CLOSING)},
	{"connected", CONNECTED},
	{"synchronized", CONNECTED & ~STATE(SYN_SENT)},
	{"bucket", SMALL},
	{"big", ALL & ~SMALL},
	{"all", ALL},
	{"new-syn-recv", STATE(NEW_SYN_RECV)},
	{"listening", STATE(LISTEN)},
	{"closed", STATE(CLOSE)},
	{"unconnected", STATE(CLOSE)},
};

static const struct word kinds[] = {
	{"tcp", KIND(TCP)},
	{"udp", KIND(UDP)},
	{"unix", KIND(UNIX_STREAM) | KIND(UNIX_DGRAM) | KIND(UNIX_SEQPACKET)},
	{"unix-stream", KIND(UNIX_STREAM)},
	{"unix-dgram", KIND(UNIX_DGRAM)},
	{"unix-seqpacket", KIND(UNIX_SEQPACKET)},
};

static const uint32_t with_port = KIND(TCP) | KIND(UDP);

static int refuse_word(const char *option, const char *word, const struct word *words, size_t count,
		       struct err *err)
{
	_cleanup_free_ const char **names = mem_alloc_array(count, sizeof(*names));
	_cleanup_strbuf_ struct strbuf list = {0};
	char hint[64];

	for (size_t i = 0; i < count; i++) {
		names[i] = words[i].name;
		strbuf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	}
	return err_set(err, EINVAL,
		       "--%s: there is no '%s'%s Expected one or more, by commas, of %s", option,
		       word, *str_did_you_mean(word, names, count, hint, sizeof(hint)) ? hint : ".",
		       list.text);
}

/* Words between commas to the bits they stand for. */
static int parse_words(const char *option, const char *text, const struct word *words, size_t count,
		       uint32_t *bits, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text);
	char *rest = copy;

	for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
		size_t i = 0;

		while (i < count && strcmp(word, words[i].name) != 0)
			i++;
		if (i == count)
			return refuse_word(option, word, words, count, err);
		*bits |= words[i].bits;
	}
	return 0;
}

static int parse_number(const char *option, const char *text, uint64_t most, uint64_t *out,
			struct err *err)
{
	struct num n;

	if (num_parse(text, strlen(text), &n) < 0 || n.negative || !n.magnitude ||
	    n.magnitude > most)
		return err_set(err, EINVAL, "--%s is a number from 1 to %llu, not '%s'", option,
			       (unsigned long long)most, text);
	*out = n.magnitude;
	return 0;
}

static int parse_ports(const char *text, struct sock_filter *filter, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text);
	char *rest = copy;

	for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
		uint64_t port;
		int r = parse_number("port", word, UINT16_MAX, &port, err);

		if (r < 0)
			return r;
		if (filter->n_either == ARRAY_SIZE(filter->either_ports))
			return err_set(err, EINVAL, "--port takes %zu ports, got more",
				       ARRAY_SIZE(filter->either_ports));
		filter->either_ports[filter->n_either++] = (uint16_t)port;
	}
	if (!filter->kinds)
		filter->kinds = with_port;
	filter->kinds &= with_port;
	if (!filter->kinds)
		return err_set(
			err, EINVAL,
			"--port and --kind contradict each other: Unix sockets have no port");
	return 0;
}

static int parse_process(const char *text, struct socket_choice *choice, struct err *err)
{
	uint64_t pid;
	int r;

	if (!*text)
		return err_set(err, EINVAL, "--process is a name or a pid, not ''");
	if (text[strspn(text, "0123456789")]) {
		choice->process = text;
		return 0;
	}
	r = parse_number("process", text, MOST_PID, &pid, err);
	if (!r)
		choice->pid = (pid_t)pid;
	return r;
}

int choice_parse(const struct cli *cli, struct socket_choice *out, struct err *err)
{
	struct socket_choice choice = {.listen = cli->listen};
	int r = 0;

	if (cli->listen && cli->state)
		return err_set(err, EINVAL,
			       "--listen and --state contradict each other: give one of them");
	if (cli->listen)
		choice.filter.states = STATE(LISTEN) | STATE(CLOSE);
	if (cli->state)
		r = parse_words("state", cli->state, states, ARRAY_SIZE(states),
				&choice.filter.states, err);
	if (!r && cli->kind)
		r = parse_words("kind", cli->kind, kinds, ARRAY_SIZE(kinds), &choice.filter.kinds,
				err);
	if (!r && cli->port)
		r = parse_ports(cli->port, &choice.filter, err);
	if (!r && cli->process)
		r = parse_process(cli->process, &choice, err);
	if (!r)
		*out = choice;
	return r;
}

/* A UDP or datagram socket never listens: bound and not connected it takes from anybody. */
static bool waits(const struct socket_record *record)
{
	if (record->state == SOCKET_LISTEN)
		return true;
	return (record->kind == SOCKET_UDP && record->local.port) ||
	       (record->kind == SOCKET_UNIX_DGRAM && record->path && !record->peer_inode);
}

static bool is_owner(const struct socket_choice *choice, const struct socket_owner *owner)
{
	if (choice->pid)
		return owner->pid == choice->pid;
	return owner->comm && strncmp(owner->comm, choice->process, COMM_SIZE - 1) == 0;
}

bool choice_matches(const struct socket_choice *choice, const struct socket_record *record,
		    bool *unsure)
{
	*unsure = false;
	if (choice->listen && !waits(record))
		return false;
	if (!choice->pid && !choice->process)
		return true;
	for (size_t i = 0; i < record->n_owners; i++) {
		if (is_owner(choice, &record->owners[i]))
			return true;
	}
	*unsure = record->owners_unknown != NULL;
	return false;
}
