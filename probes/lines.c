/* probes/lines.c - see lines.h. */
#include "probes/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "model/num.h"
#include "probes/net.h"

static bool is_text(const char *line)
{
	for (; *line; line++) {
		if (*line < ' ' || *line > '~')
			return false;
	}
	return true;
}

/* Moves the first line out of the room. 1, 0 when there is none, -EPROTO. */
static int take(struct lines *lines, char line[LINES_MOST + 1], struct err *err)
{
	char *end = memchr(lines->room, '\n', lines->len);
	size_t len = end ? (size_t)(end - lines->room) : lines->len;

	if (!end && lines->len < LINES_MOST)
		return 0;
	memcpy(line, lines->room, len);
	line[len] = '\0';
	if (!end || strlen(line) != len || !is_text(line))
		return err_set(err, EPROTO, "the far end sent what is no line of text");
	lines->len -= len + 1;
	memmove(lines->room, end + 1, lines->len);
	return 1;
}

int lines_poll(struct lines *lines, char line[LINES_MOST + 1], struct err *err)
{
	for (;;) {
		int r = take(lines, line, err);
		ssize_t got;

		if (r != 0)
			return r;
		got = recv(lines->fd, lines->room + lines->len, LINES_MOST - lines->len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (got < 0)
			return err_set(err, errno, "the connection broke: %s", strerror(errno));
		if (got == 0)
			return err_set(err, ECONNRESET, "the far end closed the connection");
		lines->len += (size_t)got;
	}
}

int lines_wait(struct lines *lines, uint64_t until_us, char line[LINES_MOST + 1], struct err *err)
{
	for (;;) {
		int r = lines_poll(lines, line, err);

		if (r != 0)
			return r < 0 ? r : 0;
		r = net_wait(lines->fd, POLLIN, until_us);
		if (r < 0)
			return err_set(err, -r, "cannot wait for the far end: %s", strerror(-r));
		if (r == 0)
			return err_set(err, ETIMEDOUT, "the far end says nothing");
	}
}

int lines_send(int fd, struct err *err, const char *format, ...)
{
	char line[LINES_MOST + 1];
	va_list args;
	ssize_t sent;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len < 0 || len >= (int)sizeof(line) - 1)
		return err_set(err, EMSGSIZE, "a line of more than %d characters", LINES_MOST);
	line[len++] = '\n';
	sent = send(fd, line, (size_t)len, MSG_NOSIGNAL);
	if (sent == len)
		return 0;
	return err_set(err, sent < 0 ? errno : EIO, "cannot tell the far end: %s",
		       sent < 0 ? strerror(errno) : "it takes nothing");
}

bool lines_begins(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && (line[len] == ' ' || !line[len]);
}

static const char *value_of(const char *line, const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (const char *at = line; (at = strchr(at, ' '));) {
		at++;
		if (strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
			at += name_len + 1;
			*len = strcspn(at, " ");
			return at;
		}
	}
	return NULL;
}

bool lines_number(const char *line, const char *name, uint64_t *out)
{
	size_t len;
	const char *text = value_of(line, name, &len);
	struct num number;

	if (!text || num_parse(text, len, &number) < 0 || number.negative)
		return false;
	*out = number.magnitude;
	return true;
}

bool lines_text(const char *line, const char *name, char *out, size_t size)
{
	size_t len;
	const char *text = value_of(line, name, &len);

	if (!text || len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}
