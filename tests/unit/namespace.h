/* tests/unit/namespace.h - a test's part on the kernel's real keys, in a network namespace of its
 * own, without root. */
#ifndef TESTS_UNIT_NAMESPACE_H
#define TESTS_UNIT_NAMESPACE_H

/* In the part that runs there: gives up with the line that did not hold. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__;                                                           \
	} while (0)

/* Runs `part` in a child with user and network namespaces of its own, and fails the test at the
 * line it returns, if that is not 0. Skips the test where such namespaces are not allowed. */
void run_in_namespace(int (*part)(void));
/* In the part: 127.0.0.1 answers from now on. 0 or -1 and errno. */
int namespace_raise_loopback(void);

#endif
