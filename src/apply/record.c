/* apply/record.c - see record.h. */
#include "apply/record.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/str.h"

/* Takes the reference. */
static char *print(json_t *value)
{
	const size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY;
	char *text = value ? json_dumps(value, flags) : NULL;

	json_decref(value);
	return text;
}

/* Takes both references; NULL in, or no room, gives NULL out. */
static json_t *with(json_t *object, const char *name, json_t *value)
{
	if (!object || !value || json_object_set_new(object, name, value) < 0) {
		if (!object)
			json_decref(value);
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *append(json_t *array, json_t *value)
{
	if (!array || !value || json_array_append_new(array, value) < 0) {
		if (!array)
			json_decref(value);
		json_decref(array);
		return NULL;
	}
	return array;
}

/* The two records that each apply writes, and one of them for each key, are put together by hand:
 * a tree of objects takes ten times as long. */
struct writer {
	struct strbuf out;
	bool failed;
};

/* `before` as it is, then the text as a JSON string, NULL as null. */
static void put(struct writer *writer, const char *before, const char *text)
{
	const char *p = text;
	char *escaped;

	strbuf_puts(&writer->out, before);
	while (p && *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
		p++;
	if (!p || !*p) {
		strbuf_puts(&writer->out, p ? "\"" : "null");
		strbuf_puts(&writer->out, p ? text : "");
		strbuf_puts(&writer->out, p ? "\"" : "");
		return;
	}
	escaped = print(json_string(text));
	writer->failed = writer->failed || !escaped;
	strbuf_puts(&writer->out, escaped ? escaped : "");
	free(escaped);
}

/* NULL when a text could not be kept. */
static char *finish(struct writer *writer)
{
	if (!writer->failed)
		return strbuf_take(&writer->out);
	strbuf_fini(&writer->out);
	return NULL;
}

static void put_keys(struct writer *writer, const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_keys; i++) {
		const struct txn_key *key = &txn->keys[i];

		put(writer, i ? ",{\"key\":" : "{\"key\":", key->key);
		put(writer, ",\"kind\":", value_kind_name(key->kind));
		put(writer, ",\"from\":", key->from);
		put(writer, ",\"to\":", key->to);
		strbuf_puts(&writer->out, key->side ? ",\"side\":true" : "");
		strbuf_puts(&writer->out, key->shared ? ",\"shared\":true}" : "}");
	}
}

static void put_files(struct writer *writer, const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_files; i++) {
		put(writer, i ? ",{\"path\":" : "{\"path\":", txn->files[i].path);
		put(writer, ",\"before\":", txn->files[i].before);
		put(writer, ",\"after\":", txn->files[i].after);
		strbuf_puts(&writer->out, "}");
	}
}

/* NULL for what cannot be: the rest is told without it. */
static const char *kept(const char *text)
{
	return text && str_is_utf8(text, strlen(text)) ? text : NULL;
}

char *record_begin(const struct txn *txn)
{
	struct writer writer = {0};

	strbuf_printf(&writer.out, "{\"type\":\"begin\",\"txn\":%ju", (uintmax_t)txn->number);
	put(&writer, ",\"boot\":", txn->boot_id);
	strbuf_printf(&writer.out, ",\"netns\":{\"inode\":%ju,\"cookie\":%ju}",
		      (uintmax_t)txn->netns.inode, (uintmax_t)txn->netns.cookie);
	put(&writer, ",\"time\":", txn->time);
	put(&writer, ",\"version\":", txn->version);
	put(&writer, ",\"profile\":{\"name\":", txn->profile.name);
	put(&writer, ",\"file\":", txn->profile.file);
	put(&writer, ",\"digest\":", txn->profile.digest);
	strbuf_printf(&writer.out,
		      "},\"by\":{\"uid\":%u,\"pid\":%d,\"loginuid\":%u},"
		      "\"confirm\":{\"within_s\":%u,\"deadline_ns\":%ju},\"modules\":[",
		      txn->by.uid, txn->by.pid, txn->by.loginuid, txn->confirm_within_s,
		      (uintmax_t)txn->confirm_deadline_ns);
	for (size_t i = 0; i < txn->n_modules; i++)
		put(&writer, i ? "," : "", txn->modules[i]);
	strbuf_puts(&writer.out, "],\"steps\":[");
	put_keys(&writer, txn);
	strbuf_puts(&writer.out, "],\"files\":[");
	put_files(&writer, txn);
	strbuf_puts(&writer.out, "]");
	if (kept(txn->etc_dir))
		put(&writer, ",\"etc\":", txn->etc_dir);
	strbuf_puts(&writer.out, "}");
	return finish(&writer);
}

char *record_step(const struct txn *txn, size_t key)
{
	struct writer writer = {0};

	strbuf_printf(&writer.out, "{\"type\":\"step\",\"txn\":%ju,\"n\":%zu",
		      (uintmax_t)txn->number, key);
	put(&writer, ",\"got\":", txn->keys[key].got);
	strbuf_puts(&writer.out, "}");
	return finish(&writer);
}

static json_t *marked(const struct txn *txn, const char *type)
{
	return json_pack("{s:s, s:I}", "type", type, "txn", (json_int_t)txn->number);
}

char *record_commit(const struct txn *txn)
{
	return print(marked(txn, "commit"));
}

char *record_confirmed(const struct txn *txn)
{
	return print(marked(txn, "confirmed"));
}

char *record_undoing(const struct txn *txn)
{
	json_t *keys = json_array(), *held = json_array(), *files = json_array();
	json_t *object;

	for (size_t i = 0; keys && i < txn->n_keys; i++) {
		const struct txn_key *key = &txn->keys[i];

		if (!key->leave)
			continue;
		keys = append(keys, json_integer((json_int_t)i));
		held = append(held, kept(key->held) ? json_string(key->held) : json_null());
	}
	for (size_t i = 0; files && i < txn->n_files; i++) {
		if (txn->files[i].leave)
			files = append(files, json_integer((json_int_t)i));
	}
	object = with(marked(txn, "undoing"), "why", json_string(txn->undo_why));
	if (kept(txn->undo_reason))
		object = with(object, "reason", json_string(txn->undo_reason));
	object = with(object, "leave", keys);
	object = with(object, "held", held);
	return print(with(object, "leave_files", files));
}

char *record_undone(const struct txn *txn)
{
	json_t *array = json_array(), *object;

	for (size_t i = 0; array && i < txn->n_undo_results; i++) {
		const struct txn_result *result = &txn->undo_results[i];

		array = append(array,
			       json_pack("{s:s, s:s, s:s?, s:s?}", "subject", result->subject,
					 "outcome", result->outcome, "holds", kept(result->got),
					 "reason", kept(result->reason)));
	}
	object = with(marked(txn, "undone"), "why", json_string(txn->undo_why));
	object = with(object, "time", json_string(txn->undo_time));
	return print(with(object, "steps", array));
}

/* Reading. Each helper returns 0 or -EBADMSG with the field's name. */

static int missing(const char *name, struct err *err)
{
	return err_set(err, EBADMSG, "a record without '%s', or with another type of value there",
		       name);
}

static int take_text(const json_t *object, const char *name, char **out, struct err *err)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
		return missing(name, err);
	mem_replace(out, json_string_value(value));
	return 0;
}

