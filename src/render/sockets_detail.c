/* render/sockets_detail.c - see sockets_detail.h. */
#include "render/sockets_detail.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/tcp_info.h"
#include "render/sockets.h"
#include "render/term.h"

/* When a value was the application's own choice. What is in no row depends on settings of the host
 * or of the path, and is told with everything else only. */
static const struct choice {
	enum socket_option option, when; /* shown when `when` is above `above` */
	int64_t above;
} choices[] = {
	{SOCKOPT_NODELAY, SOCKOPT_NODELAY, 0},
	{SOCKOPT_KEEPALIVE, SOCKOPT_KEEPALIVE, 0},
	{SOCKOPT_KEEPIDLE, SOCKOPT_KEEPALIVE, 0},
	{SOCKOPT_KEEPINTVL, SOCKOPT_KEEPALIVE, 0},
	{SOCKOPT_KEEPCNT, SOCKOPT_KEEPALIVE, 0},
	{SOCKOPT_RCVBUF, SOCKOPT_RCVBUF_LOCKED, 0},
	{SOCKOPT_SNDBUF, SOCKOPT_SNDBUF_LOCKED, 0},
	{SOCKOPT_LINGER, SOCKOPT_LINGER, -1},
	{SOCKOPT_REUSEADDR, SOCKOPT_REUSEADDR, 0},
	{SOCKOPT_REUSEPORT, SOCKOPT_REUSEPORT, 0},
	{SOCKOPT_USER_TIMEOUT, SOCKOPT_USER_TIMEOUT, 0},
	{SOCKOPT_DEFER_ACCEPT, SOCKOPT_DEFER_ACCEPT, 0},
	{SOCKOPT_FASTOPEN, SOCKOPT_FASTOPEN, 0},
	{SOCKOPT_NOTSENT_LOWAT, SOCKOPT_NOTSENT_LOWAT, 0},
	{SOCKOPT_RCVTIMEO_US, SOCKOPT_RCVTIMEO_US, 0},
	{SOCKOPT_SNDTIMEO_US, SOCKOPT_SNDTIMEO_US, 0},
	{SOCKOPT_MARK, SOCKOPT_MARK, 0},
	{SOCKOPT_PRIORITY, SOCKOPT_PRIORITY, 0},
	{SOCKOPT_BUSY_POLL, SOCKOPT_BUSY_POLL, 0},
};

static bool is_chosen(const struct socket_record *record, const struct choice *choice)
{
	return sockets_option_known(record, choice->option) &&
	       sockets_option_known(record, choice->when) &&
	       record->options[choice->when] > choice->above;
}

static bool is_unix(const struct socket_record *record)
{
	return record->kind != SOCKET_TCP && record->kind != SOCKET_UDP;
}

/* Appends a foreign text, fit to show. */
static void add_text(struct strbuf *out, const char *text)
{
	_cleanup_free_ char *shown = term_text(text);

	strbuf_puts(out, shown);
}

static char *inode_text(uint64_t inode)
{
	return inode ? mem_printf("#%" PRIu64, inode) : mem_strdup("-");
}

static char *ip_text(const struct socket_address *address)
{
	char text[SOCKET_ADDRESS_SIZE];

	if (address->family != AF_INET && address->family != AF_INET6)
		return mem_strdup("-");
	return mem_strdup(socket_address_print(address, text));
}

/* An abstract name may hold a NUL, which a string cannot. */
static char *path_text(const char *path, size_t len)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (size_t at = 0; at < len; at++) {
		size_t part = strnlen(path + at, len - at);

		strbuf_add(&text, path + at, part);
		at += part;
		if (at < len)
			strbuf_puts(&text, "\\x00");
	}
	return term_text(text.text ? text.text : "");
}

char *sockets_local_text(const struct socket_record *record)
{
	if (!is_unix(record))
		return ip_text(&record->local);
	return record->path ? path_text(record->path, record->path_len) : inode_text(record->inode);
}

char *sockets_remote_text(const struct socket_record *record)
{
	return is_unix(record) ? inode_text(record->peer_inode) : ip_text(&record->remote);
}

static void add_owner(struct strbuf *out, const struct socket_owner *owner)
{
	add_text(out, owner->comm ? owner->comm : "?");
	strbuf_printf(out, "[%d]", (int)owner->pid);
}

static void add_home(struct strbuf *out, const struct socket_owner *owner)
{
	if (owner->unit) {
		strbuf_puts(out, " ");
		add_text(out, owner->unit);
	}
	if (owner->container) {
		strbuf_puts(out, " ");
		add_text(out, owner->container);
	}
}

char *sockets_process_text(const struct socket_record *record)
{
	struct strbuf out = {0};
	size_t others = 0;

	if (!record->n_owners)
		return mem_strdup(record->owners_unknown ? "?" : "-");
	/* they come in the order of their pids */
	for (size_t i = 1; i < record->n_owners; i++)
		others += record->owners[i].pid != record->owners[i - 1].pid;
	add_owner(&out, &record->owners[0]);
	if (others)
		strbuf_printf(&out, " +%zu", others);
	if (record->owners_unknown)
		strbuf_puts(&out, " +?");
	add_home(&out, &record->owners[0]);
	return strbuf_take(&out);
}

