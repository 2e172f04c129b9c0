/* apply/journal.c - see journal.h. */
#include "apply/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/crc32c.h"
#include "apply/record.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/str.h"

enum {
	CRC_DIGITS = 8,
	MOST_BYTES = 256 << 20,
	MOST_TXNS = 200, /* above this the file is rewritten with the last KEPT_TXNS */
	KEPT_TXNS = 100,
};

static const char file_name[] = "journal";
static const char first_line[] = "fettle-journal 1\n";

struct journal {
	const struct durable_folder *folder;
	int fd; /* -1: opened for reading */
	off_t size;
	struct txn_list txns;
};

/* What reading came to: the whole records end at `end`. */
struct scan {
	const char *data;
	size_t len, end;
	unsigned line;
	bool newline_missing;  /* of the last record, which is whole but for that */
	struct txn_list heads; /* JOURNAL_BEGIN: all transactions; none owns anything */
	/* a record is not as this program writes them: `heads` says too little, and everything is
	 * read */
	bool strange;
};

static void scan_fini(struct scan *scan)
{
	free(scan->heads.txns);
}

/* In front of a record, in small letters, and a blank. */
static void write_crc(char out[static CRC_DIGITS + 1], const char *record, size_t len)
{
	uint32_t crc = crc32c(record, len);

	for (unsigned i = CRC_DIGITS; i > 0; i--, crc >>= 4)
		out[i - 1] = "0123456789abcdef"[crc & 15];
	out[CRC_DIGITS] = ' ';
}

static bool is_record(const char *line, size_t len)
{
	char crc[CRC_DIGITS + 1];

	if (len <= sizeof(crc))
		return false;
	write_crc(crc, line + sizeof(crc), len - sizeof(crc));
	return memcmp(line, crc, sizeof(crc)) == 0;
}

static int damaged(const struct journal *journal, const struct scan *scan, const char *what,
		   struct err *err)
{
	const char *folder = journal->folder->path;

	return err_set(
		err, EBADMSG,
		"%s/%s: line %u, at byte %zu, is damaged: %s. Nothing was changed. Move the file "
		"aside to begin a new one (mv %s/%s %s/%s.damaged); transactions in it can then "
		"not be rolled back",
		folder, file_name, scan->line, scan->end, what, folder, file_name, folder,
		file_name);
}

static bool is_over(const struct txn *txn)
{
	enum txn_state state = txn_state(txn);

	return state == TXN_DONE || state == TXN_UNDONE;
}

/* What a record's head says of its transaction; false when there is no such transaction. One that
 * does not go the usual way is to be read, whatever became of it. */
static bool note_head(struct txn_list *list, const struct record_head *head)
{
	struct txn *txn = txn_find(list, head->txn);
	bool usual = true;

	if (head->type == RECORD_BEGIN) {
		if (list->count && list->txns[list->count - 1].number >= head->txn)
			return false;
		*MEM_APPEND(list->txns, list->count) = (struct txn){
			.number = head->txn, .confirm_within_s = head->confirm, .brief = true};
		return true;
	}
	if (!txn)
		return false;
	switch (head->type) {
	case RECORD_COMMIT:
		usual = txn_state(txn) == TXN_OPEN;
		txn->committed = true;
		break;
	case RECORD_CONFIRMED:
		usual = txn_state(txn) == TXN_PENDING;
		txn->confirmed = true;
		break;
	case RECORD_UNDOING:
		usual = !txn->undone;
		txn->undoing = true;
		break;
	case RECORD_UNDONE:
		usual = !txn->undone;
		txn->undone = true;
		break;
	default:
		usual = txn_state(txn) == TXN_OPEN;
	}
	txn->brief = txn->brief && usual;
	return true;
}

