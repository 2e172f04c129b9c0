/* render/sockets_json.c - a list of sockets for programs: one object a line.
 *
 * A key that is not there is not known, and `unread` says why; no value stands in for it. */
#include "render/sockets.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "model/tcp_info.h"
#include "render/fast_json.h"

struct sockets_json {
	struct fast_json json;
	size_t shown;
	size_t reached_len; /* a length of tcp_info, and the fields that it reaches */
	uint64_t reached;
	struct fast_json_name options[SOCKOPT_COUNT], memory[SOCKMEM_COUNT], tcp[TCP_FIELD_COUNT];
};
_Static_assert(TCP_FIELD_COUNT <= 64, "the fields of tcp_info are bits of 64");

struct sockets_json *sockets_json_begin(FILE *out)
{
	struct sockets_json *list = mem_alloc(sizeof(*list));

	list->json.out = out;
	for (int i = 0; i < SOCKOPT_COUNT; i++)
		list->options[i] = fast_json_name(socket_options[i].name);
	for (int i = 0; i < SOCKMEM_COUNT; i++)
		list->memory[i] = fast_json_name(socket_memory_names[i]);
	for (int i = 0; i < TCP_FIELD_COUNT; i++)
		list->tcp[i] = fast_json_name(tcp_field_names[i]);
	return list;
}

static const char *family_of(const struct socket_record *record)
{
	int family = record->local.family ? record->local.family : record->remote.family;

	if (record->kind != SOCKET_TCP && record->kind != SOCKET_UDP)
		return "unix";
	return family == AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : NULL;
}

/* inet_ntop(3) goes through printf(3), which is a sixth of the time that a socket takes here. */
static size_t print_ip4(const unsigned char *bytes, char *text)
{
	char *at = text;

	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		if (bytes[i] >= 100)
			*at++ = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			*at++ = (char)('0' + bytes[i] / 10 % 10);
		*at++ = (char)('0' + bytes[i] % 10);
	}
	return (size_t)(at - text);
}

static void put_ip(struct fast_json *json, const struct socket_address *address)
{
	char text[INET6_ADDRSTRLEN] = "";
	size_t len;

	if (address->family == AF_INET) {
		len = print_ip4(address->bytes, text);
	} else {
		inet_ntop(AF_INET6, address->bytes, text, sizeof(text));
		len = strlen(text);
	}
	fast_json_key(json, "address");
	fast_json_string(json, text, len);
}

static void put_address(struct fast_json *json, const char *name,
			const struct socket_address *address)
{
	fast_json_key(json, name);
	if (address->family != AF_INET && address->family != AF_INET6) {
		fast_json_null(json);
		return;
	}
	fast_json_open(json, '{');
	put_ip(json, address);
	fast_json_set_uint(json, "port", address->port);
	if (address->ifindex)
		fast_json_set_uint(json, "ifindex", address->ifindex);
	fast_json_close(json, '}');
}

static void put_unix(struct fast_json *json, const struct socket_record *record)
{
	if (record->path) {
		fast_json_key(json, "path");
		fast_json_string(json, record->path, record->path_len);
	}
	if (record->peer_inode)
		fast_json_set_uint(json, "peer_inode", record->peer_inode);
}

static void put_queues(struct fast_json *json, const struct socket_record *record)
{
	if (!record->has_queues)
		return;
	fast_json_key(json, "queues");
	fast_json_open(json, '{');
	fast_json_set_uint(json, "recv", record->recv_queue);
	fast_json_set_uint(json, "send", record->send_queue);
	fast_json_close(json, '}');
}

static void put_owners(struct fast_json *json, const struct socket_record *record)
{
	fast_json_key(json, "owners");
	fast_json_open(json, '[');
	for (size_t i = 0; i < record->n_owners; i++) {
		const struct socket_owner *owner = &record->owners[i];

		fast_json_item(json);
		fast_json_open(json, '{');
		fast_json_key(json, "pid");
		fast_json_int(json, owner->pid);
		fast_json_set_text(json, "comm", owner->comm);
		fast_json_key(json, "fd");
		fast_json_int(json, owner->fd);
		fast_json_set_text(json, "unit", owner->unit);
		fast_json_set_text(json, "container", owner->container);
		fast_json_close(json, '}');
	}
	fast_json_close(json, ']');
	fast_json_set_text(json, "owners_unknown", record->owners_unknown);
}

static void put_option(struct fast_json *json, const struct socket_record *record,
		       enum socket_option option)
{
	int64_t value = record->options[option];

	if (option == SOCKOPT_CONGESTION)
		fast_json_string(json, record->congestion, strlen(record->congestion));
	else if (option == SOCKOPT_LINGER && value < 0)
		fast_json_bool(json, false);
	else if (socket_options[option].is_switch)
		fast_json_bool(json, value);
	else
		fast_json_int(json, value);
}