char *sockets_chosen_text(const struct socket_record *record)
{
	uint32_t has = socket_options_of(record->kind);
	bool unknown = false;
	unsigned count = 0;

	if (sockets_is_small(record))
		return mem_strdup("-");
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		unknown |= (has & SOCKOPT_BIT(choices[i].when)) &&
			   !sockets_option_known(record, choices[i].when);
		/* the times of keepalive, and a buffer with its lock, are one choice */
		if (!i || choices[i - 1].when != choices[i].when)
			count += is_chosen(record, &choices[i]);
	}
	if (!count && unknown)
		return mem_strdup("?");
	return mem_printf("%u%s", count, unknown ? "?" : "");
}

static void add_option(struct strbuf *out, const struct socket_record *record,
		       enum socket_option option)
{
	const struct socket_option_info *info = &socket_options[option];
	int64_t value = record->options[option];

	strbuf_printf(out, "%s%s=", out->len ? " " : "", info->name);
	if (option == SOCKOPT_CONGESTION)
		add_text(out, record->congestion);
	else if (info->is_switch || (option == SOCKOPT_LINGER && value < 0))
		strbuf_puts(out, value > 0 ? "on" : "off");
	else
		strbuf_printf(out, "%" PRId64 "%s", value,
			      str_equal(info->unit, "bytes") ? "" : info->unit);
}

/* Appends "label text" as a line unless there is nothing to say; the label NULL: without. */
static void add_line(struct strbuf *out, const char *label, const struct strbuf *text)
{
	if (!text->len)
		return;
	if (label)
		strbuf_printf(out, "%s: ", label);
	strbuf_add(out, text->text, text->len);
	strbuf_puts(out, "\n");
}

static void add_chosen(struct strbuf *out, const struct socket_record *record)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		if (is_chosen(record, &choices[i]))
			add_option(&text, record, choices[i].option);
	}
	add_line(out, NULL, &text);
}

static void add_owners(struct strbuf *out, const struct socket_record *record)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (size_t i = 0; i < record->n_owners; i++) {
		strbuf_puts(&text, i ? ", " : "");
		add_owner(&text, &record->owners[i]);
		strbuf_printf(&text, " fd %d", record->owners[i].fd);
		add_home(&text, &record->owners[i]);
	}
	add_line(out, "owners", &text);
	if (record->owners_unknown) {
		text.len = 0;
		add_text(&text, record->owners_unknown);
		add_line(out, "owners not known", &text);
	}
}

static void add_options(struct strbuf *out, const struct socket_record *record)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (int i = 0; i < SOCKOPT_COUNT; i++) {
		if (sockets_option_known(record, (enum socket_option)i))
			add_option(&text, record, (enum socket_option)i);
	}
	add_line(out, "options", &text);
}

static void add_number(struct strbuf *text, const char *name, uint64_t n)
{
	strbuf_printf(text, "%s%s=%" PRIu64, text->len ? " " : "", name, n);
}

static void add_tcp(struct strbuf *out, const struct socket_record *record)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	uint64_t value;

	for (int i = 0; record->tcp_info && i < TCP_FIELD_COUNT; i++) {
		if (i != TCP_STATE &&
		    tcp_info_get(record->tcp_info, record->tcp_info_len, (enum tcp_field)i,
				 &value) &&
		    value)
			add_number(&text, tcp_field_names[i], value);
	}
	add_line(out, "tcp, what is not 0", &text);
}

static void add_rest(struct strbuf *out, const struct socket_record *record)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (unsigned i = 0; i < record->n_memory && i < SOCKMEM_COUNT; i++)
		add_number(&text, socket_memory_names[i], record->memory[i]);
	add_line(out, "memory", &text);
	text.len = 0;
	if (record->has_timer && record->timer)
		strbuf_printf(&text, "%s in %" PRIu32 " ms, %u so far",
			      sockets_timer_name(record->timer), record->timer_ms,
			      record->retransmits);
	add_line(out, "timer", &text);
	text.len = 0;
	strbuf_printf(&text, "uid=%" PRIu32 " inode=%" PRIu64 " cookie=%" PRIu64, record->uid,
		      record->inode, record->cookie);
	if (record->cgroup_id)
		add_number(&text, "cgroup", record->cgroup_id);
	if (record->interface) {
		strbuf_puts(&text, " interface=");
		add_text(&text, record->interface);
	}
	add_line(out, NULL, &text);
}

static void add_gap(struct strbuf *out, uint32_t options, const char *why)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (int i = 0; i < SOCKOPT_COUNT; i++) {
		if (options & SOCKOPT_BIT(i))
			strbuf_printf(&text, "%s%s", text.len ? " " : "", socket_options[i].name);
	}
	if (!text.len)
		return;
	strbuf_puts(&text, ": ");
	add_text(&text, why);
	add_line(out, "not known", &text);
}

char *sockets_detail_text(const struct socket_record *record, bool all)
{
	struct strbuf out = {0};

	if (!all) {
		add_chosen(&out, record);
		return strbuf_take(&out);
	}
	add_owners(&out, record);
	add_options(&out, record);
	add_tcp(&out, record);
	add_rest(&out, record);
	for (size_t i = 0; i < record->n_gaps; i++)
		add_gap(&out, record->gaps[i].options, record->gaps[i].why);
	add_gap(&out, sockets_unexplained(record), "nothing told them");
	return strbuf_take(&out);
}
