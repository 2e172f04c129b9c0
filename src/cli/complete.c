/* cli/complete.c - see complete.h. */
#include "cli/complete.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "apply/result.h"
#include "apply/transaction.h"
#include "base/str.h"
#include "catalog/catalog.h"
#include "check/rule.h"
#include "cli/change.h"
#include "cli/choice.h"
#include "cli/daemon.h"
#include "cli/local.h"
#include "cli/rows.h"
#include "model/socket_words.h"
#include "profile/search.h"

/* Whether every shell takes it as one word that stands for itself. */
static bool is_plain(const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_.,:/@%+=";

	return *value && strspn(value, plain) == strlen(value);
}

/* The first sentence; on one line, without what a terminal might obey. */
static char *brief(const char *about)
{
	_cleanup_free_ char *text = str_printable(about);
	const char *end = strstr(text, ". ");
	size_t len = end ? (size_t)(end - text) : strlen(text);

	while (len && text[len - 1] == '.')
		len--;
	return mem_strndup(text, len);
}

void complete_offer(struct completion *completion, const char *value, const char *about)
{
	_cleanup_free_ char *shown = brief(about ? about : "");

	if (!is_plain(value) || !str_starts(value, completion->word))
		return;
	fprintf(completion->out, "%s%s%s%s\n", completion->before, value, *shown ? "\t" : "",
		shown);
	completion->count++;
}

static void offer_files(struct completion *completion)
{
	fputs(":file\n", completion->out);
}

static void offer_folders(struct completion *completion)
{
	fputs(":dir\n", completion->out);
}

/* Installed ones by name; a file when it looks like one. */
static void offer_profiles(struct completion *completion)
{
	const char *path = completion->cli->profile_path;
	struct profile_list list = {0};
	struct err err;

	if (profile_list_read(path ? path : profile_default_path, &list, &err) == 0) {
		for (size_t i = 0; i < list.count; i++)
			complete_offer(completion, list.entries[i].name,
				       list.entries[i].problem ? "cannot be loaded"
							       : list.entries[i].summary);
		profile_list_fini(&list);
	}
	if (!completion->count)
		offer_files(completion);
}

/* The items of `paths:` in the profile that was named, or in the active one. */
static void offer_paths(struct completion *completion)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct err err;

	if (local_profile(completion->cli, completion->cli->profile_name, &profile, &err) < 0)
		return;
	for (size_t i = 0; i < profile->n_rules; i++)
		if (strcmp(profile->rules[i].family, "paths") == 0)
			complete_offer(completion, profile->rules[i].name, NULL);
}

/* What is between the separators is called otherwise in either notation, see sysctl/name.h. */
static void swap_separators(char *name, char separator)
{
	for (char *at = name; separator == '.' && *at; at++)
		*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
}

static void offer_key(struct completion *completion, const char *folder, char *entry, bool is_dir,
		      char separator)
{
	const char end[] = {is_dir ? separator : '\0', '\0'};
	const struct catalog_key *known;
	_cleanup_free_ char *name = NULL;

	swap_separators(entry, separator);
	name = mem_printf("%s%s%s", folder, entry, end);
	known = is_dir || separator != '.' ? NULL : catalog_find(name);
	complete_offer(completion, name, known ? known->text : NULL);
}

/* A folder of keys at a time: there are more than a thousand keys. */
static void offer_keys(struct completion *completion)
{
	const char *root = completion->cli->sysctl_root, *word = completion->word;
	const char *first = strpbrk(word, "./");
	char separator = first ? *first : '.';
	const char *last = strrchr(word, separator);
	_cleanup_free_ char *folder = mem_strndup(word, last ? (size_t)(last + 1 - word) : 0);
	_cleanup_free_ char *below = mem_strdup(folder), *path = NULL;
	DIR *dir;

	swap_separators(below, separator);
	path = mem_printf("%s/%s", root ? root : "/proc/sys", below);
	dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_name[0] != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_REG))
			offer_key(completion, folder, entry->d_name, entry->d_type == DT_DIR,
				  separator);
	if (dir)
		closedir(dir);
}

static void offer_findings(struct completion *completion)
{
	for (size_t i = 0; check_rule_at(i); i++)
		complete_offer(completion, check_rule_at(i)->id, check_rule_at(i)->title);
	for (const struct check_rule *notice = check_notices; notice->id; notice++)
		complete_offer(completion, notice->id, notice->title);
}

