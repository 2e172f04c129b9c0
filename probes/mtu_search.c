/* probes/mtu_search.c - see mtu_search.h. */
#include "probes/mtu_search.h"

#include <stddef.h>

#include "base/mem.h"

/* MTUs of links and of tunnels over Ethernet: RFC 1191 section 7.1, and what encapsulation takes:
 * 4 for MPLS or a VLAN, 8 for PPPoE, 20 for IP in IP, 24 for GRE, 28 for GRE with a key, 40 for
 * IPv6, 50 for VXLAN, 58 for Geneve with an option, 60 and 80 for WireGuard. */
static const uint32_t likely[] = {
	552,  576,  1006, 1200, 1240, 1260,  1280,  1300,  1320,  1340, 1350, 1358, 1360,
	1370, 1376, 1380, 1390, 1392, 1400,  1404,  1408,  1412,  1420, 1422, 1424, 1428,
	1430, 1434, 1436, 1438, 1440, 1442,  1446,  1448,  1450,  1452, 1454, 1456, 1458,
	1460, 1462, 1464, 1468, 1470, 1472,  1476,  1480,  1484,  1488, 1492, 1496, 1500,
	1504, 2002, 2304, 4000, 4352, 4470,  8166,  8192,  8900,  8950, 8981, 9000, 9001,
	9100, 9180, 9198, 9216, 9600, 16384, 17914, 32000, 65280,
};

/* The largest that is not known to be too much. */
static uint32_t ceiling(const struct mtu_search *search)
{
	uint32_t most = search->interface_bytes;

	if (search->lost_bytes && search->lost_bytes - 1 < most)
		most = search->lost_bytes - 1;
	if (search->refused_bytes && search->refused_bytes - 1 < most)
		most = search->refused_bytes - 1;
	return most;
}

static bool is_likely(uint32_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(likely); i++) {
		if (likely[i] == size)
			return true;
	}
	return false;
}

/* The one in the middle of those from `least` to `most`; 0 when there are none. */
static uint32_t middle_likely(uint32_t least, uint32_t most)
{
	size_t first = 0, end;

	while (first < ARRAY_SIZE(likely) && likely[first] < least)
		first++;
	end = first;
	while (end < ARRAY_SIZE(likely) && likely[end] <= most)
		end++;
	return end > first ? likely[first + (end - first) / 2] : 0;
}

void mtu_search_begin(struct mtu_search *search, uint32_t small_bytes, uint32_t interface_bytes)
{
	*search = (struct mtu_search){.interface_bytes = interface_bytes,
				      .passed_bytes = small_bytes};
}

uint32_t mtu_search_next(const struct mtu_search *search)
{
	uint32_t passed = search->passed_bytes, most = ceiling(search), next;

	/* A router knows its next link: what it lets pass and no more is the answer. */
	if (passed >= most || (search->said_bytes && passed == search->said_bytes))
		return 0;
	if (!search->lost_bytes && !search->refused_bytes)
		return most;
	if (search->said_bytes > passed && search->said_bytes <= most)
		return search->said_bytes;
	next = middle_likely(passed + 1, most);
	if (next)
		return next;
	/* Between two neighbours of the table it is most often the lower one, exactly. */
	if (is_likely(passed))
		return passed + 1;
	return passed + (most - passed + 1) / 2;
}

void mtu_search_add(struct mtu_search *search, uint32_t size_bytes, enum mtu_outcome outcome,
		    uint32_t said_bytes)
{
	uint32_t *smallest = outcome == MTU_LOST ? &search->lost_bytes : &search->refused_bytes;

	if (outcome == MTU_PASSED) {
		if (size_bytes > search->passed_bytes)
			search->passed_bytes = size_bytes;
		return;
	}
	if (!*smallest || size_bytes < *smallest)
		*smallest = size_bytes;
	/* A router that names no size, one that it refuses, or one that is less than what has
	 * passed, does not know. */
	if (outcome == MTU_REFUSED && said_bytes < size_bytes &&
	    said_bytes > search->passed_bytes &&
	    (!search->said_bytes || said_bytes < search->said_bytes))
		search->said_bytes = said_bytes;
}
