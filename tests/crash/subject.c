/* tests/crash/subject.c - what the crash tests kill: the library's verbs on folders of their own.
 *
 * subject [-s STATE] [-e ETC] [-r ROOT] [-b BOOT_ID] [-c SECONDS] [-p]
 *         apply KEY=VALUE... | persist KEY=VALUE... | unpersist | rollback [TXN] | confirm [TXN]
 *         | recover | list
 *
 * Prints one JSON object; exits 0, or 1 with "error" in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/transaction.h"
#include "base/str.h"
#include "profile/load.h"

struct request {
	struct apply_context context;
	struct apply_options options;
	char **words;
	int count;
};

static int make_plan(const struct request *request, struct plan *plan, struct err *err)
{
	plan->name = mem_strdup("crash");
	plan->file = mem_strdup("crash.yaml");
	plan->digest = mem_strdup("0123");
	for (int i = 0; i < request->count; i++) {
		char *value = strchr(request->words[i], '=');
		int r;

		if (!value)
			return err_set(err, EINVAL, "%s: KEY=VALUE is wanted", request->words[i]);
		*value++ = '\0';
		r = plan_add(&request->context, plan, request->words[i], value, err);
		if (r < 0)
			return r;
	}
	plan_order(plan);
	return 0;
}

static int do_apply(const struct request *request, struct apply_result *result, struct err *err)
{
	struct plan plan = {0};
	int r = make_plan(request, &plan, err);

	if (r == 0)
		r = apply_plan(&request->context, &plan, &request->options, result, err);
	plan_fini(&plan);
	return r;
}

static uint64_t number(const struct request *request)
{
	return request->count ? strtoull(request->words[0], NULL, 10) : 0;
}

static int do_rollback(const struct request *request, struct apply_result *result, struct err *err)
{
	return apply_rollback(&request->context, number(request), result, err);
}

static int do_confirm(const struct request *request, struct apply_result *result, struct err *err)
{
	return apply_confirm(&request->context, number(request), result, err);
}

/* A profile of these keys, as one from a file. */
static int do_persist(const struct request *request, struct apply_result *result, struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_strbuf_ struct strbuf text = {0};
	struct plan plan;
	int r;

	strbuf_puts(&text, "schema: 1\nname: crash\nsummary: Crash\nsettings:\n");
	for (int i = 0; i < request->count; i++)
		strbuf_printf(&text, "  %.*s: %s\n", (int)strcspn(request->words[i], "="),
			      request->words[i], strchr(request->words[i], '=') + 1);
	r = profile_load_buffer("", "crash.yaml", text.text, text.len, &profile, err);
	if (r < 0)
		return r;
	r = apply_persist(&request->context, profile, &request->options, &plan, result, err);
	plan_fini(&plan);
	return r;
}

static int do_unpersist(const struct request *request, struct apply_result *result, struct err *err)
{
	return apply_unpersist(&request->context, &request->options, result, err);
}

static int do_recover(const struct request *request, struct apply_result *result, struct err *err)
{
	uint64_t pending;

	return apply_recover(&request->context, &pending, result, err);
}

static int do_list(const struct request *request, struct apply_result *result, struct err *err)
{
	struct txn_list list = {0};
	int r = apply_list(&request->context, &list, err);
	json_t *object = r == 0 ? txn_list_to_json(&request->context, &list) : NULL;

	(void)result;
	if (object)
		json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	txn_list_fini(&list);
	return r;
}

static const struct {
	const char *name;
	int (*run)(const struct request *request, struct apply_result *result, struct err *err);
} verbs[] = {
	{"apply", do_apply},     {"rollback", do_rollback},   {"confirm", do_confirm},
	{"persist", do_persist}, {"unpersist", do_unpersist}, {"recover", do_recover},
	{"list", do_list},
};

static int run(const struct request *request, const char *verb)
{
	struct apply_result result = {0};
	struct err err = {0};
	json_t *object;
	int r = -EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, verb) == 0)
			r = verbs[i].run(request, &result, &err);
	}
	if (strcmp(verb, "list") != 0 || r < 0) {
		object = apply_result_to_json(&result);
		if (r < 0)
			json_object_set_new(object, "error", json_string(err.text));
		json_object_set_new(object, "code", json_integer(r));
		json_dumpf(object, stdout, JSON_COMPACT);
		json_decref(object);
	}
	puts("");
	apply_result_fini(&result);
	return r < 0;
}

int main(int argc, char **argv)
{
	struct request request = {0};
	const char *root = "/proc/sys", *state = NULL, *etc = NULL, *boot = NULL;
	_cleanup_(host_freep) struct host *host = NULL;
	struct err err;
	int option;

	while ((option = getopt(argc, argv, "+s:e:r:b:c:p")) != -1) {
		if (option == 's')
			state = optarg;
		else if (option == 'e')
			etc = optarg;
		else if (option == 'r')
			root = optarg;
		else if (option == 'b')
			boot = optarg;
		else if (option == 'c')
			request.options.confirm_within_s = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'p')
			request.options.persist = true;
		else
			return 2;
	}
	if (!state || !etc || optind == argc) {
		fprintf(stderr, "subject: -s STATE, -e ETC and a verb are wanted\n");
		return 2;
	}
	if (host_open(root, &host, &err) < 0 ||
	    apply_context_init(&request.context, host, &err) < 0) {
		fprintf(stderr, "subject: %s\n", err.text);
		return 2;
	}
	request.context.state_dir = state;
	request.context.etc_dir = etc;
	request.context.modprobe = NULL;
	request.context.etc_is_booted = boot != NULL;
	if (boot)
		snprintf(request.context.boot_id, sizeof(request.context.boot_id), "%s", boot);
	request.options.by = apply_by_self();
	request.words = argv + optind + 1;
	request.count = argc - optind - 1;
	return run(&request, argv[optind]);
}
