/* check/offer.c - see offer.h.
 *
 * A list such as tcp_available_congestion_control has what is built in or loaded already. Choosing
 * one that is not loads its module (tcp_set_default_congestion_control() in net/ipv4/tcp_cong.c
 * calls request_module("tcp_%s") for whoever has CAP_NET_ADMIN), so a distribution's bbr, a module
 * that nothing has asked for yet, counts as offered. */
#include "check/offer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"

enum {
	INDEX_MOST = 16 << 20
};

static const struct {
	const char *list, *prefix; /* modules of what the list may hold are called prefix + word */
} loaders[] = {
	{"net.ipv4.tcp_available_congestion_control", "tcp_"},
};

/* modules.dep, as depmod(8) writes it, has "kernel/net/ipv4/tcp_bbr.ko[.xz]: ..." for each. */
static bool is_in_index(const struct host *host, const char *module)
{
	_cleanup_free_ char *path = mem_printf("%s/modules.dep", host->modules_path);
	_cleanup_free_ char *file = mem_printf("/%s.ko", module);
	_cleanup_free_ char *text = NULL;
	struct err ignored; /* no index: nothing can be loaded */
	size_t len;

	if (file_read(AT_FDCWD, path, INDEX_MOST, &text, &len, &ignored) < 0)
		return false;
	for (const char *at = strstr(text, file); at; at = strstr(at + 1, file)) {
		char next = at[strlen(file)];

		if (next == ':' || next == '.')
			return true;
	}
	return false;
}

static bool is_loadable(const struct host *host, const char *list, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		if (strcmp(loaders[i].list, list) == 0) {
			_cleanup_free_ char *module = mem_printf("%s%s", loaders[i].prefix, word);

			return is_in_index(host, module);
		}
	}
	return false;
}

int check_read_list(const struct host *host, const char *list, struct value **out, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	int r = sysctl_read(host->root, list, &text, err);

	return r < 0 ? r : sysctl_value_parse(VALUE_SET, text, out, err);
}

static void join_args(const struct expect *expect, struct strbuf *out)
{
	for (size_t i = 0; i < expect->n_args; i++)
		strbuf_printf(out, "%s%s", i ? ", " : "", expect->args[i].text);
}

int check_first_offered(const struct host *host, const char *name, const struct catalog_key *known,
			const struct expect *expect, const struct quantity **chosen,
			struct err *err)
{
	_cleanup_(value_freep) struct value *offered = NULL;
	_cleanup_strbuf_ struct strbuf asked = {0};
	int r;

	if (!known || !known->available)
		return err_set(err, EINVAL, "no key lists what %s may be set to: use one-of", name);
	r = check_read_list(host, known->available, &offered, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < expect->n_args; i++) {
		const char *word = expect->args[i].text;

		if (value_has_word(offered, word) || is_loadable(host, known->available, word)) {
			*chosen = &expect->args[i];
			return 0;
		}
	}
	join_args(expect, &asked);
	return err_set(err, ENOTSUP, "none of %s is available: %s lists %s", asked.text,
		       known->available, offered->text);
}
