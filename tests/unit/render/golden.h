/* tests/unit/render/golden.h - whole outputs against tests/unit/render/golden/.
 *
 * FETTLE_UPDATE_GOLDEN=1 writes them anew; read the diff before it is committed. */
#ifndef TESTS_UNIT_RENDER_GOLDEN_H
#define TESTS_UNIT_RENDER_GOLDEN_H

#include <stddef.h>

/* Fails the test when the file does not hold that text. */
void assert_golden(const char *file, const char *text);
/* Feeds `text` to a script of python3 and gives what it printed, the caller's; fails when it fails,
 * skips the test where there is no python3. */
char *python_says(const char *script, const char *text, size_t len);

#endif
