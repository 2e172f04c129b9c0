/* cli/choice.h - which sockets a command line of `fettle sockets` asks for. */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "base/err.h"
#include "cli/cli.h"
#include "sock/diag.h"

struct socket_choice {
	struct sock_filter filter;
	bool listen; /* of UDP and datagram sockets too what waits for anybody */
	struct choice_process {
		char *name; /* or a pattern; NULL: by pid */
		pid_t pid;
	} * processes; /* one of these; none: any */
	size_t n_processes;
};

/* -EINVAL with the word that is wrong, what would be right, and what is near it; -ESRCH for a
 * process that does not exist. */
int choice_parse(const struct cli *cli, struct socket_choice *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void choice_fini(struct socket_choice *choice) __attribute__((nonnull));
/* The words that --kind takes, until NULL. */
const char *choice_kind_word(size_t i);
/* What no filter of the kernel decides. `*unsure`: it was left out for want of knowing its
 * owners. */
bool choice_matches(const struct socket_choice *choice, const struct socket_record *record,
		    bool *unsure) __attribute__((nonnull, warn_unused_result));

#endif
