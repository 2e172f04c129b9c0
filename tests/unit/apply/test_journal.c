/* tests/unit/apply/test_journal.c - records kept, torn ends cut, damage refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/journal.h"
#include "apply/record.h"
#include "base/file.h"
#include "base/str.h"
#include "tests/unit/apply/journal_rig.h"

/* One transaction with every record, and one that was only begun. */
static void fill(struct folder *folder)
{
	_cleanup_(journal_freep) struct journal *journal = open_journal(folder, JOURNAL_WRITE);
	struct txn *txn = begin(journal);

	txn->keys[0].got = mem_strdup("4096");
	add(journal, record_step(txn, 0));
	add(journal, record_commit(txn));
	add(journal, record_confirmed(txn));
	txn->keys[1].leave = true;
	txn->files[0].leave = true;
	txn->undo_why = mem_strdup("rollback");
	txn->undo_time = mem_strdup("2026-06-15T12:00:01Z");
	add(journal, record_undoing(txn));
	*MEM_APPEND(txn->undo_results, txn->n_undo_results) =
		(struct txn_result){.subject = mem_strdup("net.core.somaxconn"),
				    .outcome = "left",
				    .got = mem_strdup("7"),
				    .reason = mem_strdup("changed")};
	add(journal, record_undone(txn));
	begin(journal);
}

static void write_file(struct folder *folder, const char *data, size_t len)
{
	_cleanup_fd_ int fd =
		openat(folder->folder.fd, "journal", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(durable_write_all(fd, data, len), 0);
}

static void test_what_is_written_is_read(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_(journal_freep) struct journal *journal = NULL;
	const struct txn *txn;

	(void)state;
	folder_init(&folder);
	fill(&folder);
	journal = open_journal(&folder, JOURNAL_READ);
	assert_int_equal(journal_txns(journal)->count, 2);
	txn = &journal_txns(journal)->txns[0];
	assert_int_equal(txn->number, 1);
	assert_string_equal(txn->boot_id, "boot");
	assert_string_equal(txn->profile.name, "web");
	assert_null(txn->profile.file);
	assert_int_equal(txn->netns.cookie, 7);
	assert_int_equal(txn->by.loginuid, (unsigned)-1);
	assert_int_equal(txn->confirm_deadline_ns, 123456789012345);
	assert_string_equal(txn->modules[0], "tcp_bbr");
	assert_string_equal(txn->keys[0].got, "4096");
	assert_int_equal(txn->keys[1].kind, VALUE_VECTOR);
	assert_string_equal(txn->keys[1].from, "1\t2\t3 \"\\\303\244");
	assert_null(txn->keys[1].to);
	assert_true(txn->keys[1].side && txn->keys[1].leave && !txn->keys[0].leave);
	assert_null(txn->files[0].before);
	assert_string_equal(txn->files[0].after, "a = b\n");
	assert_true(txn->files[0].leave);
	assert_int_equal(txn_state(txn), TXN_UNDONE);
	assert_string_equal(txn->undo_results[0].outcome, "left");
	assert_string_equal(txn->undo_results[0].got, "7");
	assert_int_equal(txn_state(&journal_txns(journal)->txns[1]), TXN_OPEN);
	assert_int_equal(journal_txns(journal)->txns[1].number, 2);
}

static void test_no_journal_is_no_transaction(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_(journal_freep) struct journal *journal = NULL;
	struct err err;

	(void)state;
	folder_init(&folder);
	journal = open_journal(&folder, JOURNAL_READ);
	assert_int_equal(journal_txns(journal)->count, 0);
	assert_int_equal(faccessat(folder.folder.fd, "journal", F_OK, 0), -1);
	assert_int_equal(journal_append(journal, mem_strdup("{}"), JOURNAL_LAZY, &err), -EROFS);
}

static const enum journal_mode writing[] = {JOURNAL_WRITE, JOURNAL_BEGIN};

/* Cut at any byte it can be opened, holds no more than before, and can be written on. */
static void cut_at_every_byte(enum journal_mode mode)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_free_ char *whole = NULL;
	size_t len, most = 0;

	folder_init(&folder);
	fill(&folder);
	whole = read_file(&folder, &len);
	for (size_t cut = 0; cut <= len; cut++) {
		_cleanup_(journal_freep) struct journal *journal = NULL, *again = NULL;
		size_t count;

		write_file(&folder, whole, cut);
		journal = open_journal(&folder, mode);
		count = journal_txns(journal)->count;
		assert_true(count >= most && count <= 2);
		most = count;
		begin(journal);
		again = open_journal(&folder, JOURNAL_READ);
		assert_int_equal(journal_txns(again)->count, count + 1);
	}
	assert_int_equal(most, 2);
}

