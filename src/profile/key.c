/* profile/key.c - see key.h. */
#include "profile/key.h"

#include <string.h>

#include "profile/decode.h"
#include "sysctl/name.h"

/* No kernel's has half as many; and YAML takes a key of 1024 characters at most, quoted and all, as
 * `fettle profile show` writes it. */
enum {
	KEY_MOST = 255
};

int key_decode(const struct node *node, bool pattern_allowed, char **out, struct err *err)
{
	_cleanup_free_ char *text = NULL, *key = NULL;
	char shown[NODE_SHOWN_SIZE];
	struct err why = {0};
	int r = decode_line(node, &text, err);

	if (r < 0)
		return r;
	if (strlen(text) > KEY_MOST)
		return node_error(node, err, "%s is longer than any key: %d bytes at most",
				  node_shown(node, shown), KEY_MOST);
	if (sysctl_name_parse(text, &key, &why) < 0)
		return node_error(node, err, "%s", why.text);
	/* "/proc/sys/net.core.x" is a file called "net.core.x", and no kernel has such a folder */
	if (key[strcspn(key, "./")] == '/')
		return node_error(node, err,
				  "%s has a dot in its first component: separate either by "
				  "dots or by slashes",
				  node_shown(node, shown));
	if (!pattern_allowed && sysctl_name_is_glob(key))
		return node_error(node, err, "%s is a pattern, expected one key",
				  node_shown(node, shown));
	*out = TAKE_PTR(key);
	return 0;
}
