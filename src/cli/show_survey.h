/* cli/show_survey.h - the passive survey for people and for programs. */
#ifndef CLI_SHOW_SURVEY_H
#define CLI_SHOW_SURVEY_H

#include "cli/cli.h"
#include "sock/survey.h"

/* How it was made. */
struct survey_made {
	unsigned looks;
	bool listened; /* for connections that close */
	uint64_t listened_ms;
	const struct socket_coverage *coverage; /* what could not be seen */
};

/* The survey must be finished. A failed write is found by output_finish(). */
void show_survey_table(const struct cli *cli, const struct survey *survey,
		       const struct survey_made *made) __attribute__((nonnull));
void show_survey_json(const struct survey *survey, const struct survey_made *made)
	__attribute__((nonnull));

#endif
