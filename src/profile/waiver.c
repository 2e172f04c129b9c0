/* profile/waiver.c - see waiver.h. */
#include "profile/waiver.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profile/decode.h"

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int read_date(const struct node *node, void *slot, struct err *err)
{
	struct waiver *waiver = slot;
	char shown[NODE_SHOWN_SIZE];
	int year, month, day;
	int r = decode_line(node, &waiver->until_text, err);

	if (r < 0)
		return r;
	if (strlen(waiver->until_text) != strlen("YYYY-MM-DD") ||
	    strspn(waiver->until_text, "0123456789-") != strlen("YYYY-MM-DD") ||
	    waiver->until_text[4] != '-' || waiver->until_text[7] != '-' ||
	    sscanf(waiver->until_text, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return node_error(node, err, "expected a date, YYYY-MM-DD, found %s",
				  node_shown(node, shown));
	if (year < 2000 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return node_error(node, err, "there is no such day as %s (from the year 2000 on)",
				  node_shown(node, shown));
	waiver->until = (struct tm){
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
	return 0;
}

static int read_finding(const struct node *node, void *slot, struct err *err)
{
	char **finding = slot, shown[NODE_SHOWN_SIZE];
	int r = decode_line(node, slot, err);

	if (!r && strchr(*finding, ' '))
		r = node_error(node, err,
			       "expected a finding's id such as sysctl.net.ipv4.tcp_sack, "
			       "found %s",
			       node_shown(node, shown));
	return r;
}

static int read_waiver(const struct node_item *item, void *slot, struct err *err)
{
	const struct node *node = item->value;
	struct profile *profile = slot;
	struct waiver *waiver = MEM_APPEND(profile->waivers, profile->n_waivers);
	const struct decode_row rows[] = {
		{.key = "finding",
		 .read = read_finding,
		 .slot = &waiver->finding,
		 .required = true},
		{.key = "reason", .read = decode_text, .slot = &waiver->reason, .required = true},
		{.key = "owner", .read = decode_line, .slot = &waiver->owner},
		{.key = "until", .read = read_date, .slot = waiver},
	};

	waiver->origin = (struct origin){.file = mem_strdup(node->file), .line = node->line};
	return decode_mapping(node, "a waiver", rows, ARRAY_SIZE(rows), err);
}

int waivers_decode(const struct node *node, void *slot, struct err *err)
{
	int r = decode_expect_list(node, "waivers", err);

	return r < 0 ? r : decode_parts(node, read_waiver, slot, err);
}

void waiver_fini(struct waiver *waiver)
{
	free(waiver->finding);
	free(waiver->reason);
	free(waiver->owner);
	free(waiver->until_text);
	free(waiver->origin.file);
	*waiver = (struct waiver){0};
}
