/* probes/estimate.c - see estimate.h. */
#include "probes/estimate.h"

#include <string.h>

#include "base/mem.h"

enum {
	RING = 4096,
	SAMPLES_OF_WINDOW = 1024, /* kept, so that several windows have room */
	WINDOW_LEAST_US = 80000,
	WINDOW_LEAST_TRIPS = 2,
	WINDOW_LEAST_SEGMENTS = 100,
	WINDOW_SHARE = 30, /* percent of the busy time */
	BUFFER_SHARE = 8,  /* the kernel notices at acknowledgements alone */
	IDLE_SHARE = 70,   /* busy less than this: the sender had nothing to send */
	CAP_SHARE = 90,    /* of a rate that was asked for */
	KERNEL_ABOVE = 8,
	GROWTH = 3,    /* percent: less is no improvement */
	AGREEMENT = 5, /* percent between two windows */
	QUEUE = 112,   /* percent of the least round trip: something waits */
	DEEP_QUEUE = 140,
	QUEUE_LEAST_US = 300,
	LOSS_LEAST_TRIPS = 12,
	LOSS_LEAST_US = 1500000,
	LOSS_LEAST = 5,
	LOSS_SHARE = 4000, /* one of so many segments */
};

const char *const limited_names[LIMITED_COUNT] = {
	[LIMITED_UNKNOWN] = "unknown",
	[LIMITED_PATH] = "path",
	[LIMITED_RECEIVE_WINDOW] = "receive-window",
	[LIMITED_SEND_BUFFER] = "send-buffer",
	[LIMITED_CONGESTION_WINDOW] = "congestion-window",
	[LIMITED_LOSS] = "loss",
	[LIMITED_SENDER] = "sender",
	[LIMITED_FAR_END] = "far-end",
};

const char *const confidence_names[CONFIDENCE_COUNT] = {
	[CONFIDENCE_NONE] = "none",
	[CONFIDENCE_LOW] = "low",
	[CONFIDENCE_MEDIUM] = "medium",
	[CONFIDENCE_HIGH] = "high",
};

void estimate_init(struct estimate *estimate, uint64_t own_cap_Bps, uint64_t far_cap_Bps)
{
	*estimate = (struct estimate){.own_cap_Bps = own_cap_Bps, .far_cap_Bps = far_cap_Bps};
	estimate->ring = mem_alloc_array(RING, sizeof(*estimate->ring));
}

void estimate_fini(struct estimate *estimate)
{
	free(estimate->ring);
	*estimate = (struct estimate){0};
}

static const struct sample *at(const struct estimate *estimate, size_t back)
{
	return &estimate->ring[(estimate->ring_count - 1 - back) % RING];
}

static size_t kept(const struct estimate *estimate)
{
	return estimate->ring_count < RING ? estimate->ring_count : RING;
}

static uint64_t least_window_us(const struct estimate *estimate)
{
	uint64_t trips_us = WINDOW_LEAST_TRIPS * estimate->min_rtt_us;

	return trips_us > WINDOW_LEAST_US ? trips_us : WINDOW_LEAST_US;
}

/* How long a window has to be: round trips, and packets enough that one does not matter. How long
 * those take is asked of the quickest few round trips: the rate of whole windows is that of the
 * slow beginning until such a window has passed, and would make it last that long. */
static uint64_t window_us(const struct estimate *estimate)
{
	uint64_t least_us = least_window_us(estimate);
	uint64_t packets_us = estimate->quick_Bps ? WINDOW_LEAST_SEGMENTS * estimate->mss_bytes *
							    1000000 / estimate->quick_Bps
						  : 0;

	return packets_us > least_us ? packets_us : least_us;
}

/* A window on a slow path takes seconds, and samples come each few milliseconds. */
static void keep(struct estimate *estimate, const struct sample *sample)
{
	uint64_t apart_us = window_us(estimate) / SAMPLES_OF_WINDOW;

	if (estimate->ring_count && sample->at_us - at(estimate, 0)->at_us < apart_us)
		return;
	estimate->ring[estimate->ring_count++ % RING] = *sample;
}

/* The newest sample kept that is at least `us` before the last one; NULL: none is. */
static const struct sample *before(const struct estimate *estimate, uint64_t us)
{
	for (size_t back = 0; back < kept(estimate); back++) {
		const struct sample *sample = at(estimate, back);

		if (estimate->last.at_us - sample->at_us >= us)
			return sample;
	}
	return NULL;
}