/* Notes a record whose checksum fits, so that the next one is looked for behind it. */
static void pass(struct scan *scan, size_t len)
{
	const char *record = scan->data + scan->end + CRC_DIGITS + 1;
	struct record_head head;

	if (!scan->strange)
		scan->strange = !record_peek(record, len - CRC_DIGITS - 1, &head) ||
				!note_head(&scan->heads, &head);
	scan->end += len;
}

/* A file system that grew the file before the data was on the disk shows zeros there. Records hold
 * none, and one flipped bit makes one at most. */
static bool has_unwritten_block(const char *data, size_t len)
{
	return memmem(data, len, "\0\0", 2) != NULL;
}

static bool has_record(const char *data, size_t len)
{
	while (len) {
		const char *newline = memchr(data, '\n', len);
		size_t line = newline ? (size_t)(newline - data) : len;

		if (is_record(data, line))
			return true;
		if (!newline)
			return false;
		data += line + 1;
		len -= line + 1;
	}
	return false;
}

/* What follows the last good record: torn, whole but for its newline, or damaged. */
static int scan_tail(const struct journal *journal, struct scan *scan, struct err *err)
{
	const char *tail = scan->data + scan->end;
	size_t len = scan->len - scan->end;

	if (!memchr(tail, '\n', len)) {
		size_t whole = is_record(tail, len) ? len : is_record(tail, len - 1) ? len - 1 : 0;

		scan->newline_missing = whole > 0;
		if (whole)
			pass(scan, whole);
		return 0;
	}
	if (has_unwritten_block(tail, len) && !has_record(tail, len))
		return 0;
	return damaged(journal, scan, "its checksum does not fit", err);
}

static int scan_records(const struct journal *journal, struct scan *scan, struct err *err)
{
	while (scan->end < scan->len) {
		const char *line = scan->data + scan->end;
		const char *newline = memchr(line, '\n', scan->len - scan->end);

		scan->line++;
		if (!newline || !is_record(line, (size_t)(newline - line)))
			return scan_tail(journal, scan, err);
		pass(scan, (size_t)(newline - line));
		scan->end++;
	}
	return 0;
}

/* The next of the records that `scan` found whole, from `at` on, without its newline. */
static size_t next_record(const struct scan *scan, size_t at)
{
	const char *line = scan->data + at;
	const char *newline = memchr(line, '\n', scan->end - at);

	return newline ? (size_t)(newline - line) : scan->end - at;
}

/* The transaction that a whole record is about, by its head. NULL: it is strange. */
static struct txn *find_txn(const struct txn_list *list, const char *line, size_t len,
			    struct record_head *head)
{
	return record_peek(line + CRC_DIGITS + 1, len - CRC_DIGITS - 1, head)
		       ? txn_find(list, head->txn)
		       : NULL;
}

/* What the records say, but of those transactions that may stay brief. */
static int read_records(struct journal *journal, const struct scan *scan, struct err *err)
{
	struct scan at = {.end = sizeof(first_line) - 1, .line = 1};

	for (size_t len; at.end < scan->end; at.end += len + 1) {
		const char *line = scan->data + at.end;
		struct record_head head;
		const struct txn *known;
		struct err inner;

		at.line++;
		len = next_record(scan, at.end);
		known = scan->strange ? NULL : find_txn(&scan->heads, line, len, &head);
		if (known && known->brief) {
			if (head.type == RECORD_BEGIN)
				*MEM_APPEND(journal->txns.txns, journal->txns.count) = *known;
			continue;
		}
		if (record_read(&journal->txns, line + CRC_DIGITS + 1, len - CRC_DIGITS - 1,
				&inner) < 0)
			return damaged(journal, &at, inner.text, err);
	}
	return 0;
}

/* As much as the mode asks for: nothing more, when all that was begun is over. */
static int take_txns(struct journal *journal, struct scan *scan, struct err *err)
{
	bool all_brief = !scan->strange;

	for (size_t i = 0; i < scan->heads.count; i++) {
		struct txn *txn = &scan->heads.txns[i];

		txn->brief = txn->brief && is_over(txn);
		all_brief = all_brief && txn->brief;
	}
	if (!all_brief)
		return read_records(journal, scan, err);
	journal->txns = scan->heads;
	scan->heads = (struct txn_list){0};
	return 0;
}

