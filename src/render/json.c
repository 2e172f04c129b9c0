/* render/json.c - a report for programs: "fettle-report/1", see model/report_json.h. */
#include "render/render.h"

#include "model/report_json.h"

/* Characters beyond ASCII are written as \uXXXX: they are the same to a program, and this way the
 * text is safe on a terminal too, which would obey a control character such as U+009B. */
void render_json(const struct report *report, const struct render_options *options, FILE *out)
{
	json_t *json = report_to_json(report);

	(void)options;
	/* a failed write leaves its mark on the stream, where the caller looks for it */
	if (json_dumpf(json, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0)
		fputc('\n', out);
	json_decref(json);
}
