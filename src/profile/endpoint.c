/* profile/endpoint.c - see endpoint.h. */
#include "profile/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "model/num.h"
#include "profile/doc.h"

static bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	struct num num;

	if (num_parse(text, strlen(text), &num) < 0 || num.negative || num.magnitude < least ||
	    num.magnitude > most)
		return false;
	*out = num.magnitude;
	return true;
}

static bool parse_address(const char *text, struct endpoint *out)
{
	if (inet_pton(AF_INET, text, out->bytes) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, text, out->bytes) == 1)
		out->family = AF_INET6;
	else
		return false;
	out->prefix = out->family == AF_INET ? 32 : 128;
	return true;
}

/* "[2001:db8::1]:443", "192.0.2.10:443"; a bare IPv6 address has colons of its own. */
static bool parse_with_port(char *text, struct endpoint *out)
{
	char *colon = strrchr(text, ':');
	bool bracketed = text[0] == '[';
	uint64_t port;

	if (!colon || (bracketed ? colon[-1] != ']' : strchr(text, ':') != colon) ||
	    !parse_number(colon + 1, 1, 65535, &port))
		return false;
	colon[bracketed ? -1 : 0] = '\0';
	out->port = (uint16_t)port;
	return parse_address(text + bracketed, out) && (out->family == AF_INET6) == bracketed;
}

static void keep_prefix(unsigned char bytes[16], unsigned prefix)
{
	for (unsigned bit = prefix; bit < 128; bit++)
		bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

static int refuse(const char *text, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	return err_set(err, EBADMSG,
		       "expected an address, ADDRESS:PORT ([ADDRESS]:PORT of IPv6) or "
		       "PREFIX/LENGTH, found %s",
		       text_shown(text, shown));
}

/* Host bits may be a slip of the length as well as of the address. */
static int parse_prefix(const char *text, char *address, char *length, struct endpoint *out,
			struct err *err)
{
	unsigned char kept[16];
	char meant[INET6_ADDRSTRLEN];
	uint64_t prefix;

	if (!parse_address(address, out) || !parse_number(length, 0, out->prefix, &prefix))
		return refuse(text, err);
	memcpy(kept, out->bytes, sizeof(kept));
	keep_prefix(kept, (unsigned)prefix);
	if (memcmp(kept, out->bytes, sizeof(kept)) != 0)
		return err_set(err, EBADMSG, "%s has bits beyond its length: did you mean %s/%s?",
			       text, inet_ntop(out->family, kept, meant, sizeof(meant)), length);
	out->prefix = (unsigned)prefix;
	return 0;
}

int endpoint_parse(const char *text, struct endpoint *out, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text);
	struct endpoint endpoint = {0};
	char *slash = strchr(copy, '/');
	int r = 0;

	if (slash) {
		*slash = '\0';
		r = parse_prefix(text, copy, slash + 1, &endpoint, err);
	} else if (!parse_address(copy, &endpoint) && !parse_with_port(copy, &endpoint)) {
		r = refuse(text, err);
	}
	if (!r)
		*out = endpoint;
	return r;
}

bool endpoint_holds(const struct endpoint *endpoint, const struct socket_address *address)
{
	struct socket_address plain = socket_address_plain(address);

	if (plain.family != endpoint->family || (endpoint->port && endpoint->port != plain.port))
		return false;
	keep_prefix(plain.bytes, endpoint->prefix);
	return memcmp(plain.bytes, endpoint->bytes, sizeof(plain.bytes)) == 0;
}