static int take_optional(const json_t *object, const char *name, char **out, struct err *err)
{
	return json_is_null(json_object_get(object, name)) ? 0 : take_text(object, name, out, err);
}

/* The same, where it may be left out. */
static int take_extra(const json_t *object, const char *name, char **out, struct err *err)
{
	return json_object_get(object, name) ? take_optional(object, name, out, err) : 0;
}

static int take_count(const json_t *object, const char *name, uint64_t most, uint64_t *out,
		      struct err *err)
{
	const json_t *value = json_object_get(object, name);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number > most)
		return missing(name, err);
	*out = (uint64_t)number;
	return 0;
}

/* Not there: it is not so. */
static int take_flag(const json_t *object, const char *name, bool *out, struct err *err)
{
	const json_t *value = json_object_get(object, name);

	if (value && !json_is_boolean(value))
		return missing(name, err);
	*out = json_is_true(value);
	return 0;
}

static int take_kind(const json_t *object, enum value_kind *out, struct err *err)
{
	const char *name = json_string_value(json_object_get(object, "kind"));

	for (enum value_kind kind = 0; name && kind < VALUE_KINDS; kind++) {
		if (strcmp(value_kind_name(kind), name) == 0) {
			*out = kind;
			return 0;
		}
	}
	return missing("kind", err);
}

static int take_key(const json_t *object, struct txn_key *key, struct err *err)
{
	int r = take_text(object, "key", &key->key, err);

	if (r == 0)
		r = take_kind(object, &key->kind, err);
	if (r == 0)
		r = take_text(object, "from", &key->from, err);
	if (r == 0)
		r = take_optional(object, "to", &key->to, err);
	if (r == 0)
		r = take_flag(object, "side", &key->side, err);
	if (r == 0)
		r = take_flag(object, "shared", &key->shared, err);
	return r == 0 && !key->side && !key->to ? missing("to", err) : r;
}

static int take_file(const json_t *object, struct txn_file *file, struct err *err)
{
	int r = take_text(object, "path", &file->path, err);

	if (r == 0)
		r = take_optional(object, "before", &file->before, err);
	return r == 0 ? take_optional(object, "after", &file->after, err) : r;
}