static void test_cut_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(writing); i++)
		cut_at_every_byte(writing[i]);
}

/* No flipped bit goes unnoticed, but in the last newline, which carries nothing. */
static void every_bit_flipped(enum journal_mode mode)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_free_ char *whole = NULL, *prefix = NULL;
	size_t len;

	folder_init(&folder);
	fill(&folder);
	whole = read_file(&folder, &len);
	prefix = mem_printf("%s/journal", folder.tree->path);
	for (size_t bit = 0; bit < len * 8; bit++) {
		_cleanup_(journal_freep) struct journal *journal = NULL;
		_cleanup_free_ char *after = NULL;
		size_t after_len;
		struct err err;
		int r;

		whole[bit / 8] = (char)(whole[bit / 8] ^ 1 << bit % 8);
		write_file(&folder, whole, len);
		r = journal_open(&folder.folder, mode, &journal, &err);
		if (bit / 8 == len - 1) {
			assert_int_equal(r, 0);
			assert_int_equal(journal_txns(journal)->count, 2);
		} else {
			assert_int_equal(r, bit / 8 < 17 ? -EPROTO : -EBADMSG);
			assert_true(str_starts(err.text, prefix));
			after = read_file(&folder, &after_len);
			assert_int_equal(after_len, len);
			assert_memory_equal(after, whole, len);
		}
		whole[bit / 8] = (char)(whole[bit / 8] ^ 1 << bit % 8);
	}
}

static void test_every_bit_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(writing); i++)
		every_bit_flipped(writing[i]);
}

/* A file system that grew the file but lost the data. */
static void test_unwritten_blocks_are_cut(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_(journal_freep) struct journal *journal = NULL;
	_cleanup_free_ char *whole = NULL, *after = NULL;
	char zeros[600] = "0123456789", rest[] = "\n";
	size_t len, after_len;
	int fd;

	(void)state;
	folder_init(&folder);
	fill(&folder);
	whole = read_file(&folder, &len);
	fd = openat(folder.folder.fd, "journal", O_WRONLY | O_APPEND);
	assert_int_equal(durable_write_all(fd, zeros, sizeof(zeros)), 0);
	assert_int_equal(durable_write_all(fd, rest, 1), 0);
	close(fd);
	journal = open_journal(&folder, JOURNAL_WRITE);
	after = read_file(&folder, &after_len);
	assert_int_equal(after_len, len);
	assert_memory_equal(after, whole, len);
}

static void test_damage_says_where_and_what_to_do(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_free_ char *whole = NULL, *want = NULL;
	struct journal *journal;
	size_t len;
	struct err err;

	(void)state;
	folder_init(&folder);
	fill(&folder);
	whole = read_file(&folder, &len);
	whole[40] ^= 1;
	write_file(&folder, whole, len);
	assert_int_equal(journal_open(&folder.folder, JOURNAL_READ, &journal, &err), -EBADMSG);
	want = mem_printf(
		"%s/journal: line 2, at byte 17, is damaged: its checksum does not fit. Nothing "
		"was changed. Move the file aside to begin a new one (mv %s/journal "
		"%s/journal.damaged); transactions in it can then not be rolled back",
		folder.tree->path, folder.tree->path, folder.tree->path);
	assert_string_equal(err.text, want);
}

static void test_foreign_files(void **state)
{
	static const char *const foreign[] = {"{}\n", "fettle-journal 2\n", "\n",
					      "fettle-journal 1\r\n", "\0\0\0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		_cleanup_folder_ struct folder folder;
		struct journal *journal;
		struct err err;

		folder_init(&folder);
		write_file(&folder, foreign[i], i == 4 ? 3 : strlen(foreign[i]));
		assert_int_equal(journal_open(&folder.folder, JOURNAL_WRITE, &journal, &err),
				 -EPROTO);
	}
}

/* Whole lines that make no sense: another version's, or somebody's. */
static void test_records_out_of_place(void **state)
{
	static const char *const records[] = {
		"{\"type\":\"commit\",\"txn\":9}",
		"{\"type\":\"merge\",\"txn\":1}",
		"{\"type\":\"begin\",\"txn\":1}",
		"{\"txn\":1}",
		"{\"type\":\"commit\"}",
		"{\"type\":\"step\",\"txn\":1,\"n\":2,\"got\":\"\"}",
		"{\"type\":\"step\",\"txn\":1,\"n\":0,\"got\":7}",
		"{\"type\":\"undoing\",\"txn\":1,\"why\":\"x\",\"leave\":[5],\"leave_files\":[]}",
		"{\"type\":\"commit\",\"txn\":-1}",
		"[]",
		"7",
		"not JSON",
		"{\"type\":\"commit\",\"txn\":1,\"txn\":1}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		_cleanup_folder_ struct folder folder;
		struct journal *journal;
		struct err err;

		folder_init(&folder);
		fill(&folder);
		journal = open_journal(&folder, JOURNAL_WRITE);
		add(journal, mem_strdup(records[i]));
		journal_free(journal);
		for (size_t j = 0; j < ARRAY_SIZE(writing); j++)
			assert_int_equal(journal_open(&folder.folder, writing[j], &journal, &err),
					 -EBADMSG);
	}
}