/* -ENOENT: there is none yet, or its creation was cut short. */
static int read_all(struct journal *journal, struct scan *scan, char **data, struct err *err)
{
	const size_t head = sizeof(first_line) - 1;
	int r = file_read(journal->folder->fd, file_name, MOST_BYTES, data, &scan->len, err);

	if (r < 0)
		return r == -ENOENT ? r : err_prefix(err, "in %s: ", journal->folder->path);
	if (scan->len < head && memcmp(*data, first_line, scan->len) == 0)
		return -ENOENT;
	if (scan->len < head || memcmp(*data, first_line, head) != 0)
		return err_set(
			err, EPROTO,
			"%s/%s does not begin with \"fettle-journal 1\": it is not a journal of "
			"this version of fettle, and is left alone. Move it aside to begin a new "
			"one",
			journal->folder->path, file_name);
	scan->data = *data;
	scan->end = head;
	scan->line = 1;
	r = scan_records(journal, scan, err);
	return r == 0 ? take_txns(journal, scan, err) : r;
}

/* Writes the file anew, without the oldest transactions that are over; what stays, stays to the
 * byte. */
static int rewrite(struct journal *journal, const struct scan *scan, struct err *err)
{
	size_t dropped = journal->txns.count > MOST_TXNS ? journal->txns.count - KEPT_TXNS : 0;
	struct txn_list kept = {0};
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_puts(&text, first_line);
	for (size_t at = sizeof(first_line) - 1, len; at < scan->end; at += len + 1) {
		struct record_head head;
		const struct txn *txn;

		len = next_record(scan, at);
		txn = find_txn(&journal->txns, scan->data + at, len, &head);
		if (txn && (!is_over(txn) || (size_t)(txn - journal->txns.txns) >= dropped)) {
			strbuf_add(&text, scan->data + at, len);
			strbuf_puts(&text, "\n");
		}
	}
	for (size_t i = 0; i < journal->txns.count; i++) {
		struct txn *txn = &journal->txns.txns[i];

		if (i < dropped && is_over(txn))
			txn_fini(txn);
		else
			*MEM_APPEND(kept.txns, kept.count) = *txn;
	}
	free(journal->txns.txns);
	journal->txns = kept;
	return durable_write(journal->folder, file_name, text.text, text.len, 0600, err);
}

static int fail(const struct journal *journal, const char *what, struct err *err)
{
	return err_set(err, errno, "cannot %s %s/%s: %s", what, journal->folder->path, file_name,
		       strerror(errno));
}

/* Cuts what a crash left behind the last record, and completes that. */
static int mend(struct journal *journal, const struct scan *scan, struct err *err)
{
	if (scan->end == scan->len && !scan->newline_missing)
		return 0;
	if (FAULT_IO("ftruncate", ftruncate(journal->fd, (off_t)scan->end)) < 0)
		return fail(journal, "cut the torn end of", err);
	FAULT_POINT("torn end cut");
	if (scan->newline_missing && durable_write_all(journal->fd, "\n", 1) < 0)
		return fail(journal, "complete the last record of", err);
	if (FAULT_IO("fdatasync", fdatasync(journal->fd)) < 0)
		return fail(journal, "sync", err);
	return 0;
}