static int take_lists(const json_t *object, struct txn *txn, struct err *err)
{
	const json_t *modules = json_object_get(object, "modules"), *item;
	const json_t *keys = json_object_get(object, "steps");
	const json_t *files = json_object_get(object, "files");
	size_t i;
	int r = 0;

	if (!json_is_array(modules) || !json_is_array(keys) || !json_is_array(files))
		return missing("modules', 'steps' or 'files", err);
	json_array_foreach(modules, i, item)
	{
		if (!json_is_string(item))
			return missing("modules", err);
		*MEM_APPEND(txn->modules, txn->n_modules) = mem_strdup(json_string_value(item));
	}
	for (i = 0; r == 0 && i < json_array_size(keys); i++)
		r = take_key(json_array_get(keys, i), MEM_APPEND(txn->keys, txn->n_keys), err);
	for (i = 0; r == 0 && i < json_array_size(files); i++)
		r = take_file(json_array_get(files, i), MEM_APPEND(txn->files, txn->n_files), err);
	return r;
}

static int take_netns(const json_t *object, struct txn *txn, struct err *err)
{
	const json_t *netns = json_object_get(object, "netns");
	int r = take_count(netns, "inode", INT64_MAX, &txn->netns.inode, err);

	return r == 0 ? take_count(netns, "cookie", INT64_MAX, &txn->netns.cookie, err) : r;
}

static int take_people(const json_t *object, struct txn *txn, struct err *err)
{
	const json_t *by = json_object_get(object, "by"),
		     *profile = json_object_get(object, "profile");
	uint64_t uid = 0, pid = 0, loginuid = 0;
	int r = take_count(by, "uid", UINT32_MAX, &uid, err);

	if (r == 0)
		r = take_count(by, "loginuid", UINT32_MAX, &loginuid, err);
	if (r == 0)
		r = take_count(by, "pid", INT32_MAX, &pid, err);
	txn->by = (struct txn_by){(unsigned)uid, (unsigned)loginuid, (int)pid};
	if (r == 0)
		r = take_optional(profile, "name", &txn->profile.name, err);
	if (r == 0)
		r = take_optional(profile, "file", &txn->profile.file, err);
	return r == 0 ? take_optional(profile, "digest", &txn->profile.digest, err) : r;
}

static int take_begin(const json_t *object, struct txn *txn, struct err *err)
{
	const json_t *confirm = json_object_get(object, "confirm");
	uint64_t within = 0;
	int r = take_text(object, "boot", &txn->boot_id, err);

	if (r == 0)
		r = take_text(object, "time", &txn->time, err);
	if (r == 0)
		r = take_text(object, "version", &txn->version, err);
	if (r == 0)
		r = take_netns(object, txn, err);
	if (r == 0)
		r = take_people(object, txn, err);
	if (r == 0)
		r = take_count(confirm, "within_s", UINT32_MAX, &within, err);
	if (r == 0)
		r = take_count(confirm, "deadline_ns", INT64_MAX, &txn->confirm_deadline_ns, err);
	txn->confirm_within_s = (unsigned)within;
	if (r == 0)
		r = take_extra(object, "etc", &txn->etc_dir, err);
	return r == 0 ? take_lists(object, txn, err) : r;
}

static int read_begin(struct txn_list *list, uint64_t number, const json_t *object, struct err *err)
{
	struct txn txn = {.number = number};
	int r;

	if (list->count && list->txns[list->count - 1].number >= number)
		return err_set(err, EBADMSG, "transaction %llu begins out of order",
			       (unsigned long long)number);
	r = take_begin(object, &txn, err);
	if (r < 0) {
		txn_fini(&txn);
		return r;
	}
	*MEM_APPEND(list->txns, list->count) = txn;
	return 0;
}

static int read_step(struct txn *txn, const json_t *object, struct err *err)
{
	uint64_t n;
	int r = take_count(object, "n", UINT32_MAX, &n, err);

	if (r == 0 && n >= txn->n_keys)
		r = missing("n", err);
	return r == 0 ? take_text(object, "got", &txn->keys[n].got, err) : r;
}

static int read_commit(struct txn *txn, const json_t *object, struct err *err)
{
	(void)object, (void)err;
	for (size_t i = 0; i < txn->n_keys; i++) {
		struct txn_key *key = &txn->keys[i];

		if (!key->got && !key->side)
			key->got = mem_strdup(key->to);
	}
	txn->committed = true;
	return 0;
}

static int read_confirmed(struct txn *txn, const json_t *object, struct err *err)
{
	(void)object, (void)err;
	txn->confirmed = true;
	return 0;
}

