/* sock/walk.c - see walk.h.
 *
 * Owners first, then the sockets: one that is closed in between costs nothing, and one that is
 * opened in between is told without owner. The other way round, every socket would have to be
 * kept until its owner is found. */
#include "sock/walk.h"

#include "proc/process.h"

/* Why options or owners of a socket are not known. */
enum why {
	WHY_NONE_HOLDS,
	WHY_NONE_HELD,
	WHY_NONE_SEEN,
	WHY_NOT_READ,
	WHY_NOT_ALL_READ,
	WHY_NOT_TOLD,
	WHY_COUNT
};

static const char *const reasons[WHY_COUNT] = {
	[WHY_NONE_HOLDS] = "no process holds it",
	[WHY_NONE_HELD] = "no process held it when the owners were read",
	[WHY_NONE_SEEN] = "no process that may be looked at held it when the owners were read",
	[WHY_NOT_READ] = "not read: options need BPF or --options=pidfd",
	[WHY_NOT_ALL_READ] = "not read: its owner may not be looked at, or enough had been read",
	[WHY_NOT_TOLD] = "not told by this kernel",
};

struct walk {
	const struct sock_walk_options *options;
	sock_visit *visit;
	void *context;
	struct socket_coverage *coverage;
	const char *netns; /* that is dumped now; NULL: our own */
	struct owners *owners;
	bool is_denied; /* there are processes that may not be looked at */
	bool can_read;  /* the source reads options */
	struct process_cache *processes;
	struct socket_owner *named; /* of the socket at hand */
	size_t named_room;
	size_t gaps[WHY_COUNT]; /* sockets that have each */
	int stopped;            /* what the visitor returned */
};

static const struct sock_source *const sources[SOCK_SOURCE_COUNT] = {
	[SOCK_SOURCE_BPF] = &sock_source_bpf,
	[SOCK_SOURCE_PIDFD] = &sock_source_pidfd,
	[SOCK_SOURCE_PROC] = &sock_source_proc,
};

static int collect_from(struct walk *walk, enum sock_source_kind kind, struct err *err)
{
	int r;

	owners_free(walk->owners);
	walk->owners = owners_new();
	r = sources[kind]->collect(&walk->options->source_options, walk->owners, walk->coverage,
				   err);
	if (r)
		return r;
	walk->is_denied = socket_coverage_find(walk->coverage, SHORTFALL_OWNERS);
	walk->can_read = kind != SOCK_SOURCE_PROC;
	walk->coverage->options_source = walk->can_read ? sources[kind]->name : "none";
	return 0;
}

static int collect(struct walk *walk, struct err *err)
{
	enum sock_source_kind kind = walk->options->source;
	int r;

	if (kind == SOCK_SOURCE_AUTO) {
		if (collect_from(walk, SOCK_SOURCE_BPF, err) == 0) {
			owners_sort(walk->owners);
			return 0;
		}
		socket_coverage_add(walk->coverage, SHORTFALL_OPTIONS, "options by BPF", err->text,
				    0);
		kind = SOCK_SOURCE_PROC;
	}
	r = collect_from(walk, kind, err);
	if (!r)
		owners_sort(walk->owners);
	return r;
}

static void name_owners(struct walk *walk, struct socket_record *record, const struct owner *found,
			size_t count)
{
	while (walk->named_room < count) {
		walk->named = mem_grow(walk->named, walk->named_room, sizeof(*walk->named));
		walk->named_room = walk->named_room ? walk->named_room * 2 : 4;
	}
	for (size_t i = 0; i < count; i++) {
		const struct process *process = process_get(walk->processes, found[i].pid);

		walk->named[i] = (struct socket_owner){
			.pid = found[i].pid,
			.fd = found[i].fd,
			.comm = process->comm,
			.unit = process->unit,
			.container = process->container,
		};
	}
	record->owners = walk->named;
	record->n_owners = count;
}

/* What sock_diag told stays: it is newer. A source may know that a buffer's size is an option and
 * yet leave the size to sock_diag. */
static void join_options(struct socket_record *record, const struct sock_options *set)
{
	uint32_t missing = set->known & ~record->known;

	for (unsigned i = 0; i < SOCKOPT_COUNT; i++) {
		if (!(missing & SOCKOPT_BIT(i)))
			continue;
		if ((i == SOCKOPT_RCVBUF || i == SOCKOPT_SNDBUF) && !set->values[i])
			continue;
		record->options[i] = set->values[i];
		record->known |= SOCKOPT_BIT(i);
	}
	if (missing & SOCKOPT_BIT(SOCKOPT_CONGESTION))
		record->congestion = set->congestion;
	record->congestion_by = set->congestion_by;
}

/* What is left of a connection, or not one yet: the kernel keeps no options for it. */
static bool has_options(const struct socket_record *record)
{
	return record->has_queues || record->inode;
}

