/* daemon/requests.c - see requests.h. */
#include "daemon/requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct request {
	json_int_t id;
	const char *op;    /* static */
	json_t *arguments; /* an object, or NULL */
	uid_t uid;         /* who had it take a place */
	struct connection **waiting;
	size_t n_waiting;
};

/* What is asked one at a time. */
struct lane {
	bool running; /* queue[0] is with the engine */
	struct request *queue;
	size_t count;
};

struct requests {
	struct channel *engine;
	json_int_t last_id;
	struct lane lanes[REQUEST_KINDS];
};

struct requests *requests_new(struct channel *engine)
{
	struct requests *requests = mem_alloc(sizeof(*requests));

	requests->engine = engine;
	for (size_t i = 0; i < REQUEST_KINDS; i++)
		requests->lanes[i].queue = mem_alloc_array(REQUESTS_MOST, sizeof(struct request));
	return requests;
}

static void request_fini(struct request *request)
{
	json_decref(request->arguments);
	free(request->waiting);
}

void requests_free(struct requests *requests)
{
	if (!requests)
		return;
	for (size_t i = 0; i < REQUEST_KINDS; i++) {
		for (size_t j = 0; j < requests->lanes[i].count; j++)
			request_fini(&requests->lanes[i].queue[j]);
		free(requests->lanes[i].queue);
	}
	free(requests);
}

/* Takes a request out of the queue; it is the caller's. */
static struct request take(struct lane *lane, size_t at)
{
	struct request request = lane->queue[at];

	lane->count--;
	memmove(&lane->queue[at], &lane->queue[at + 1], (lane->count - at) * sizeof(*lane->queue));
	return request;
}

static void ask(struct requests *requests, json_int_t id, const char *op, json_t *arguments)
{
	json_t *message = json_pack("{s:I, s:s}", "id", id, "op", op);
	char *text;

	if (arguments && json_object_update_missing(message, arguments) < 0)
		abort();
	text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	if (!text)
		abort();
	channel_send_text(requests->engine, text);
	free(text);
}

static void run_next(struct requests *requests, struct lane *lane)
{
	const struct request *next = &lane->queue[0];

	if (lane->running || !lane->count)
		return;
	ask(requests, next->id, next->op, next->arguments);
	lane->running = true;
}

