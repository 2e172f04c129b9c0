/* model/report_json.h - the report as JSON, "fettle-report/1", and back.
 *
 * Everything a report holds survives the round trip; members that are NULL are left out. A reader
 * ignores members it does not know and refuses a schema it does not know. */
#ifndef MODEL_REPORT_JSON_H
#define MODEL_REPORT_JSON_H

#include <jansson.h>

#include "base/err.h"
#include "model/report.h"

/* A new reference, the caller's. */
json_t *report_to_json(const struct report *report)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Returns 0, or -EPROTO naming the member that is missing or of the wrong type. */
int report_from_json(const json_t *json, struct report **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
