/* model/socket_words.c - see socket_words.h. */
#include "model/socket_words.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "base/mem.h"
#include "model/socket.h"

enum {
	COMM_MOST = 15, /* proc_pid_comm(5): TASK_COMM_LEN without its NUL */
};

#define STATE(state) (UINT32_C(1) << SOCKET_##state)
#define SMALL        (STATE(TIME_WAIT) | STATE(SYN_RECV) | STATE(NEW_SYN_RECV))
#define ALL          ((STATE(NEW_SYN_RECV) << 1) - STATE(ESTABLISHED))
#define CONNECTED    (ALL & ~(STATE(LISTEN) | STATE(CLOSE)))

/* The names of the model and the groups of ss(8). */
static const struct word {
	const char *name;
	uint32_t states;
} words[] = {
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
};

/* What ss(8) prints and takes besides, and netstat(8), as socket_word() makes them. */
static const struct word others[] = {
	{"estab", STATE(ESTABLISHED)},   {"new-syn-recv", STATE(NEW_SYN_RECV)},
	{"fin-wait1", STATE(FIN_WAIT1)}, {"fin-wait2", STATE(FIN_WAIT2)},
	{"timewait", STATE(TIME_WAIT)},  {"listening", STATE(LISTEN)},
	{"closed", STATE(CLOSE)},        {"unconn", STATE(CLOSE)},
	{"unconnected", STATE(CLOSE)},
};

char *socket_word(const char *text)
{
	char *word = mem_strdup(text);

	for (char *p = word; *p; p++)
		*p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	return word;
}

static uint32_t find(const struct word *among, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(among[i].name, name) == 0)
			return among[i].states;
	return 0;
}

uint32_t socket_states_of(const char *word)
{
	_cleanup_free_ char *name = socket_word(word);
	uint32_t states = find(words, ARRAY_SIZE(words), name);

	return states ? states : find(others, ARRAY_SIZE(others), name);
}

const char *socket_states_word(size_t i)
{
	return i < ARRAY_SIZE(words) ? words[i].name : NULL;
}

bool socket_comm_matches(const char *comm, const char *pattern)
{
	return comm && (fnmatch(pattern, comm, 0) == 0 ||
			(strlen(pattern) > COMM_MOST && strncmp(pattern, comm, COMM_MOST) == 0));
}
