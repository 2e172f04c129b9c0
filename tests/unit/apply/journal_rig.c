/* tests/unit/apply/journal_rig.c - see journal_rig.h. */
#include "tests/unit/unit.h"

#include "tests/unit/apply/journal_rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/record.h"
#include "base/file.h"

void folder_init(struct folder *folder)
{
	struct err err;

	folder->tree = mem_alloc(sizeof(*folder->tree));
	/* in memory, where there is such a place: these tests sync thousands of times */
	snprintf(folder->tree->path, sizeof(folder->tree->path), "%s/fettle-test-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(folder->tree->path));
	assert_int_equal(durable_folder_open(folder->tree->path, 0, &folder->folder, &err), 0);
}

void folder_fini(struct folder *folder)
{
	durable_folder_fini(&folder->folder);
	tree_free(folder->tree);
}

void make_txn(struct txn *txn)
{
	struct txn_key *key = MEM_APPEND(txn->keys, txn->n_keys);
	struct txn_file *file = MEM_APPEND(txn->files, txn->n_files);

	key->key = mem_strdup("net.core.somaxconn");
	key->kind = VALUE_INTEGER;
	key->from = mem_strdup("128");
	key->to = mem_strdup("4096");
	key = MEM_APPEND(txn->keys, txn->n_keys);
	key->key = mem_strdup("net.ipv4.tcp_rmem");
	key->kind = VALUE_VECTOR;
	key->from = mem_strdup("1\t2\t3 \"\\\303\244");
	key->side = true;
	file->path = mem_strdup("sysctl.d/60-fettle.conf");
	file->after = mem_strdup("a = b\n");
	*MEM_APPEND(txn->modules, txn->n_modules) = mem_strdup("tcp_bbr");
	txn->boot_id = mem_strdup("boot");
	txn->time = mem_strdup("2026-06-15T12:00:00Z");
	txn->version = mem_strdup("0.1.0");
	txn->profile.name = mem_strdup("web");
	txn->netns = (struct apply_netns){4026531840, 7};
	txn->by = (struct txn_by){.uid = 1, .loginuid = (unsigned)-1, .pid = 3};
	txn->confirm_within_s = 60;
	txn->confirm_deadline_ns = 123456789012345;
}

struct journal *open_journal(struct folder *folder, enum journal_mode mode)
{
	struct journal *journal;
	struct err err;

	if (journal_open(&folder->folder, mode, &journal, &err) < 0)
		fail_msg("%s", err.text);
	return journal;
}

void add(struct journal *journal, char *record)
{
	struct err err;

	if (journal_append(journal, record, JOURNAL_LAZY, &err) < 0)
		fail_msg("%s", err.text);
}

struct txn *begin(struct journal *journal)
{
	_cleanup_(txn_fini) struct txn txn = {0};
	struct txn *begun;
	struct err err;

	make_txn(&txn);
	if (journal_begin(journal, &txn, &begun, &err) < 0)
		fail_msg("%s", err.text);
	return begun;
}

char *read_file(struct folder *folder, size_t *len)
{
	char *text;
	struct err err;

	assert_int_equal(file_read(folder->folder.fd, "journal", 1 << 20, &text, len, &err), 0);
	return text;
}
