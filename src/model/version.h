/* model/version.h - kernel versions as far as features depend on them: major.minor.patch. */
#ifndef MODEL_VERSION_H
#define MODEL_VERSION_H

#include <stdbool.h>

struct version {
	unsigned major, minor, patch; /* all 0: no version stated */
};

/* Reads the leading "6", "6.18" or "6.18.44" and ignores the rest ("-amd64").
 * Returns how many of the three parts were there, or -EINVAL. */
int version_parse(const char *text, struct version *out)
	__attribute__((nonnull, warn_unused_result));
int version_compare(struct version a, struct version b); /* <0, 0, >0 */
/* The first `parts` of it, the others 0: 6.18.44 cut to 2 is 6.18. */
struct version version_cut(struct version version, unsigned parts);
bool version_is_stated(struct version version);

#endif