static void put_options(struct sockets_json *list, const struct socket_record *record)
{
	struct fast_json *json = &list->json;

	fast_json_key(json, "options");
	fast_json_open(json, '{');
	for (int i = 0; i < SOCKOPT_COUNT; i++) {
		if (!sockets_option_known(record, (enum socket_option)i))
			continue;
		fast_json_known_key(json, &list->options[i]);
		put_option(json, record, (enum socket_option)i);
	}
	fast_json_close(json, '}');
}

static void put_memory(struct sockets_json *list, const struct socket_record *record)
{
	struct fast_json *json = &list->json;

	if (!record->n_memory)
		return;
	fast_json_key(json, "memory");
	fast_json_open(json, '{');
	for (unsigned i = 0; i < record->n_memory && i < SOCKMEM_COUNT; i++) {
		fast_json_known_key(json, &list->memory[i]);
		fast_json_uint(json, record->memory[i]);
	}
	fast_json_close(json, '}');
}

static void put_tcp_options(struct fast_json *json, uint64_t bits)
{
	const char *name;

	fast_json_open(json, '[');
	for (unsigned i = 0; (name = sockets_tcp_option_name(i)); i++) {
		if (!(bits >> i & 1))
			continue;
		fast_json_item(json);
		fast_json_string(json, name, strlen(name));
	}
	fast_json_close(json, ']');
}

static void put_ca_state(struct fast_json *json, uint64_t state)
{
	const char *name = sockets_ca_state_name(state);

	if (name)
		fast_json_string(json, name, strlen(name));
	else
		fast_json_uint(json, state);
}

static void put_tcp(struct sockets_json *list, const struct socket_record *record)
{
	struct fast_json *json = &list->json;
	uint64_t value;

	if (!record->tcp_info)
		return;
	fast_json_key(json, "tcp");
	fast_json_open(json, '{');
	for (int i = 0; i < TCP_FIELD_COUNT; i++) {
		/* the state of it is the state of the socket */
		if (i == TCP_STATE || !tcp_info_get(record->tcp_info, record->tcp_info_len,
						    (enum tcp_field)i, &value))
			continue;
		fast_json_known_key(json, &list->tcp[i]);
		if (i == TCP_OPTIONS)
			put_tcp_options(json, value);
		else if (i == TCP_CA_STATE)
			put_ca_state(json, value);
		else if (i == TCP_APP_LIMITED)
			fast_json_bool(json, value);
		else
			fast_json_uint(json, value);
	}
	fast_json_close(json, '}');
}

static void put_timer(struct fast_json *json, const struct socket_record *record)
{
	if (!record->has_timer)
		return;
	fast_json_key(json, "timer");
	fast_json_open(json, '{');
	fast_json_set_text(json, "name", sockets_timer_name(record->timer));
	fast_json_set_uint(json, "expires_ms", record->timer_ms);
	fast_json_set_uint(json, "retransmits", record->retransmits);
	fast_json_close(json, '}');
}

static void open_gap(struct fast_json *json)
{
	fast_json_item(json);
	fast_json_open(json, '{');
	fast_json_key(json, "names");
	fast_json_open(json, '[');
}

static void close_gap(struct fast_json *json, const char *why)
{
	fast_json_close(json, ']');
	fast_json_set_text(json, "why", why);
	fast_json_close(json, '}');
}

static void put_gap(struct fast_json *json, uint32_t options, const char *why)
{
	open_gap(json);
	for (int i = 0; i < SOCKOPT_COUNT; i++) {
		if (!(options & SOCKOPT_BIT(i)))
			continue;
		fast_json_item(json);
		fast_json_string(json, socket_options[i].name, strlen(socket_options[i].name));
	}
	close_gap(json, why);
}

static void put_missing(struct fast_json *json, const char *name)
{
	open_gap(json);
	fast_json_item(json);
	fast_json_string(json, name, strlen(name));
	close_gap(json, "the kernel did not tell");
}

/* tcp_info_get() is false as well for what was not measured: asked of an answer of that length in
 * which everything was, it tells how far the answer reaches. */
static uint64_t fields_reached(size_t len)
{
	_cleanup_free_ char *measured = mem_alloc(len + 1);
	uint64_t reached = 0, value;

	memset(measured, 1, len);
	for (int i = 0; i < TCP_FIELD_COUNT; i++) {
		if (tcp_info_get(measured, len, (enum tcp_field)i, &value))
			reached |= UINT64_C(1) << i;
	}
	return reached;
}

