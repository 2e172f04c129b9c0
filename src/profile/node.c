/* profile/node.c - one node of a document, for those who read it. See doc.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profile/doc.h"

bool node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain &&
	       (!*node->text || str_equal(node->text, "~") || strcasecmp(node->text, "null") == 0);
}

bool node_is_word(const struct node *node, const char *word)
{
	return node->kind == NODE_SCALAR && node->plain && str_equal(node->text, word);
}

int node_error(const struct node *node, struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_at(err, EBADMSG, node->file, node->line, node->column, "%s", text);
}

const char *text_shown(const char *text, char buf[static NODE_SHOWN_SIZE])
{
	_cleanup_free_ char *safe = str_printable(text);
	size_t most = NODE_SHOWN_SIZE - sizeof("'...'");

	if (strlen(safe) <= most) {
		snprintf(buf, NODE_SHOWN_SIZE, "'%s'", safe);
		return buf;
	}
	while (most && (safe[most] & 0xc0) == 0x80) /* not in the middle of a character */
		most--;
	snprintf(buf, NODE_SHOWN_SIZE, "'%.*s...'", (int)most, safe);
	return buf;
}

const char *node_shown(const struct node *node, char buf[static NODE_SHOWN_SIZE])
{
	const char *kind = node->kind == NODE_LIST      ? "a list"
			   : node->kind == NODE_MAPPING ? "a mapping"
			   : node_is_null(node)         ? "nothing"
							: NULL;

	if (!kind)
		return text_shown(node->text, buf);
	snprintf(buf, NODE_SHOWN_SIZE, "%s", kind);
	return buf;
}
