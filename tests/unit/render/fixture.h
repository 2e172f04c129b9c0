/* tests/unit/render/fixture.h - reports built by hand, one with everything in it. */
#ifndef TESTS_UNIT_RENDER_FIXTURE_H
#define TESTS_UNIT_RENDER_FIXTURE_H

#include "model/report.h"

/* Every status, every severity, long texts and nasty bytes. */
struct report *fixture_rich(void);
/* Only findings of these statuses, two of each. */
struct report *fixture_of(const enum finding_status *statuses, size_t count);

#endif