static void offer_keys_and_findings(struct completion *completion)
{
	offer_findings(completion);
	offer_keys(completion);
}

static void offer_words(struct completion *completion, const char *(*word)(size_t i))
{
	for (size_t i = 0; word(i); i++)
		complete_offer(completion, word(i), NULL);
}

static void offer_states(struct completion *completion)
{
	offer_words(completion, socket_states_word);
}

static void offer_kinds(struct completion *completion)
{
	offer_words(completion, choice_kind_word);
}

static void offer_namespaces(struct completion *completion)
{
	DIR *dir = opendir("/run/netns"); /* ip-netns(8) */

	complete_offer(completion, "all", "each of this host");
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			complete_offer(completion, entry->d_name, NULL);
	if (dir)
		closedir(dir);
}

static void offer_congestion(struct completion *completion)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	_cleanup_free_ char *text = NULL;
	struct err err;

	if (sysctl_root_open("/proc/sys", &root, &err) < 0 ||
	    sysctl_read(root, "net.ipv4.tcp_available_congestion_control", &text, &err) < 0)
		return;
	for (char *rest = text, *word; (word = strsep(&rest, " "));)
		complete_offer(completion, word, NULL);
}

static int read_journal(const struct cli *cli, json_t **out, struct err *err)
{
	_cleanup_(host_freep) struct host *host = NULL;
	_cleanup_free_ char *etc_dir = NULL;
	struct apply_context context;
	struct txn_list list;
	int r = local_host(cli, &host, err);

	if (!r)
		r = change_context(cli, host, &etc_dir, &context, err);
	if (!r)
		r = apply_list(&context, &list, err);
	if (r < 0)
		return r;
	*out = txn_list_to_json(&context, &list);
	txn_list_fini(&list);
	return 0;
}

/* What a command can do something with. */
static bool is_for(const struct cli_command *command, const char *state)
{
	bool pending = str_equal(state, "pending");

	if (strcmp(command->name, "confirm") == 0)
		return pending;
	return strcmp(command->name, "rollback") != 0 || pending || str_equal(state, "done");
}

/* The journal is root's; whom the daemon serves may ask that, for as long as a key press lasts. */
static void offer_transactions(struct completion *completion)
{
	const struct cli *cli = completion->cli;
	struct daemon_failure failure;
	json_t *reply = NULL, *transaction;
	struct err err;
	size_t i;

	if ((cli->socket || read_journal(cli, &reply, &err) < 0) &&
	    (local_reason(cli, NULL) ||
	     daemon_call(cli, DAEMON_AT_ONCE, "ListTransactions", NULL, &reply, &failure) < 0))
		return;
	json_array_foreach(json_object_get(reply, "transactions"), i, transaction)
	{
		json_int_t n = json_integer_value(json_object_get(transaction, "transaction"));
		const char *state = rows_or_none(rows_text(transaction, "state"));
		const char *profile = rows_text(transaction, "profile");
		_cleanup_free_ char *number = mem_printf("%lld", (long long)n), *about = NULL;

		about = mem_printf("%s, %s, %s",
				   profile ? profile
					   : rows_or_none(rows_text(transaction, "command")),
				   state, rows_or_none(rows_text(transaction, "time")));
		if (is_for(cli->command, state))
			complete_offer(completion, number, about);
	}
	json_decref(reply);
}

void complete_values(struct completion *completion, const char *name)
{
	static const struct {
		const char *name;
		void (*offer)(struct completion *completion);
	} sources[] = {
		{"--congestion", offer_congestion},
		{"--kind", offer_kinds},
		{"--path", offer_paths},
		{"--state", offer_states},
		{"DIR", offer_folders},
		{"DIR:DIR...", offer_folders},
		{"FILE", offer_files},
		{"GLOB,GLOB...", offer_keys_and_findings},
		{"KEY", offer_keys},
		{"KEY|FINDING", offer_keys_and_findings},
		{"NAME|PID|all", offer_namespaces},
		{"PATH", offer_files},
		{"PROFILE", offer_profiles},
		{"TRANSACTION", offer_transactions},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (strcmp(sources[i].name, name) == 0)
			sources[i].offer(completion);
}
