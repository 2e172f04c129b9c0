/* profile/rule_names.c - see rule_names.h. */
#include "profile/rule_names.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/socket.h"
#include "model/socket_words.h"
#include "profile/endpoint.h"
#include "profile/quantity.h"

enum {
	MOST_NAMES = 32,
	PORT_MOST = 65535,
};
_Static_assert((int)SOCKOPT_COUNT < (int)MOST_NAMES, "the backlog and every option");

struct names {
	const char *list[MOST_NAMES];
	size_t count;
};

static struct names states(void)
{
	struct names names = {.count = 0};

	for (size_t i = 0; socket_states_word(i); i++)
		names.list[names.count++] = socket_states_word(i);
	return names;
}

static struct names kinds(void)
{
	struct names names = {.count = 0};

	for (unsigned i = 0; i < SOCKET_KIND_COUNT; i++)
		names.list[names.count++] = socket_kind_name((enum socket_kind)i);
	return names;
}

static struct names options(void)
{
	struct names names = {.list = {"backlog"}, .count = 1};

	for (unsigned i = 0; i < SOCKOPT_COUNT; i++)
		names.list[names.count++] = socket_options[i].name;
	return names;
}

/* An error unless `word` is one of the names. */
static int check_name(const struct node *node, const char *word, const char *what,
		      const struct names *names, struct err *err)
{
	_cleanup_strbuf_ struct strbuf all = {0};
	char meant[96], shown[NODE_SHOWN_SIZE];

	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->list[i], word) == 0)
			return 0;
		strbuf_printf(&all, "%s%s", i ? ", " : "", names->list[i]);
	}
	str_did_you_mean(word, names->list, names->count, meant, sizeof(meant));
	return node_error(node, err, "unknown %s %s%s%s", what, text_shown(word, shown),
			  meant[0] ? meant : "; accepted: ", meant[0] ? "" : all.text);
}

static int check_state(const struct node *node, const char *word, struct err *err)
{
	const struct names names = states();

	return socket_states_of(word) ? 0 : check_name(node, word, "state", &names, err);
}

static int check_kind(const struct node *node, const char *word, struct err *err)
{
	const struct names names = kinds();

	return check_name(node, word, "kind of socket", &names, err);
}

static int check_port(const struct node *node, const char *word, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];
	struct num port;

	if (num_parse(word, strlen(word), &port) == 0 && !port.negative && port.magnitude &&
	    port.magnitude <= PORT_MOST)
		return 0;
	return node_error(node, err, "expected a port from 1 to %d, found %s", PORT_MOST,
			  text_shown(word, shown));
}

static int check_pattern(const struct node *node, const char *word, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	return *word ? 0
		     : node_error(node, err, "expected names or patterns between commas, found %s",
				  node_shown(node, shown));
}

/* The names that check/live_match.c knows. */
static const struct match_row {
	const char *name;
	bool limits; /* also of a limit */
	int (*check)(const struct node *node, const char *word, struct err *err);
} match_rows[] = {
	{"state", false, check_state},  {"kind", false, check_kind},
	{"port", false, check_port},    {"remote-port", false, check_port},
	{"path", false, check_pattern}, {"process", true, check_pattern},
	{"unit", true, check_pattern},  {"container", true, check_pattern},
};

static bool is_limit(const char *family)
{
	return strcmp(family, "limits") == 0;
}

int rule_check_match(const char *family, const struct node *key, const struct node *value,
		     const struct rule_match *match, struct err *err)
{
	const struct match_row *row = NULL;
	struct names names = {.count = 0};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(match_rows); i++) {
		if (is_limit(family) && !match_rows[i].limits)
			continue;
		names.list[names.count++] = match_rows[i].name;
		if (strcmp(match_rows[i].name, match->name) == 0)
			row = &match_rows[i];
	}
	if (!row)
		return check_name(key, match->name, "thing to match", &names, err);
	for (const char *at = match->value; !r; at++) {
		_cleanup_free_ char *word = mem_strndup(at, strcspn(at, ","));

		r = row->check(value, word, err);
		at += strlen(word);
		if (!*at)
			break;
	}
	return r < 0 ? err_prefix(err, "%s: ", match->name) : 0;
}

/* "20%" or "12.5%", of at most 100. */
static int check_headroom(const struct node *value, const struct rule_expect *rule, struct err *err)
{
	const struct expect *expect = rule->expect;
	const char *text = expect->args[0].text;
	size_t len = strlen(text);
	_cleanup_free_ char *digits = mem_strndup(text, len ? len - 1 : 0);
	char shown[NODE_SHOWN_SIZE];
	uint64_t milli;

	if (expect->op == EXPECT_AT_LEAST && len && text[len - 1] == '%' &&
	    quantity_parse_milli(digits, &milli) && milli <= 100000)
		return 0;
	return node_error(value, err, "expected {at-least: N%%} of at most 100%%, found %s",
			  text_shown(text, shown));
}

