/* profile/config.c - see config.h. */
#include "profile/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "profile/decode.h"
#include "profile/quantity.h"
#include "profile/search.h"

const char config_default_file[] = FETTLE_SYSCONFDIR "/fettle.yaml";

enum {
	MOST_CONNECTIONS = 65535,
	MOST_IDLE_S = 86400
};

static int read_profile(const struct node *node, void *slot, struct err *err)
{
	char **name = slot, shown[NODE_SHOWN_SIZE];
	int r = decode_line(node, slot, err);

	if (!r && !profile_name_is_valid(*name))
		r = node_error(node, err, "expected the name of an installed profile, found %s",
			       node_shown(node, shown));
	return r;
}

/* As useradd(8) takes them, short enough for utmp. */
static int read_account(const struct node *node, void *slot, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";
	enum {
		MOST = 32
	};
	char **name = slot, shown[NODE_SHOWN_SIZE];
	int r = decode_line(node, slot, err);

	if (!r && (strlen(*name) > MOST || strspn(*name, letters) != strlen(*name) ||
		   strchr("0123456789-", **name)))
		r = node_error(node, err,
			       "expected the name of an account: up to %d of a-z, 0-9, '_' "
			       "and '-', starting with a letter or '_', found %s",
			       MOST, node_shown(node, shown));
	return r;
}

/* One quantity of this kind, in its base unit. */
static int read_bounded(const struct node *node, enum quantity_kind kind, uint64_t *out,
			struct err *err)
{
	struct quantity q = {0};
	int r = quantity_decode_kind(node, kind, &q, err);

	if (r < 0)
		return r;
	r = q.kind == kind && !q.number.negative ? 0 : -EINVAL;
	*out = q.number.magnitude;
	quantity_fini(&q);
	return r;
}

static int read_connections(const struct node *node, void *slot, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];
	unsigned *out = slot;
	uint64_t count;
	int r = read_bounded(node, QUANTITY_NUMBER, &count, err);

	if (r < 0 && r != -EINVAL)
		return r;
	if (r < 0 || count < 1 || count > MOST_CONNECTIONS)
		return node_error(node, err, "expected a number from 1 to %d, found %s",
				  MOST_CONNECTIONS, node_shown(node, shown));
	*out = (unsigned)count;
	return 0;
}

static int read_timeout(const struct node *node, void *slot, struct err *err)
{
	enum {
		US_PER_S = 1000000
	};
	char shown[NODE_SHOWN_SIZE];
	unsigned *out = slot;
	uint64_t us;
	int r = read_bounded(node, QUANTITY_DURATION, &us, err);

	if (r < 0 && r != -EINVAL)
		return r;
	if (r < 0 || us < US_PER_S || us > (uint64_t)MOST_IDLE_S * US_PER_S || us % US_PER_S)
		return node_error(node, err,
				  "expected whole seconds from 1s to 1d, such as 60s or 5min, "
				  "found %s",
				  node_shown(node, shown));
	*out = (unsigned)(us / US_PER_S);
	return 0;
}

static int read_file_name(const struct node *node, void *slot, struct err *err)
{
	char **name = slot, shown[NODE_SHOWN_SIZE];
	int r = decode_line(node, slot, err);

	if (!r && **name != '/')
		r = node_error(node, err, "expected the path of a file, from /, found %s",
			       node_shown(node, shown));
	return r;
}

static int decode_root(const struct node *root, struct config *config, struct err *err)
{
	unsigned per_user = 0;
	const struct decode_row rows[] = {
		{.key = "profile", .read = read_profile, .slot = &config->profile},
		{.key = "user", .read = read_account, .slot = &config->user},
		{.key = "group", .read = read_account, .slot = &config->group},
		{.key = "max-connections",
		 .read = read_connections,
		 .slot = &config->max_connections},
		{.key = "max-connections-per-user", .read = read_connections, .slot = &per_user},
		{.key = "idle-timeout", .read = read_timeout, .slot = &config->idle_timeout_s},
		{.key = "probe-token-file",
		 .read = read_file_name,
		 .slot = &config->probe_token_file},
	};
	int r = decode_mapping(root, "the configuration", rows, ARRAY_SIZE(rows), err);

	if (r < 0)
		return r;
	if (per_user > config->max_connections)
		return node_error(root, err,
				  "max-connections-per-user, %u, is above max-connections, %u",
				  per_user, config->max_connections);
	if (per_user)
		config->max_connections_per_user = per_user;
	else if (config->max_connections_per_user > config->max_connections)
		config->max_connections_per_user = config->max_connections;
	return 0;
}

static struct config *new_default(void)
{
	struct config *config = mem_alloc(sizeof(*config));

	*config = (struct config){
		.profile = mem_strdup("base"),
		.user = mem_strdup("fettle"),
		.group = mem_strdup("fettle"),
		.max_connections = 2048,
		.max_connections_per_user = 256,
		.idle_timeout_s = 60,
	};
	return config;
}

int config_load(const char *file, struct config **out, struct err *err)
{
	_cleanup_(config_freep) struct config *config = new_default();
	_cleanup_(doc_freep) struct doc *doc = NULL;
	_cleanup_free_ char *data = NULL;
	size_t len;
	int r = file_read(AT_FDCWD, file, DOC_MOST_BYTES, &data, &len, err);

	if (r == -ENOENT && str_equal(file, config_default_file)) {
		*out = TAKE_PTR(config);
		return 0;
	}
	if (r < 0)
		return r;
	r = doc_parse(file, data, len, &doc, err);
	if (!r && doc->root) /* a file of comments alone changes nothing */
		r = decode_root(doc->root, config, err);
	if (r < 0)
		return r;
	*out = TAKE_PTR(config);
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->profile);
	free(config->user);
	free(config->group);
	free(config->probe_token_file);
	free(config);
}