static void test_text_that_is_not_utf8(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_(journal_freep) struct journal *journal = NULL;
	_cleanup_(txn_fini) struct txn txn = {0};
	struct txn *begun;
	struct err err;

	(void)state;
	folder_init(&folder);
	journal = open_journal(&folder, JOURNAL_WRITE);
	make_txn(&txn);
	mem_replace(&txn.keys[0].from, "\377");
	assert_int_equal(journal_begin(journal, &txn, &begun, &err), -EBADMSG);
	assert_int_equal(journal_txns(journal)->count, 0);
}

/* What JOURNAL_BEGIN makes of it, a number and a letter each: brief or read. */
static char *describe(struct folder *folder)
{
	_cleanup_(journal_freep) struct journal *journal = open_journal(folder, JOURNAL_BEGIN);
	const struct txn_list *list = journal_txns(journal);
	struct strbuf text = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct txn *txn = &list->txns[i];

		assert_int_equal(txn->brief, !txn->boot_id);
		assert_int_equal(txn->brief, txn->n_keys == 0);
		strbuf_printf(&text, "%s%d %s%s", i ? ", " : "", (int)txn->number,
			      txn_state_name(txn_state(txn)), txn->brief ? "" : " read");
	}
	return strbuf_take(&text);
}

static void begin_unconfirmed(struct journal *journal)
{
	_cleanup_(txn_fini) struct txn txn = {0};
	struct txn *begun;
	struct err err;

	make_txn(&txn);
	txn.confirm_within_s = 0;
	/* what looks like a member is only a text */
	mem_replace(&txn.profile.name, ",\"confirm\":{\"within_s\":60,");
	assert_int_equal(journal_begin(journal, &txn, &begun, &err), 0);
	add(journal, record_commit(begun));
}

static void test_what_is_over_is_brief(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_free_ char *got = NULL;
	struct journal *journal;
	const struct txn *txn;

	(void)state;
	folder_init(&folder);
	fill(&folder);
	journal = open_journal(&folder, JOURNAL_BEGIN);
	add(journal, record_commit(begin(journal)));
	begin_unconfirmed(journal);
	txn = begin(journal);
	add(journal, record_commit(txn));
	add(journal, record_confirmed(txn));
	journal_free(journal);
	got = describe(&folder);
	assert_string_equal(got, "1 undone, 2 open read, 3 pending read, 4 done, 5 done");
}

/* What is read afterwards is all there; begun transactions number on. */
static void test_brief_is_read_when_asked(void **state)
{
	_cleanup_folder_ struct folder folder;
	struct journal *journal;
	const struct txn *txn;

	(void)state;
	folder_init(&folder);
	journal = open_journal(&folder, JOURNAL_BEGIN);
	begin_unconfirmed(journal);
	journal_free(journal);
	journal = open_journal(&folder, JOURNAL_BEGIN);
	assert_true(journal_txns(journal)->txns[0].brief);
	begin_unconfirmed(journal);
	journal_free(journal);
	journal = open_journal(&folder, JOURNAL_WRITE);
	assert_int_equal(journal_txns(journal)->count, 2);
	txn = txn_find(journal_txns(journal), 1);
	assert_non_null(txn);
	assert_false(txn->brief);
	assert_int_equal(txn->n_keys, 2);
	assert_string_equal(txn->keys[0].from, "128");
	assert_int_equal(txn_last_done(journal_txns(journal))->number, 2);
	journal_free(journal);
}

