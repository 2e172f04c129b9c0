/* cli/choice.c - see choice.h. */
#include "cli/choice.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/num.h"
#include "model/socket_words.h"

#define STATE(state) (UINT32_C(1) << SOCKET_##state)
#define KIND(kind)   (UINT32_C(1) << (kind))

enum {
	MOST_PID = 1 << 22, /* PID_MAX_LIMIT of 64-bit kernels: proc(5) */
};

/* Of an option whose value is words: what each means, 0 when there is no such word, and those to
 * offer. */
struct vocabulary {
	const char *option;
	uint32_t (*bits)(const char *word);
	const char *(*word)(size_t i);
};

static const struct {
	const char *name;
	uint32_t bits;
} kinds[] = {
	{"tcp", KIND(SOCKET_TCP)},
	{"udp", KIND(SOCKET_UDP)},
	{"unix", KIND(SOCKET_UNIX_STREAM) | KIND(SOCKET_UNIX_DGRAM) | KIND(SOCKET_UNIX_SEQPACKET)},
	{"unix-stream", KIND(SOCKET_UNIX_STREAM)},
	{"unix-dgram", KIND(SOCKET_UNIX_DGRAM)},
	{"unix-seqpacket", KIND(SOCKET_UNIX_SEQPACKET)},
};

static const uint32_t with_port = KIND(SOCKET_TCP) | KIND(SOCKET_UDP);

static uint32_t kinds_of(const char *text)
{
	_cleanup_free_ char *word = socket_word(text);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, word) == 0)
			return kinds[i].bits;
	return 0;
}

const char *choice_kind_word(size_t i)
{
	return i < ARRAY_SIZE(kinds) ? kinds[i].name : NULL;
}

static const struct vocabulary of_states = {"state", socket_states_of, socket_states_word};
static const struct vocabulary of_kinds = {"kind", kinds_of, choice_kind_word};

static int refuse_word(const struct vocabulary *of, const char *word, struct err *err)
{
	_cleanup_free_ const char **names = NULL;
	_cleanup_strbuf_ struct strbuf list = {0};
	size_t count = 0;
	char hint[64];

	for (size_t i = 0; of->word(i); i++) {
		*MEM_APPEND(names, count) = of->word(i);
		strbuf_printf(&list, "%s%s", i ? ", " : "", of->word(i));
	}
	return err_set(
		err, EINVAL, "--%s: there is no '%s'%s Expected one or more, by commas, of %s",
		of->option, word,
		*str_did_you_mean(word, names, count, hint, sizeof(hint)) ? hint : ".", list.text);
}

/* Words between commas to the bits they stand for. */
static int parse_words(const struct vocabulary *of, const char *text, uint32_t *bits,
		       struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text);
	char *rest = copy;

	for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
		uint32_t meant = of->bits(word);

		if (!meant)
			return refuse_word(of, word, err);
		*bits |= meant;
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

static int parse_process(const char *text, struct choice_process *process, struct err *err)
{
	uint64_t pid;
	int r;

	if (!*text)
		return err_set(err, EINVAL,
			       "--process is a name, a pattern or a pid, or some by commas, not "
			       "''");
	if (text[strspn(text, "0123456789")]) {
		process->name = mem_strdup(text);
		return 0;
	}
	r = parse_number("process", text, MOST_PID, &pid, err);
	if (r < 0)
		return r;
	process->pid = (pid_t)pid;
	if (kill(process->pid, 0) < 0 && errno == ESRCH)
		return err_set(err, ESRCH, "--process %d: there is no such process",
			       (int)process->pid);
	return 0;
}

static int parse_processes(const char *text, struct socket_choice *choice, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text);
	char *rest = copy;
	int r = 0;

	for (char *word = strsep(&rest, ","); !r && word; word = strsep(&rest, ","))
		r = parse_process(word, MEM_APPEND(choice->processes, choice->n_processes), err);
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
		r = parse_words(&of_states, cli->state, &choice.filter.states, err);
	if (!r && cli->kind)
		r = parse_words(&of_kinds, cli->kind, &choice.filter.kinds, err);
	if (!r && cli->port)
		r = parse_ports(cli->port, &choice.filter, err);
	if (!r && cli->process)
		r = parse_processes(cli->process, &choice, err);
	if (r < 0)
		choice_fini(&choice);
	else
		*out = choice;
	return r;
}

void choice_fini(struct socket_choice *choice)
{
	for (size_t i = 0; i < choice->n_processes; i++)
		free(choice->processes[i].name);
	free(choice->processes);
	*choice = (struct socket_choice){0};
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
	for (size_t i = 0; i < choice->n_processes; i++) {
		const struct choice_process *process = &choice->processes[i];

		if (process->name ? socket_comm_matches(owner->comm, process->name)
				  : owner->pid == process->pid)
			return true;
	}
	return false;
}

bool choice_matches(const struct socket_choice *choice, const struct socket_record *record,
		    bool *unsure)
{
	*unsure = false;
	if (choice->listen && !waits(record))
		return false;
	if (!choice->n_processes)
		return true;
	for (size_t i = 0; i < record->n_owners; i++) {
		if (is_owner(choice, &record->owners[i]))
			return true;
	}
	*unsure = record->owners_unknown != NULL;
	return false;
}