static enum why why_unknown(const struct walk *walk, const struct socket_record *record,
			    const struct sock_options *set)
{
	if (!record->inode)
		return WHY_NONE_HOLDS;
	if (!record->n_owners)
		return walk->is_denied ? WHY_NONE_SEEN : WHY_NONE_HELD;
	if (!set)
		return walk->can_read ? WHY_NOT_ALL_READ : WHY_NOT_READ;
	return WHY_NOT_TOLD;
}

static void note_gaps(struct walk *walk, struct socket_record *record,
		      const struct sock_options *set)
{
	uint32_t left_out = 0, unknown;
	enum why why;

	if (walk->options->filter.brief) /* nobody asked for them */
		left_out = SOCKOPT_BIT(SOCKOPT_RCVBUF) | SOCKOPT_BIT(SOCKOPT_SNDBUF) |
			   SOCKOPT_BIT(SOCKOPT_CONGESTION);
	unknown = socket_options_of(record->kind) & ~record->known & ~left_out;
	record->known &= socket_options_of(record->kind);
	if (!unknown || !has_options(record)) {
		walk->coverage->fully_read++;
		return;
	}
	why = why_unknown(walk, record, set);
	record->gaps[record->n_gaps++] = (struct socket_gap){unknown, reasons[why]};
	walk->gaps[why]++;
}

static void join(struct walk *walk, struct socket_record *record)
{
	const struct sock_options *set;
	const struct owner *found;
	size_t count = owners_find(walk->owners, record->inode, &found, &set);

	name_owners(walk, record, found, count);
	if (set)
		join_options(record, set);
	if (record->inode && !count) {
		walk->coverage->without_owner++;
		record->owners_unknown = reasons[why_unknown(walk, record, set)];
		record->owners_denied = walk->is_denied;
	}
	note_gaps(walk, record, set);
}

static int take(void *context, struct socket_record *record)
{
	struct walk *walk = context;

	record->netns = walk->netns;
	if (!walk->options->bare)
		join(walk, record);
	walk->coverage->seen++;
	walk->stopped = walk->visit(walk->context, record);
	return walk->stopped;
}

static int open_diag(void *context, struct err *err)
{
	return sock_diag_open(context, err);
}

static int dump_here(struct walk *walk, struct sock_diag *diag, struct err *err)
{
	int r = sock_diag_dump(diag, &walk->options->filter, take, walk, walk->coverage, err);

	return walk->stopped ? 0 : r;
}

static int dump_own(struct walk *walk, struct err *err)
{
	_cleanup_(sock_diag_freep) struct sock_diag *diag = NULL;
	int r = sock_diag_open(&diag, err);

	walk->netns = NULL;
	return r ? r : dump_here(walk, diag, err);
}

/* Only its socket is opened inside: a visitor is never in a foreign namespace. */
static int dump_namespace(struct walk *walk, const struct netns *netns, struct err *err)
{
	_cleanup_(sock_diag_freep) struct sock_diag *diag = NULL;
	bool is_own = !netns->name[0];
	_cleanup_free_ char *what = is_own ? mem_strdup("our own network namespace")
					   : mem_printf("namespace %s", netns->name);
	int r;

	if (netns->unreadable)
		socket_coverage_add(walk->coverage, SHORTFALL_SOCKETS, what, netns->unreadable, 0);
	r = is_own ? sock_diag_open(&diag, err) : netns_run(netns, open_diag, &diag, err);
	walk->netns = is_own ? NULL : netns->name;
	if (!r)
		r = dump_here(walk, diag, err);
	if (r && !netns->unreadable)
		socket_coverage_add(walk->coverage, SHORTFALL_SOCKETS, what, err->text, 0);
	return r;
}

/* An error when not one could be dumped. */
static int dump_namespaces(struct walk *walk, const struct netns_list *list, struct err *err)
{
	size_t failed = 0;
	struct err last;

	if (list->hidden)
		socket_coverage_add(walk->coverage, SHORTFALL_SOCKETS, "network namespaces",
				    "those of processes that may not be looked at are not known",
				    0);
	for (size_t i = 0; i < list->count && !walk->stopped; i++) {
		if (dump_namespace(walk, &list->items[i], &last)) {
			*err = last;
			failed++;
		}
	}
	return list->count && failed == list->count ? -err->code : 0;
}

int sock_walk(const struct sock_walk_options *options, sock_visit *visit, void *context,
	      struct socket_coverage *coverage, struct err *err)
{
	struct walk walk = {
		.options = options,
		.visit = visit,
		.context = context,
		.coverage = coverage,
		.processes = process_cache_new(),
	};
	int r = options->bare ? 0 : collect(&walk, err);

	if (!r && options->namespaces)
		r = dump_namespaces(&walk, options->namespaces, err);
	else if (!r)
		r = dump_own(&walk, err);
	for (unsigned i = 0; i < WHY_COUNT; i++)
		if (walk.gaps[i] && i != WHY_NOT_ALL_READ) /* which the source itself counts */
			socket_coverage_add(coverage, SHORTFALL_OPTIONS, "options of sockets",
					    reasons[i], walk.gaps[i]);
	owners_free(walk.owners);
	process_cache_free(walk.processes);
	free(walk.named);
	return r ? r : walk.stopped;
}