static int read_undoing(struct txn *txn, const json_t *object, struct err *err)
{
	const json_t *item, *held = json_object_get(object, "held");
	size_t i;
	int r;

	json_array_foreach(json_object_get(object, "leave"), i, item)
	{
		const json_t *text = json_array_get(held, i);

		if ((uint64_t)json_integer_value(item) >= txn->n_keys)
			return missing("leave", err);
		txn->keys[json_integer_value(item)].leave = true;
		if (json_is_string(text))
			mem_replace(&txn->keys[json_integer_value(item)].held,
				    json_string_value(text));
	}
	json_array_foreach(json_object_get(object, "leave_files"), i, item)
	{
		if ((uint64_t)json_integer_value(item) >= txn->n_files)
			return missing("leave_files", err);
		txn->files[json_integer_value(item)].leave = true;
	}
	txn->undoing = true;
	r = take_text(object, "why", &txn->undo_why, err);
	return r == 0 ? take_extra(object, "reason", &txn->undo_reason, err) : r;
}

/* Outcomes are constants of this program: what another version wrote becomes "left". */
static const char *outcome_by_name(const char *name)
{
	static const char *const names[] = {"restored", "removed", "unchanged", "gone"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_equal(names[i], name))
			return names[i];
	}
	return "left";
}

static int read_undone(struct txn *txn, const json_t *object, struct err *err)
{
	const json_t *item;
	size_t i;
	int r = take_text(object, "why", &txn->undo_why, err);

	if (r == 0)
		r = take_text(object, "time", &txn->undo_time, err);
	json_array_foreach(json_object_get(object, "steps"), i, item)
	{
		struct txn_result *result = MEM_APPEND(txn->undo_results, txn->n_undo_results);

		result->outcome =
			outcome_by_name(json_string_value(json_object_get(item, "outcome")));
		if (r == 0)
			r = take_text(item, "subject", &result->subject, err);
		if (r == 0)
			r = take_optional(item, "holds", &result->got, err);
		if (r == 0)
			r = take_optional(item, "reason", &result->reason, err);
	}
	txn->undone = true;
	return r;
}

static const struct {
	const char *name;
	int (*read)(struct txn *txn, const json_t *object, struct err *err);
} types[RECORD_TYPES] = {
	[RECORD_BEGIN] = {"begin", NULL}, /* makes its transaction */
	[RECORD_STEP] = {"step", read_step},
	[RECORD_COMMIT] = {"commit", read_commit},
	[RECORD_CONFIRMED] = {"confirmed", read_confirmed},
	[RECORD_UNDOING] = {"undoing", read_undoing},
	[RECORD_UNDONE] = {"undone", read_undone},
};

static int read_object(struct txn_list *list, const json_t *object, struct err *err)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	uint64_t number;
	struct txn *txn;
	int r = take_count(object, "txn", INT64_MAX, &number, err);

	if (r < 0)
		return r;
	if (str_equal(type, types[RECORD_BEGIN].name))
		return read_begin(list, number, object, err);
	txn = txn_find(list, number);
	if (!txn)
		return err_set(err, EBADMSG, "it is about transaction %llu, which never began",
			       (unsigned long long)number);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].read && str_equal(type, types[i].name))
			return types[i].read(txn, object, err);
	}
	return err_set(err, EBADMSG, "a record of a type that this version does not know");
}

int record_read(struct txn_list *list, const char *text, size_t len, struct err *err)
{
	json_error_t error;
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	int r = object ? read_object(list, object, err)
		       : err_set(err, EBADMSG, "its text is not JSON: %s", error.text);

	json_decref(object);
	return r;
}

/* Both move past what they take. */
static bool skip(const char **at, const char *end, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(end - *at) < len || memcmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool skip_number(const char **at, const char *end, uint64_t *out)
{
	const char *start = *at;

	*out = 0;
	for (; *at < end && **at >= '0' && **at <= '9' && *at - start < 18; ++*at)
		*out = *out * 10 + (uint64_t)(**at - '0');
	return *at > start && *start != '0';
}

bool record_peek(const char *text, size_t len, struct record_head *head)
{
	/* a quote within a string is escaped: only the member itself looks like this */
	static const char never[] = ",\"confirm\":{\"within_s\":0,";
	const char *end = text + len;
	size_t type = 0;

	if (!skip(&text, end, "{\"type\":\""))
		return false;
	while (type < RECORD_TYPES && !skip(&text, end, types[type].name))
		type++;
	if (type == RECORD_TYPES || !skip(&text, end, "\",\"txn\":") ||
	    !skip_number(&text, end, &head->txn))
		return false;
	head->type = (enum record_type)type;
	head->confirm = type == RECORD_BEGIN &&
			!memmem(text, (size_t)(end - text), never, sizeof(never) - 1);
	if (type == RECORD_COMMIT || type == RECORD_CONFIRMED)
		return end - text == 1 && *text == '}';
	return end - text > 1 && *text == ',';
}
