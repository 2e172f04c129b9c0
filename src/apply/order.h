/* apply/order.h - which key must be written before which, and what else changes when one is. */
#ifndef APPLY_ORDER_H
#define APPLY_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"

struct order_item {
	const char *key;
	const char *from, *to; /* texts; NULL when not known */
	size_t index;          /* where it was, for whoever sorts by this */
};

/* Sorts so that the kernel accepts each write where it stands, and so that no write takes back an
 * earlier one; otherwise the order is kept. Undoing in reverse order is then accepted, too. */
void order_sort(struct order_item *items, size_t count) __attribute__((nonnull));

/* Patterns (see sysctl_name_matches()) of the keys that change along when `key` is written, each
 * the caller's, NULL at the end; NULL itself when there are none. */
char **order_spread(const char *key) __attribute__((nonnull, warn_unused_result));
void order_spread_free(char **patterns);

/* Whether order_sort() puts it behind the other one, whatever their values. */
bool order_is_behind(const char *key, const char *other) __attribute__((nonnull));

/* Why a change of `key` cannot be undone as if it had never been, or NULL. */
const char *order_lasting(const char *key, const char *to) __attribute__((nonnull));

#endif