static bool are_same(json_t *a, json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

static struct request *find_shareable(struct lane *lane, const char *op, json_t *arguments)
{
	for (size_t i = lane->running ? 1 : 0; i < lane->count; i++) {
		struct request *request = &lane->queue[i];

		if (strcmp(request->op, op) == 0 && are_same(request->arguments, arguments))
			return request;
	}
	return NULL;
}

static bool waits(const struct lane *lane, uid_t uid)
{
	for (size_t i = lane->running ? 1 : 0; i < lane->count; i++) {
		const struct request *request = &lane->queue[i];

		for (size_t j = 0; j < request->n_waiting; j++)
			if (connection_credentials(request->waiting[j])->uid == uid)
				return true;
	}
	return false;
}

/* Root is not kept out by others, whoever they are: the last places are for root, and changes,
 * which are root's, have places of their own. */
static int find_place(const struct lane *lane, enum request_kind kind, uid_t uid)
{
	size_t of_user = 0, of_users = 0;

	if (kind == REQUEST_CHANGES)
		return lane->count < REQUESTS_MOST_CHANGES ? 0 : -EBUSY;
	for (size_t i = 0; i < lane->count; i++) {
		of_user += lane->queue[i].uid == uid;
		of_users += lane->queue[i].uid != 0;
	}
	if (uid && of_user >= REQUESTS_MOST_USER)
		return -EDQUOT;
	if (lane->count >= REQUESTS_MOST || (uid && of_users >= REQUESTS_MOST_USERS))
		return -EBUSY;
	return kind == REQUEST_LASTS && waits(lane, uid) ? -EALREADY : 0;
}

int requests_add(struct requests *requests, enum request_kind kind, const char *op,
		 json_t *arguments, struct connection *connection)
{
	struct lane *lane = &requests->lanes[kind];
	struct request *request =
		kind == REQUEST_CHANGES ? NULL : find_shareable(lane, op, arguments);
	uid_t uid = connection_credentials(connection)->uid;
	int r = request ? 0 : find_place(lane, kind, uid);

	if (request || r)
		json_decref(arguments);
	if (r)
		return r;
	if (!request) {
		request = &lane->queue[lane->count++];
		*request = (struct request){
			.id = ++requests->last_id, .op = op, .arguments = arguments, .uid = uid};
	}
	*MEM_APPEND(request->waiting, request->n_waiting) = connection;
	run_next(requests, lane);
	return 0;
}

static bool drop_waiting(struct request *request, const struct connection *connection)
{
	for (size_t i = 0; i < request->n_waiting; i++) {
		if (request->waiting[i] == connection) {
			request->waiting[i] = request->waiting[--request->n_waiting];
			return true;
		}
	}
	return false;
}

/* What waits is not begun; what lasts is ended; the rest is soon over by itself. */
static void give_up(struct requests *requests, struct lane *lane, size_t at)
{
	if (at || !lane->running) {
		struct request request = take(lane, at);

		request_fini(&request);
	} else if (lane == &requests->lanes[REQUEST_LASTS]) {
		ask(requests, lane->queue[0].id, "cancel", NULL);
	}
}

static bool forget_in(struct requests *requests, struct lane *lane,
		      const struct connection *connection)
{
	for (size_t i = 0; i < lane->count; i++) {
		if (!drop_waiting(&lane->queue[i], connection))
			continue;
		if (!lane->queue[i].n_waiting)
			give_up(requests, lane, i);
		return true;
	}
	return false;
}

void requests_forget(struct requests *requests, const struct connection *connection)
{
	for (size_t i = 0; i < REQUEST_KINDS; i++)
		if (forget_in(requests, &requests->lanes[i], connection))
			return;
}

/* The lane in which this one runs, or NULL. */
static struct lane *find_running(struct requests *requests, json_int_t id)
{
	for (size_t i = 0; i < REQUEST_KINDS; i++) {
		struct lane *lane = &requests->lanes[i];

		if (lane->running && lane->queue[0].id == id)
			return lane;
	}
	return NULL;
}

int requests_continue(struct requests *requests, json_int_t id, struct answer *answer)
{
	struct lane *lane = find_running(requests, id);

	if (!lane)
		return -EPROTO;
	/* one that has hung up is forgotten meanwhile, and the last takes its place */
	for (size_t i = lane->queue[0].n_waiting; i-- > 0;)
		connection_continue(lane->queue[0].waiting[i], answer);
	return 0;
}

/* The request is out of the queue by now: an answer may close its connection, or bring a new
 * call. */
static void answer_all(struct request *request, struct answer *answer)
{
	for (size_t i = 0; i < request->n_waiting; i++)
		connection_answer(request->waiting[i], answer);
	request_fini(request);
}

int requests_finish(struct requests *requests, json_int_t id, struct answer *answer)
{
	struct lane *lane = find_running(requests, id);
	struct request request;

	if (!lane)
		return -EPROTO;
	request = take(lane, 0);
	lane->running = false;
	run_next(requests, lane);
	answer_all(&request, answer);
	return 0;
}

/* A connection that closes is forgotten meanwhile: the last takes its place among those who wait,
 * and with the last of them a request goes that was not asked yet. */
bool requests_look(struct requests *requests)
{
	struct lane *lane = &requests->lanes[REQUEST_LASTS];

	for (size_t i = lane->count; i-- > 0;) {
		json_int_t id = lane->queue[i].id;
		size_t j = lane->queue[i].n_waiting;

		while (j-- > 0 && i < lane->count && lane->queue[i].id == id)
			connection_look(lane->queue[i].waiting[j]);
	}
	return lane->count > 0;
}

/* Those behind it first, or they would be asked. What the engine says of the one that runs is for
 * nobody then. */
void requests_end_lasting(struct requests *requests, struct answer *answer)
{
	struct lane *lane = &requests->lanes[REQUEST_LASTS];
	struct request running;

	while (lane->count > (lane->running ? 1 : 0)) {
		struct request request = take(lane, lane->count - 1);

		answer_all(&request, answer);
	}
	if (!lane->count)
		return;
	running = lane->queue[0];
	lane->queue[0] = (struct request){.id = running.id, .op = running.op, .uid = running.uid};
	ask(requests, running.id, "cancel", NULL);
	answer_all(&running, answer);
}

void requests_fail(struct requests *requests, struct answer *answer)
{
	for (size_t i = 0; i < REQUEST_KINDS; i++) {
		while (requests->lanes[i].count) {
			struct request request = take(&requests->lanes[i], 0);

			answer_all(&request, answer);
		}
	}
}

bool requests_are_empty(const struct requests *requests)
{
	for (size_t i = 0; i < REQUEST_KINDS; i++)
		if (requests->lanes[i].count)
			return false;
	return true;
}
