/* probes/claim.h - what /proc/sys says of a key: a claim, until its effect was seen. */
#ifndef PROBES_CLAIM_H
#define PROBES_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct claim {
	const char *key; /* "net.core.somaxconn" */
	char *text;      /* as read, single blanks between its words; NULL: could not be read, */
	char *reason;    /* and why; else NULL */
};

/* Of the network namespace that the process is in; `key` must outlive the claim. */
void claim_read(const char *key, struct claim *out) __attribute__((nonnull));
void claim_fini(struct claim *claim) __attribute__((nonnull));
/* As claim_read() makes it from what was read; for it and for tests. */
void claim_set(struct claim *claim, const char *key, const char *text) __attribute__((nonnull));

/* The word at `field`, from 0, as a number. False, with `*out` untouched, when it was not read, is
 * not there or is no number from 0. */
bool claim_number(const struct claim *claim, size_t field, uint64_t *out) __attribute__((nonnull));
bool claim_has_word(const struct claim *claim, const char *word) __attribute__((nonnull));
/* True for a port of "80,8080-8090", as net.ipv4.ip_local_reserved_ports has them. */
bool claim_has_port(const struct claim *claim, uint16_t port) __attribute__((nonnull));

#endif
