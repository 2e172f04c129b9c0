/* apply/risk.c - see risk.h. */
#include "apply/risk.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "sysctl/normalise.h"

uint64_t risk_count_sockets(void)
{
	_cleanup_free_ char *text = NULL;
	unsigned long long used = 0;
	const char *line;
	size_t len;
	struct err ignored;

	if (file_read(AT_FDCWD, "/proc/net/sockstat", 4096, &text, &len, &ignored) < 0)
		return 0;
	line = strstr(text, "TCP: inuse ");
	return line && sscanf(line, "TCP: inuse %llu", &used) == 1 ? used : 0;
}

static const struct plan_change *find_change(const struct plan *plan, const char *key)
{
	for (size_t i = 0; i < plan->n_changes; i++) {
		if (strcmp(plan->changes[i].key, key) == 0)
			return &plan->changes[i];
	}
	return NULL;
}

/* The last of a vector's three fields; 0 when it cannot be told. */
static uint64_t largest(const char *text)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct err ignored;

	if (!text || sysctl_value_parse(VALUE_VECTOR, text, &value, &ignored) < 0 ||
	    value->n_nums != 3 || value->nums[2].negative)
		return 0;
	return value->nums[2].magnitude;
}

/* What the key's largest field is now, and will be. */
static void read_both(const struct apply_context *context, const struct plan *plan, const char *key,
		      uint64_t *now, uint64_t *then)
{
	const struct plan_change *change = find_change(plan, key);
	_cleanup_free_ char *text = NULL;
	struct err ignored;

	if (!change && sysctl_read(context->host->root, key, &text, &ignored) < 0)
		text = NULL;
	*now = largest(change ? change->from : text);
	*then = change ? largest(change->to) : *now;
}

static double mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static char **add_warning(struct plan *plan)
{
	struct plan_warning *warning = MEM_APPEND(plan->warnings, plan->n_warnings);

	warning->subject = mem_strdup("memory");
	return &warning->text;
}

/* The limit itself, whoever there is to reach it. */
static void assess_limit(const struct apply_context *context, uint64_t now, uint64_t then,
			 struct plan *plan)
{
	uint64_t bytes, memory = context->host->memory_bytes;

	if (__builtin_mul_overflow(then, context->host->page_bytes, &bytes))
		bytes = UINT64_MAX;
	if (then > now && bytes > memory)
		*add_warning(plan) =
			mem_printf("tcp_mem would let TCP take %.0f MiB, more than the %.0f MiB of "
				   "this host's memory",
				   mib(bytes), mib(memory));
}

void risk_assess(const struct apply_context *context, uint64_t sockets, struct plan *plan)
{
	uint64_t recv_now, recv, send_now, send, pages_now, pages, page = context->host->page_bytes;
	uint64_t each, need, limit = context->host->memory_bytes;

	read_both(context, plan, "net.ipv4.tcp_rmem", &recv_now, &recv);
	read_both(context, plan, "net.ipv4.tcp_wmem", &send_now, &send);
	read_both(context, plan, "net.ipv4.tcp_mem", &pages_now, &pages);
	assess_limit(context, pages_now, pages, plan);
	each = recv + send;
	if (each <= recv_now + send_now && pages >= pages_now)
		return;
	if (__builtin_mul_overflow(sockets, each, &need))
		need = UINT64_MAX;
	if (pages && pages < limit / page)
		limit = pages * page;
	if (need <= limit)
		return;
	*add_warning(plan) =
		mem_printf("%llu TCP sockets in use x (%.1f MiB tcp_rmem + %.1f MiB tcp_wmem) = "
			   "%.0f MiB at their "
			   "largest, more than the %.0f MiB of %s",
			   (unsigned long long)sockets, mib(recv), mib(send), mib(need), mib(limit),
			   limit == context->host->memory_bytes ? "this host's memory" : "tcp_mem");
}
