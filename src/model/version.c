/* model/version.c - see version.h. */
#include "model/version.h"

#include <errno.h>
#include <stdio.h>

int version_parse(const char *text, struct version *out)
{
	struct version v = {0};
	int parts;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	parts = sscanf(text, "%6u.%6u.%6u", &v.major, &v.minor, &v.patch);
	if (parts < 1)
		return -EINVAL;
	*out = v;
	return parts;
}

static int compare(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

int version_compare(struct version a, struct version b)
{
	if (a.major != b.major)
		return compare(a.major, b.major);
	if (a.minor != b.minor)
		return compare(a.minor, b.minor);
	return compare(a.patch, b.patch);
}

struct version version_cut(struct version version, unsigned parts)
{
	return (struct version){
		.major = version.major,
		.minor = parts > 1 ? version.minor : 0,
		.patch = parts > 2 ? version.patch : 0,
	};
}

bool version_is_stated(struct version version)
{
	return version.major || version.minor || version.patch;
}