/* `scan` NULL: it was written anew just now. */
static int open_for_writing(struct journal *journal, const struct scan *scan, struct err *err)
{
	int r;

	journal->fd = FAULT_IO("open", openat(journal->folder->fd, file_name,
					      O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
	if (journal->fd < 0)
		return fail(journal, "write to", err);
	r = scan ? mend(journal, scan, err) : 0;
	if (r < 0)
		return r;
	journal->size = lseek(journal->fd, 0, SEEK_END);
	return journal->size < 0 ? fail(journal, "find the end of", err) : 0;
}

int journal_open(const struct durable_folder *folder, enum journal_mode mode, struct journal **out,
		 struct err *err)
{
	_cleanup_(journal_freep) struct journal *journal = mem_alloc(sizeof(*journal));
	_cleanup_free_ char *data = NULL;
	_cleanup_(scan_fini) struct scan scan = {.strange = mode != JOURNAL_BEGIN};
	bool anew;
	int r;

	journal->folder = folder;
	journal->fd = -1;
	r = read_all(journal, &scan, &data, err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (mode != JOURNAL_READ) {
		anew = r == -ENOENT || (!scan.strange && journal->txns.count > MOST_TXNS);
		r = anew ? rewrite(journal, &scan, err) : 0;
		if (r == 0)
			r = open_for_writing(journal, anew ? NULL : &scan, err);
		if (r < 0)
			return r;
	}
	*out = TAKE_PTR(journal);
	return 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	txn_list_fini(&journal->txns);
	free(journal);
}

struct txn_list *journal_txns(struct journal *journal)
{
	return &journal->txns;
}

static int sync_now(struct journal *journal, struct err *err)
{
	if (FAULT_IO("fdatasync", fdatasync(journal->fd)) < 0)
		return fail(journal, "sync", err);
	FAULT_POINT("journal synced");
	return 0;
}

int journal_append(struct journal *journal, char *record, enum journal_sync sync, struct err *err)
{
	_cleanup_strbuf_ struct strbuf line = {0};
	char crc[CRC_DIGITS + 1];
	int r;

	if (!record)
		return err_set(err, EBADMSG, "a text that is not UTF-8 cannot be kept in %s/%s",
			       journal->folder->path, file_name);
	write_crc(crc, record, strlen(record));
	strbuf_add(&line, crc, sizeof(crc));
	strbuf_puts(&line, record);
	strbuf_puts(&line, "\n");
	free(record);
	if (journal->fd < 0)
		return err_set(err, EROFS, "%s/%s was opened for reading", journal->folder->path,
			       file_name);
	r = durable_write_all(journal->fd, line.text, line.len);
	FAULT_POINT("record written");
	if (r < 0)
		r = err_set(err, -r, "cannot write to %s/%s: %s", journal->folder->path, file_name,
			    strerror(-r));
	else if (sync == JOURNAL_DURABLE)
		r = sync_now(journal, err);
	if (r < 0) {
		/* half a record would be taken for a torn end: then it costs nothing either */
		int ignored = ftruncate(journal->fd, journal->size);

		(void)ignored;
		return r;
	}
	journal->size += (off_t)line.len;
	return 0;
}

/* A full disk is found before anything is written, not in the middle of it. */
static int reserve(struct journal *journal, size_t record_len, struct err *err)
{
	off_t room = (off_t)record_len * 4 + 8192; /* begin, its steps, their undo */

	if (FAULT_IO("fallocate",
		     fallocate(journal->fd, FALLOC_FL_KEEP_SIZE, journal->size, room)) == 0 ||
	    errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return fail(journal, "reserve room in", err);
}

int journal_begin(struct journal *journal, struct txn *txn, struct txn **out, struct err *err)
{
	struct txn_list *list = &journal->txns;
	char *record;
	int r;

	txn->number = list->count ? list->txns[list->count - 1].number + 1 : 1;
	record = record_begin(txn);
	r = record && journal->fd >= 0 ? reserve(journal, strlen(record), err) : 0;
	if (r < 0) {
		free(record);
		return r;
	}
	r = journal_append(journal, record, JOURNAL_DURABLE, err);
	if (r < 0)
		return r;
	*out = MEM_APPEND(list->txns, list->count);
	**out = *txn;
	*txn = (struct txn){0};
	return 0;
}
