/* check/when.c - see when.h. */
#include "check/when.h"

#include <inttypes.h>

#include "sysctl/read.h"

static bool relation_holds(enum condition_relation relation, int order)
{
	static const struct {
		bool less, equal, more;
	} holds[] = {
		[RELATION_LESS] = {.less = true},
		[RELATION_AT_MOST] = {.less = true, .equal = true},
		[RELATION_EQUAL] = {.equal = true},
		[RELATION_NOT_EQUAL] = {.less = true, .more = true},
		[RELATION_AT_LEAST] = {.equal = true, .more = true},
		[RELATION_MORE] = {.more = true},
	};

	return order < 0 ? holds[relation].less
	       : order   ? holds[relation].more
			 : holds[relation].equal;
}

static char *unmet(const struct host *host, const struct condition *c)
{
	int order;

	switch (c->subject) {
	case CONDITION_KERNEL:
		order = version_compare(version_cut(host->version, c->version_parts), c->version);
		if (relation_holds(c->relation, order))
			return NULL;
		return mem_printf("needs %s, this is %s", c->text, host->kernel);
	case CONDITION_MEMORY:
		order = num_compare(num_of(host->memory_bytes), c->number);
		if (relation_holds(c->relation, order))
			return NULL;
		return mem_printf("needs %s, this host has %" PRIu64 " MiB", c->text,
				  host->memory_bytes >> 20);
	case CONDITION_CPUS:
		order = num_compare(num_of(host->cpus), c->number);
		if (relation_holds(c->relation, order))
			return NULL;
		return mem_printf("needs %s, this host has %u", c->text, host->cpus);
	case CONDITION_KEY:
		if (sysctl_exists(host->root, c->key))
			return NULL;
		return mem_printf("needs the key %s, which this host does not have", c->key);
	}
	return NULL;
}

char *check_when(const struct host *host, const struct when *when)
{
	for (size_t i = 0; i < when->count; i++) {
		char *reason = unmet(host, &when->conditions[i]);

		if (reason)
			return reason;
	}
	return NULL;
}
