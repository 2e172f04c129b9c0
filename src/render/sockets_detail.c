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

static bool is_ip(const struct socket_address *address)
{
	return address->family == AF_INET || address->family == AF_INET6;
}

char *sockets_local_text(const struct socket_record *record)
{
	char text[SOCKET_ADDRESS_SIZE];

	if (!is_unix(record))
		return is_ip(&record->local) ? term_text(socket_local_print(record, text))
					     : mem_strdup("-");
	return record->path ? term_text(record->path) : inode_text(record->inode);
}

char *sockets_remote_text(const struct socket_record *record)
{
	char text[SOCKET_ADDRESS_SIZE];

	if (is_unix(record))
		return inode_text(record->peer_inode);
	return mem_strdup(is_ip(&record->remote) ? socket_address_print(&record->remote, text)
						 : "-");
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
	const struct socket_owner *owner = socket_main_owner(record);
	struct strbuf out = {0};
	size_t others = 0;

	if (!owner)
		return mem_strdup(record->owners_unknown ? "?" : "-");
	/* they come in the order of their pids */
	for (size_t i = 1; i < record->n_owners; i++)
		others += record->owners[i].pid != record->owners[i - 1].pid;
	add_owner(&out, owner);
	if (others)
		strbuf_printf(&out, " +%zu", others);
	if (record->owners_unknown)
		strbuf_puts(&out, " +?");
	add_home(&out, owner);
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

/* "3.5s", "30s", "204ms", "50us": the largest unit that leaves a digit before the point. */
static void add_time(struct strbuf *out, uint64_t us)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {{"s", 1000000}, {"ms", 1000}, {"us", 1}};
	size_t i = 0;
	uint64_t rest, digit;

	while (i + 1 < ARRAY_SIZE(units) && us < units[i].us)
		i++;
	strbuf_printf(out, "%" PRIu64, us / units[i].us);
	rest = us % units[i].us;
	if (rest)
		strbuf_puts(out, ".");
	for (digit = units[i].us / 10; rest; rest %= digit, digit /= 10)
		strbuf_printf(out, "%" PRIu64, rest / digit);
	strbuf_puts(out, units[i].name);
}

/* A value in the option's unit, or in a larger one that suits it. */
static void add_value(struct strbuf *out, const char *unit, int64_t value)
{
	static const struct {
		const char *unit;
		uint64_t us;
	} times[] = {{"us", 1}, {"ms", 1000}};

	for (size_t i = 0; value > 0 && i < ARRAY_SIZE(times); i++) {
		if (!str_equal(unit, times[i].unit))
			continue;
		add_time(out, (uint64_t)value * times[i].us);
		return;
	}
	strbuf_printf(out, "%" PRId64 "%s", value, str_equal(unit, "bytes") ? "" : unit);
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
		add_value(out, info->unit, value);
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

/* "options=timestamps,sack" */
static void add_tcp_options(struct strbuf *text, uint64_t bits)
{
	const char *name, *between = "";

	strbuf_printf(text, "%s%s=", text->len ? " " : "", tcp_field_names[TCP_OPTIONS]);
	for (unsigned i = 0; (name = sockets_tcp_option_name(i)); i++) {
		if (!(bits >> i & 1))
			continue;
		strbuf_printf(text, "%s%s", between, name);
		between = ",";
	}
}

static void add_tcp_field(struct strbuf *text, enum tcp_field field, uint64_t value)
{
	const char *ca_state = field == TCP_CA_STATE ? sockets_ca_state_name(value) : NULL;

	if (field == TCP_OPTIONS)
		add_tcp_options(text, value);
	else if (ca_state)
		strbuf_printf(text, "%s%s=%s", text->len ? " " : "", tcp_field_names[field],
			      ca_state);
	else
		add_number(text, tcp_field_names[field], value);
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
			add_tcp_field(&text, (enum tcp_field)i, value);
	}
	add_line(out, "tcp, what is not 0", &text);
}

/* What expires, when, and what idiag_retrans counts then: icsk_retransmits, or icsk_probes_out
 * (net/ipv4/inet_diag.c). */
static void add_timer(struct strbuf *text, const struct socket_record *record)
{
	static const char *const counted[] = {NULL, "sent again", "probes sent", NULL,
					      "probes sent"};
	const char *what = record->timer < ARRAY_SIZE(counted) ? counted[record->timer] : NULL;

	strbuf_printf(text, "%s in ", sockets_timer_name(record->timer));
	add_time(text, (uint64_t)record->timer_ms * 1000);
	if (what)
		strbuf_printf(text, ", %s so far: %u", what, record->retransmits);
}

static void add_rest(struct strbuf *out, const struct socket_record *record)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (unsigned i = 0; i < record->n_memory && i < SOCKMEM_COUNT; i++)
		add_number(&text, socket_memory_names[i], record->memory[i]);
	add_line(out, "memory", &text);
	text.len = 0;
	if (record->has_timer && record->timer)
		add_timer(&text, record);
	add_line(out, "timer", &text);
	text.len = 0;
	if (record->has_uid)
		add_number(&text, "uid", record->uid);
	add_number(&text, "inode", record->inode);
	add_number(&text, "cookie", record->cookie);
	if (record->cgroup_id)
		add_number(&text, "cgroup", record->cgroup_id);
	if (record->interface) {
		strbuf_puts(&text, " interface=");
		add_text(&text, record->interface);
	}
	if (record->has_v6only)
		strbuf_printf(&text, " v6only=%s", record->v6only ? "on" : "off");
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