/* A transaction that went no usual way, or a record in another's hand, is read. */
static void test_unusual_records_are_read(void **state)
{
	static const struct {
		const char *record, *want;
	} rows[] = {
		{"{\"type\":\"step\",\"txn\":1,\"n\":0,\"got\":\"7\"}", "1 done read, 2 done"},
		{"{\"type\":\"commit\",\"txn\":1}", "1 done read, 2 done"},
		{"{\"type\":\"confirmed\",\"txn\":1}", "1 done read, 2 done"},
		{"{\"type\":\"undone\",\"txn\":1,\"why\":\"x\",\"time\":\"y\",\"steps\":[]}",
		 "1 undone, 2 done"},
		{"{\"type\":\"undone\", \"txn\":1,\"why\":\"x\",\"time\":\"y\",\"steps\":[]}",
		 "1 undone read, 2 done read"},
		{"{\"txn\":1,\"type\":\"commit\"}", "1 done read, 2 done read"},
		{"{\"type\":\"commit\",\"txn\":1,\"more\":1}", "1 done read, 2 done read"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_folder_ struct folder folder;
		_cleanup_free_ char *got = NULL;
		struct journal *journal;

		folder_init(&folder);
		journal = open_journal(&folder, JOURNAL_BEGIN);
		begin_unconfirmed(journal);
		begin_unconfirmed(journal);
		add(journal, mem_strdup(rows[i].record));
		journal_free(journal);
		got = describe(&folder);
		assert_string_equal(got, rows[i].want);
	}
}

/* 205 transactions, all over but the fourth; then one more record. */
static void fill_many(struct folder *folder, const char *last)
{
	_cleanup_(journal_freep) struct journal *journal = open_journal(folder, JOURNAL_BEGIN);

	for (unsigned i = 0; i < 205; i++) {
		const struct txn *txn = begin(journal);

		if (i != 3) {
			add(journal, record_commit(txn));
			add(journal, record_confirmed(txn));
		}
	}
	add(journal, mem_strdup(last));
}

/* The lines of `text` that are about the fourth transaction, or one from the 106th on. */
static char *keep_lines(char *text)
{
	struct strbuf kept = {0};

	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		const char *at = strstr(line, "\"txn\":");
		unsigned long number = at && at < end ? strtoul(at + 6, NULL, 10) : 0;

		if (!number || number == 4 || number > 105)
			strbuf_add(&kept, line, (size_t)(end + 1 - line));
	}
	return strbuf_take(&kept);
}

/* It grows without bound no more than it must: the last hundred, and what is not over. */
static void test_rewrite_keeps_the_last(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_free_ char *whole = NULL, *after = NULL, *want = NULL;
	struct journal *journal;
	struct txn_list *list;
	size_t len;

	(void)state;
	folder_init(&folder);
	/* what is not known here is kept all the same */
	fill_many(&folder, "{\"type\":\"step\",\"txn\":4,\"n\":0,\"got\":\"7\",\"more\":1}");
	whole = read_file(&folder, &len);
	/* reading does not drop any, nor does writing */
	journal_free(open_journal(&folder, JOURNAL_READ));
	journal_free(open_journal(&folder, JOURNAL_WRITE));
	after = read_file(&folder, &len);
	assert_string_equal(after, whole);
	free(after);
	journal = open_journal(&folder, JOURNAL_BEGIN);
	assert_int_equal(journal_txns(journal)->count, 101);
	assert_int_equal(begin(journal)->number, 206);
	journal_free(journal);
	journal = open_journal(&folder, JOURNAL_READ);
	list = journal_txns(journal);
	assert_int_equal(list->count, 102);
	assert_int_equal(list->txns[0].number, 4);
	assert_int_equal(txn_state(&list->txns[0]), TXN_OPEN);
	assert_string_equal(list->txns[0].keys[0].got, "7");
	assert_int_equal(list->txns[1].number, 106);
	assert_int_equal(list->txns[100].number, 205);
	assert_int_equal(txn_state(&list->txns[100]), TXN_DONE);
	journal_free(journal);
	want = keep_lines(whole);
	after = read_file(&folder, &len);
	assert_memory_equal(after, want, strlen(want));
}

/* Which transaction a record is about must be sure before anything is dropped. */
static void test_no_rewrite_of_what_is_strange(void **state)
{
	_cleanup_folder_ struct folder folder;
	_cleanup_free_ char *whole = NULL, *after = NULL;
	struct journal *journal;
	size_t len;

	(void)state;
	folder_init(&folder);
	fill_many(&folder, "{\"txn\":205,\"type\":\"commit\"}");
	whole = read_file(&folder, &len);
	journal = open_journal(&folder, JOURNAL_BEGIN);
	assert_int_equal(journal_txns(journal)->count, 205);
	journal_free(journal);
	after = read_file(&folder, &len);
	assert_string_equal(after, whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_no_journal_is_no_transaction),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_every_bit_flipped),
		cmocka_unit_test(test_unwritten_blocks_are_cut),
		cmocka_unit_test(test_damage_says_where_and_what_to_do),
		cmocka_unit_test(test_foreign_files),
		cmocka_unit_test(test_records_out_of_place),
		cmocka_unit_test(test_text_that_is_not_utf8),
		cmocka_unit_test(test_what_is_over_is_brief),
		cmocka_unit_test(test_brief_is_read_when_asked),
		cmocka_unit_test(test_unusual_records_are_read),
		cmocka_unit_test(test_rewrite_keeps_the_last),
		cmocka_unit_test(test_no_rewrite_of_what_is_strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