static void put_short_tcp(struct sockets_json *list, const struct socket_record *record)
{
	struct fast_json *json = &list->json;

	if (list->reached_len != record->tcp_info_len) {
		list->reached_len = record->tcp_info_len;
		list->reached = fields_reached(record->tcp_info_len);
	}
	if (list->reached == UINT64_MAX >> (64 - TCP_FIELD_COUNT))
		return;
	open_gap(json);
	for (int i = 0; i < TCP_FIELD_COUNT; i++) {
		char name[64];
		int len;

		if (list->reached >> i & 1)
			continue;
		len = snprintf(name, sizeof(name), "tcp.%s", tcp_field_names[i]);
		fast_json_item(json);
		fast_json_string(json, name, (size_t)len);
	}
	close_gap(json, "this kernel's tcp_info ends before them");
}

static void put_unread(struct sockets_json *list, const struct socket_record *record)
{
	struct fast_json *json = &list->json;
	uint32_t unexplained = sockets_unexplained(record);
	bool is_small = sockets_is_small(record);

	fast_json_key(json, "unread");
	fast_json_open(json, '[');
	for (size_t i = 0; i < record->n_gaps; i++)
		put_gap(json, record->gaps[i].options, record->gaps[i].why);
	if (unexplained)
		put_gap(json, unexplained, "nothing told them");
	if (!record->has_uid && !is_small)
		put_missing(json, "uid");
	if (!record->has_queues && !is_small)
		put_missing(json, "queues");
	if (!record->n_memory && !is_small)
		put_missing(json, "memory");
	if (record->tcp_info)
		put_short_tcp(list, record);
	else if (record->kind == SOCKET_TCP && !is_small)
		put_missing(json, "tcp");
	fast_json_close(json, ']');
}

void sockets_json_add(struct sockets_json *list, const struct socket_record *record)
{
	struct fast_json *json = &list->json;

	list->shown++;
	fast_json_open(json, '{');
	fast_json_set_text(json, "netns", record->netns && *record->netns ? record->netns : "self");
	fast_json_set_text(json, "family", family_of(record));
	fast_json_set_text(json, "protocol", socket_kind_name(record->kind));
	fast_json_set_text(json, "state", socket_state_name(record->state));
	put_address(json, "local", &record->local);
	put_address(json, "remote", &record->remote);
	put_unix(json, record);
	fast_json_set_text(json, "interface", record->interface);
	if (record->has_v6only) {
		fast_json_key(json, "v6only");
		fast_json_bool(json, record->v6only);
	}
	fast_json_set_uint(json, "inode", record->inode);
	fast_json_set_uint(json, "cookie", record->cookie);
	if (record->has_uid)
		fast_json_set_uint(json, "uid", record->uid);
	if (record->cgroup_id)
		fast_json_set_uint(json, "cgroup_id", record->cgroup_id);
	put_queues(json, record);
	put_owners(json, record);
	put_options(list, record);
	put_memory(list, record);
	put_tcp(list, record);
	put_timer(json, record);
	put_unread(list, record);
	fast_json_close(json, '}');
	fast_json_newline(json);
}

/* Those that leave something out, or the notes. */
static void put_shortfalls(struct fast_json *json, const char *name,
			   const struct socket_coverage *coverage, bool notes)
{
	fast_json_key(json, name);
	fast_json_open(json, '[');
	for (size_t i = 0; i < coverage->n_shortfalls; i++) {
		const struct socket_shortfall *row = &coverage->shortfalls[i];

		if ((row->kind == SHORTFALL_NOTE) != notes)
			continue;
		fast_json_item(json);
		fast_json_open(json, '{');
		fast_json_set_text(json, "what", row->what);
		if (!notes)
			fast_json_set_text(json, "missing", shortfall_kind_name(row->kind));
		fast_json_set_text(json, "why", row->why);
		if (row->count)
			fast_json_set_uint(json, "sockets", row->count);
		fast_json_close(json, '}');
	}
	fast_json_close(json, ']');
}

void sockets_json_end(struct sockets_json *list, const struct socket_coverage *coverage)
{
	struct fast_json *json = &list->json;

	fast_json_open(json, '{');
	fast_json_key(json, "coverage");
	fast_json_open(json, '{');
	fast_json_set_uint(json, "shown", list->shown);
	fast_json_set_uint(json, "seen", coverage->seen);
	fast_json_set_uint(json, "fully_read", coverage->fully_read);
	fast_json_set_uint(json, "without_owner", coverage->without_owner);
	fast_json_set_text(json, "options_source", coverage->options_source);
	put_shortfalls(json, "shortfalls", coverage, false);
	put_shortfalls(json, "notes", coverage, true);
	fast_json_close(json, '}');
	fast_json_close(json, '}');
	fast_json_newline(json);
	fast_json_flush(json);
	free(list);
}