static bool takes_word(enum socket_option option, const char *word)
{
	bool off = strcmp(word, "off") == 0;

	if (option == SOCKOPT_CONGESTION)
		return true;
	if (option == SOCKOPT_LINGER)
		return off;
	return option < SOCKOPT_COUNT && socket_options[option].is_switch &&
	       (off || strcmp(word, "on") == 0);
}

/* A word where a number belongs, or a number where a word does, could never hold. */
static int check_operands(const struct node *value, const struct rule_expect *expect,
			  struct err *err)
{
	enum socket_option option = socket_option_by_name(expect->name);
	bool is_switch = option < SOCKOPT_COUNT && socket_options[option].is_switch;
	char shown[NODE_SHOWN_SIZE];

	for (size_t i = 0; i < expect->expect->n_args; i++) {
		const struct quantity *arg = &expect->expect->args[i];

		if (arg->kind == QUANTITY_TEXT ? takes_word(option, arg->text)
					       : !is_switch && option != SOCKOPT_CONGESTION)
			continue;
		return node_error(value, err, "expected %s, found %s",
				  is_switch                      ? "on or off"
				  : option == SOCKOPT_CONGESTION ? "the name of an algorithm"
				  : option == SOCKOPT_LINGER     ? "a time, or off"
								 : "a number",
				  text_shown(arg->text, shown));
	}
	return 0;
}

/* The names that check/live_path_rule.c knows, and what each is compared with. */
static const struct path_row {
	const char *name;
	enum quantity_kind kind; /* QUANTITY_TEXT: the word bdp */
	const char *takes;
} path_rows[] = {
	{"buffers", QUANTITY_TEXT, "{at-least: bdp}"},
	{"rtt", QUANTITY_DURATION,
	 "at-most, at-least or between with times, as in {at-most: 80ms}"},
	{"rate", QUANTITY_RATE,
	 "at-least, at-most or between with rates, as in {at-least: 100Mbit}"},
};

static bool takes_bdp(const struct expect *expect)
{
	return expect->op == EXPECT_AT_LEAST && expect->args[0].kind == QUANTITY_TEXT &&
	       strcmp(expect->args[0].text, "bdp") == 0;
}

static bool takes_bounds(const struct expect *expect, enum quantity_kind kind)
{
	if (expect->op != EXPECT_AT_LEAST && expect->op != EXPECT_AT_MOST &&
	    expect->op != EXPECT_BETWEEN)
		return false;
	for (size_t i = 0; i < expect->n_args; i++)
		if (expect->args[i].kind != kind)
			return false;
	return true;
}

static int check_measure(const struct node *value, const struct rule_expect *expect,
			 struct err *err)
{
	const struct path_row *row = path_rows;
	_cleanup_free_ char *found = NULL;
	char shown[NODE_SHOWN_SIZE];

	while (strcmp(row->name, expect->name) != 0)
		row++;
	if (row->kind == QUANTITY_TEXT ? takes_bdp(expect->expect)
				       : takes_bounds(expect->expect, row->kind))
		return 0;
	found = expect_describe(expect->expect);
	return node_error(value, err, "expected %s, found %s", row->takes,
			  text_shown(found, shown));
}

static struct names measures(void)
{
	struct names names = {.count = 0};

	for (size_t i = 0; i < ARRAY_SIZE(path_rows); i++)
		names.list[names.count++] = path_rows[i].name;
	return names;
}

static struct names shares(void)
{
	return (struct names){.list = {"headroom"}, .count = 1};
}

int rule_check_expect(const char *family, const struct node *key, const struct node *value,
		      const struct rule_expect *expect, struct err *err)
{
	static const struct {
		const char *family, *what;
		struct names (*names)(void);
		int (*check)(const struct node *value, const struct rule_expect *expect,
			     struct err *err);
	} families[] = {
		{"sockets", "option", options, check_operands},
		{"limits", "expectation", shares, check_headroom},
		{"paths", "expectation", measures, check_measure},
	};
	size_t i = 0;
	struct names names;
	int r;

	while (strcmp(families[i].family, family) != 0)
		i++;
	names = families[i].names();
	r = check_name(key, expect->name, families[i].what, &names, err);
	if (r < 0)
		return r;
	r = families[i].check(value, expect, err);
	return r < 0 ? err_prefix(err, "%s: ", expect->name) : 0;
}

int rule_check_to(const struct node *value, const struct rule_match *match, struct err *err)
{
	struct endpoint endpoint;
	struct err why;

	for (const char *at = match->value;; at++) {
		_cleanup_free_ char *word = mem_strndup(at, strcspn(at, ","));

		if (endpoint_parse(word, &endpoint, &why) < 0)
			return node_error(value, err, "%s: %s", match->name, why.text);
		at += strlen(word);
		if (!*at)
			return 0;
	}
}

int rule_check_limit(const struct node *key, struct err *err)
{
	static const struct names limits = {.list = {"open-files"}, .count = 1};
	_cleanup_free_ char *kind = mem_strndup(key->text, strcspn(key->text, "."));

	return check_name(key, kind, "limit", &limits, err);
}
