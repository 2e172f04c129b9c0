/* boot/effect.h - keys that the kernel sets along with the one that is written.
 *
 * Tried on Linux 6.18: of the conf.all keys only a few reach the interfaces; an IPv4 conf.default
 * key reaches every interface that has neither a value of its own nor an address; an IPv6 one
 * reaches interfaces created later only. */
#ifndef BOOT_EFFECT_H
#define BOOT_EFFECT_H

#include <stdbool.h>
#include <stddef.h>

struct boot_effect {
	const char *pattern; /* of the keys that follow */
	const char *value;   /* what they get; NULL: the value that was written */
	bool is_copy; /* of conf.default: only to interfaces that have no value of their own */
	bool is_for_interfaces; /* neither to conf.all nor to conf.default */
};

/* Room for the pattern of an effect that is made from the key. */
enum {
	BOOT_EFFECT_ROOM = 1100
};

/* What a key holds before any loader runs, if it has effects or its leaf is one of those that are
 * copied from IPv4's conf.default; NULL: another key. */
const char *boot_effect_start(const char *key) __attribute__((nonnull));
/* The i-th effect of writing `value` to a key, from 0; false: no more. `changes`: the key had
 * another value before. `buf` has BOOT_EFFECT_ROOM bytes. */
bool boot_effect_of(const char *key, const char *value, bool changes, size_t i,
		    struct boot_effect *out, char *buf) __attribute__((nonnull));

#endif