static uint64_t slope_Bps(const struct sample *from, const struct sample *to)
{
	uint64_t us = to->at_us - from->at_us;

	return us ? (uint64_t)((double)(to->delivered_bytes - from->delivered_bytes) * 1e6 /
			       (double)us)
		  : 0;
}

/* Whether the round trip is that many percent of the least one, for as long as it takes at least;
 * `*since_us` remembers since when. */
static bool lasts(const struct sample *sample, uint64_t percent, uint64_t *since_us)
{
	if (sample->rtt_us <= sample->min_rtt_us + QUEUE_LEAST_US ||
	    sample->rtt_us * 100 <= sample->min_rtt_us * percent) {
		*since_us = 0;
		return false;
	}
	if (!*since_us)
		*since_us = sample->at_us;
	return sample->at_us - *since_us >= sample->min_rtt_us;
}

/* What two windows in a row agree on, or else both reached: acknowledgements or packets that were
 * held up for a while and then come at once make one window too steep, and the one before it too
 * flat. Of two that agree the later one counts, as a rate grows until the path is full. */
static uint64_t lasting_Bps(const struct estimate *estimate, const struct sample *middle)
{
	const struct sample *from = before(estimate, 2 * window_us(estimate));
	uint64_t earlier_Bps = from ? slope_Bps(from, middle) : 0;
	uint64_t later_Bps = estimate->steady_Bps;

	return earlier_Bps * 100 >= later_Bps * (100 - AGREEMENT) ? later_Bps : earlier_Bps;
}

static void note_window(struct estimate *estimate, const struct sample *from)
{
	uint64_t lasting;

	estimate->steady_Bps = slope_Bps(from, &estimate->last);
	/* against the last improvement, and not the best so far: little by little is growth too */
	if (estimate->steady_Bps * 100 > estimate->grown_Bps * (100 + GROWTH)) {
		estimate->grown_Bps = estimate->steady_Bps;
		estimate->improved_us = estimate->last.at_us;
	}
	lasting = lasting_Bps(estimate, from);
	if (lasting > estimate->lasting_Bps)
		estimate->lasting_Bps = lasting;
}

static bool is_steady(const struct estimate *estimate)
{
	uint64_t us = window_us(estimate);

	return estimate->improved_us && estimate->last.at_us - estimate->improved_us >= us &&
	       before(estimate, 2 * us) != NULL;
}

/* While a rate grows the window before the last is one of the slow beginning. */
static uint64_t best_Bps(const struct estimate *estimate)
{
	if (estimate->lasting_Bps && is_steady(estimate))
		return estimate->lasting_Bps;
	return estimate->grown_Bps ? estimate->grown_Bps : estimate->quick_Bps;
}

void estimate_add(struct estimate *estimate, const struct sample *sample)
{
	const struct sample *from;
	uint64_t quick_Bps;

	if (!estimate->ring_count)
		estimate->first = *sample;
	estimate->last = *sample;
	keep(estimate, sample);
	if (sample->min_rtt_us)
		estimate->min_rtt_us = sample->min_rtt_us;
	if (sample->mss_bytes)
		estimate->mss_bytes = sample->mss_bytes;
	if (sample->delivery_Bps > estimate->delivery_Bps)
		estimate->delivery_Bps = sample->delivery_Bps;
	if (lasts(sample, QUEUE, &estimate->full_since_us)) {
		estimate->was_full = true;
		estimate->full_at_us = sample->at_us;
	}
	if (lasts(sample, DEEP_QUEUE, &estimate->deep_since_us))
		estimate->was_deep = true;
	from = before(estimate, least_window_us(estimate));
	if (!from)
		return;
	quick_Bps = slope_Bps(from, sample);
	if (quick_Bps > estimate->quick_Bps)
		estimate->quick_Bps = quick_Bps;
	from = before(estimate, window_us(estimate));
	if (from)
		note_window(estimate, from);
	estimate->rate_Bps = best_Bps(estimate);
}

/* Percent of the busy time of the last windows. */
static uint64_t share(const struct estimate *estimate, uint64_t now, uint64_t then,
		      const struct sample *from)
{
	uint64_t busy = estimate->last.busy_us - from->busy_us;

	return busy ? (now - then) * 100 / busy : 0;
}

