/* probes/exchange.c - see exchange.h. */
#include "probes/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probes/net.h"
#include "probes/protocol.h"

/* Whatever listens there: an HTTP server waits, an SSH server says what it is. */
static int check_greeting(const char *line, char nonce[AUTH_NONCE_DIGITS + 1], struct err *err)
{
	unsigned version = 0;
	char rest;

	if (sscanf(line, "fettle-reflect %9u", &version) != 1)
		return err_set(err, EPROTO, "no `fettle reflect` listens there: it says '%.40s'",
			       line);
	if (version != PROTOCOL_VERSION)
		return err_set(err, EPROTO,
			       "the `fettle reflect` there is of another version: its protocol is "
			       "%u, this one's %d",
			       version, PROTOCOL_VERSION);
	if (sscanf(line, "fettle-reflect %*u %32[0-9a-f]%c", nonce, &rest) != 1 ||
	    strlen(nonce) != AUTH_NONCE_DIGITS)
		return err_set(err, EPROTO, "the far end greets in another way than a reflector");
	return 0;
}

static int check_answer(const char *line, const char *proof, struct err *err)
{
	if (lines_begins(line, "no"))
		return err_set(err, EACCES, "the far end refuses:%s", line + strlen("no"));
	if (strncmp(line, "ok ", 3) != 0 || strlen(line) != 3 + AUTH_PROOF_DIGITS)
		return err_set(err, EPROTO, "the far end answers in another way than a reflector");
	if (!auth_same(line + 3, proof, AUTH_PROOF_DIGITS))
		return err_set(err, EACCES,
			       "the far end does not know the token: it may be somebody else");
	return 0;
}

int exchange_greet(struct lines *lines, const struct auth_token *token, struct err *err)
{
	char line[LINES_MOST + 1], theirs[AUTH_NONCE_DIGITS + 1] = "";
	char ours[AUTH_NONCE_DIGITS + 1], proof[AUTH_PROOF_DIGITS + 1];
	uint64_t until_us = net_now_us() + PROTOCOL_PATIENCE_US;
	int r = lines_wait(lines, until_us, line, err);

	if (r == -ETIMEDOUT)
		return err_set(err, EPROTO,
			       "what listens there says nothing: expected a `fettle reflect`");
	if (r == 0)
		r = check_greeting(line, theirs, err);
	if (r < 0)
		return r;
	auth_nonce(ours, AUTH_NONCE_DIGITS);
	auth_proof(token, "probe", ours, theirs, proof);
	r = lines_send(lines->fd, err, "hello %d %s %s", PROTOCOL_VERSION, ours, proof);
	if (r == 0)
		r = lines_wait(lines, until_us, line, err);
	auth_proof(token, "reflect", ours, theirs, proof);
	return r < 0 ? r : check_answer(line, proof, err);
}

int exchange_open(int fd, char nonce[AUTH_NONCE_DIGITS + 1], struct err *err)
{
	auth_nonce(nonce, AUTH_NONCE_DIGITS);
	return lines_send(fd, err, "fettle-reflect %d %s", PROTOCOL_VERSION, nonce);
}

static int refuse(int fd, int code, const char *reason, struct err *err)
{
	struct err ignored;

	if (lines_send(fd, &ignored, "no %s", reason) < 0)
		return err_set(err, code, "%s, and it was gone before it could be told", reason);
	return err_set(err, code, "%s", reason);
}

static int refuse_version(int fd, struct err *err)
{
	char reason[80];

	snprintf(reason, sizeof(reason), "another version of the protocol: this one's is %d",
		 PROTOCOL_VERSION);
	return refuse(fd, EPROTO, reason, err);
}

int exchange_accept(int fd, const char *line, const char *nonce, const struct auth_token *token,
		    struct err *err)
{
	char theirs[AUTH_NONCE_DIGITS + 1] = "", shown[AUTH_PROOF_DIGITS + 1] = "";
	char proof[AUTH_PROOF_DIGITS + 1], rest;
	unsigned version = 0;

	if (sscanf(line, "hello %9u", &version) != 1)
		return refuse(fd, EPROTO, "expected hello", err);
	if (version != PROTOCOL_VERSION)
		return refuse_version(fd, err);
	if (sscanf(line, "hello %*u %32[0-9a-f] %64[0-9a-f]%c", theirs, shown, &rest) != 2 ||
	    strlen(theirs) != AUTH_NONCE_DIGITS || strlen(shown) != AUTH_PROOF_DIGITS)
		return refuse(fd, EPROTO, "expected hello, a nonce and a proof", err);
	auth_proof(token, "probe", theirs, nonce, proof);
	if (!auth_same(shown, proof, AUTH_PROOF_DIGITS))
		return refuse(fd, EACCES, "the token is another one", err);
	auth_proof(token, "reflect", theirs, nonce, proof);
	return lines_send(fd, err, "ok %s", proof);
}
