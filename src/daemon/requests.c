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
	bool alone;
	struct connection **waiting;
	size_t n_waiting;
};

struct requests {
	struct channel *engine;
	json_int_t last_id;
	bool running; /* queue[0] is with the engine */
	struct request *queue;
	size_t count;
};

struct requests *requests_new(struct channel *engine)
{
	struct requests *requests = mem_alloc(sizeof(*requests));

	requests->engine = engine;
	requests->queue =
		mem_alloc_array(REQUESTS_MOST + REQUESTS_MOST_CHANGES, sizeof(*requests->queue));
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
	for (size_t i = 0; i < requests->count; i++)
		request_fini(&requests->queue[i]);
	free(requests->queue);
	free(requests);
}

/* Takes a request out of the queue; it is the caller's. */
static struct request take(struct requests *requests, size_t at)
{
	struct request request = requests->queue[at];

	requests->count--;
	memmove(&requests->queue[at], &requests->queue[at + 1],
		(requests->count - at) * sizeof(*requests->queue));
	return request;
}

static void run_next(struct requests *requests)
{
	struct request *next = &requests->queue[0];
	json_t *message;
	char *text;

	if (requests->running || !requests->count)
		return;
	message = json_pack("{s:I, s:s}", "id", next->id, "op", next->op);
	if (next->arguments && json_object_update_missing(message, next->arguments) < 0)
		abort();
	text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	if (!text)
		abort();
	channel_send_text(requests->engine, text);
	free(text);
	requests->running = true;
}

static bool are_same(json_t *a, json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

static struct request *find_shareable(struct requests *requests, const char *op, json_t *arguments)
{
	for (size_t i = requests->running ? 1 : 0; i < requests->count; i++) {
		struct request *request = &requests->queue[i];

		if (!request->alone && strcmp(request->op, op) == 0 &&
		    are_same(request->arguments, arguments))
			return request;
	}
	return NULL;
}

static bool takes_time(json_t *arguments)
{
	return json_integer_value(json_object_get(arguments, "sample_ms")) > 0;
}

static bool waits_for_sample(const struct requests *requests, uid_t uid)
{
	for (size_t i = requests->running ? 1 : 0; i < requests->count; i++) {
		const struct request *request = &requests->queue[i];

		for (size_t j = 0; j < request->n_waiting && takes_time(request->arguments); j++)
			if (connection_credentials(request->waiting[j])->uid == uid)
				return true;
	}
	return false;
}

/* Behind those that wait, or before the first that only reads. */
static struct request *make_room(struct requests *requests, bool alone)
{
	size_t at = requests->running ? 1 : 0;

	while (at < requests->count && (!alone || requests->queue[at].alone))
		at++;
	memmove(&requests->queue[at + 1], &requests->queue[at],
		(requests->count - at) * sizeof(*requests->queue));
	requests->count++;
	return &requests->queue[at];
}

int requests_add(struct requests *requests, const char *op, json_t *arguments, bool alone,
		 struct connection *connection)
{
	const size_t most = REQUESTS_MOST + (alone ? REQUESTS_MOST_CHANGES : 0);
	struct request *request = alone ? NULL : find_shareable(requests, op, arguments);
	int r = 0;

	if (!request && requests->count >= most)
		r = -EBUSY;
	else if (!request && takes_time(arguments) &&
		 waits_for_sample(requests, connection_credentials(connection)->uid))
		r = -EALREADY;
	if (request || r)
		json_decref(arguments);
	if (r)
		return r;
	if (!request) {
		request = make_room(requests, alone);
		*request = (struct request){.id = ++requests->last_id,
					    .op = op,
					    .arguments = arguments,
					    .alone = alone};
	}
	*MEM_APPEND(request->waiting, request->n_waiting) = connection;
	run_next(requests);
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

void requests_forget(struct requests *requests, const struct connection *connection)
{
	for (size_t i = 0; i < requests->count; i++) {
		bool runs = requests->running && i == 0;

		if (!drop_waiting(&requests->queue[i], connection))
			continue;
		if (!requests->queue[i].n_waiting && !runs) {
			struct request request = take(requests, i);

			request_fini(&request);
		}
		return;
	}
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
	struct request request;

	if (!requests->running || requests->queue[0].id != id)
		return -EPROTO;
	request = take(requests, 0);
	requests->running = false;
	run_next(requests);
	answer_all(&request, answer);
	return 0;
}

void requests_fail(struct requests *requests, struct answer *answer)
{
	while (requests->count) {
		struct request request = take(requests, 0);

		answer_all(&request, answer);
	}
}

bool requests_are_empty(const struct requests *requests)
{
	return requests->count == 0;
}