struct held {
	bool known, by_window, by_buffer, idle;
};

static struct held held_by(const struct estimate *estimate)
{
	const struct sample *last = &estimate->last;
	const struct sample *from = before(estimate, 2 * window_us(estimate));
	struct held held = {.known = from != NULL};

	if (!from)
		from = &estimate->first;
	held.by_window = share(estimate, last->rwnd_us, from->rwnd_us, from) >= WINDOW_SHARE;
	held.by_buffer = share(estimate, last->sndbuf_us, from->sndbuf_us, from) >= BUFFER_SHARE;
	held.idle = last->busy_us && (last->busy_us - from->busy_us) * 100 <
					     (last->at_us - from->at_us) * IDLE_SHARE;
	return held;
}

uint64_t estimate_cap_Bps(const struct estimate *estimate)
{
	uint64_t own = estimate->own_cap_Bps, far = estimate->far_cap_Bps;

	return !own ? far : !far || own < far ? own : far;
}

static bool is_capped(const struct estimate *estimate)
{
	uint64_t cap = estimate_cap_Bps(estimate);

	return cap && estimate->rate_Bps * 100 >= cap * CAP_SHARE;
}

static bool loses(const struct estimate *estimate)
{
	uint64_t lost = estimate->last.retransmits - estimate->first.retransmits;
	uint64_t sent = estimate->last.segments - estimate->first.segments;

	return lost >= LOSS_LEAST && lost * LOSS_SHARE >= sent;
}

/* The pipe is full, or was and stayed so: after losses the sender slows down, and has filled it
 * again only where the queue is seen in the windows that count. */
static bool is_full(const struct estimate *estimate)
{
	return estimate->was_full &&
	       (!loses(estimate) ||
		estimate->last.at_us - estimate->full_at_us <= 2 * window_us(estimate));
}

static bool agrees(const struct estimate *estimate)
{
	return estimate->steady_Bps * 100 >= estimate->grown_Bps * (100 - AGREEMENT);
}

/* Of one round trip, and so easily too much; but far above the rate, it says that the path was not
 * full for a whole window yet. */
static bool is_what_the_kernel_saw(const struct estimate *estimate)
{
	return estimate->rate_Bps * (100 + KERNEL_ABOVE) >= estimate->delivery_Bps * 100;
}

bool estimate_has_converged(const struct estimate *estimate)
{
	uint64_t elapsed_us = estimate->last.at_us - estimate->first.at_us;
	struct held held = held_by(estimate);

	if (!held.known || !is_steady(estimate))
		return false;
	if (agrees(estimate) && is_what_the_kernel_saw(estimate) &&
	    (is_full(estimate) || held.by_window || held.by_buffer || held.idle ||
	     is_capped(estimate)))
		return true;
	return (loses(estimate) || estimate->was_full) && elapsed_us >= LOSS_LEAST_US &&
	       elapsed_us >= LOSS_LEAST_TRIPS * estimate->min_rtt_us;
}

enum limited_by estimate_limited_by(const struct estimate *estimate)
{
	struct held held = held_by(estimate);
	uint64_t own = estimate->own_cap_Bps, far = estimate->far_cap_Bps;

	if (!estimate->rate_Bps)
		return LIMITED_UNKNOWN;
	if (is_capped(estimate))
		return far && (!own || far <= own) ? LIMITED_FAR_END : LIMITED_SENDER;
	/* a window that is full of what waits in the path's queue bounds nothing */
	if (held.by_window && !estimate->was_deep)
		return LIMITED_RECEIVE_WINDOW;
	if (held.by_buffer && !estimate->was_deep)
		return LIMITED_SEND_BUFFER;
	if (held.idle)
		return LIMITED_SENDER;
	if (is_full(estimate))
		return LIMITED_PATH;
	return loses(estimate) ? LIMITED_LOSS : LIMITED_CONGESTION_WINDOW;
}

enum confidence estimate_confidence(const struct estimate *estimate)
{
	if (!estimate->rate_Bps || !estimate->min_rtt_us)
		return CONFIDENCE_NONE;
	if (!estimate_has_converged(estimate))
		return CONFIDENCE_LOW;
	if (!agrees(estimate) || (loses(estimate) && !is_full(estimate)))
		return CONFIDENCE_MEDIUM;
	return CONFIDENCE_HIGH;
}
