/* base/fault.h - places where the crash tests stop the process or make a call fail.
 *
 * Nothing of it is left in a build without FETTLE_FAULTS; with it, tests/crash/fault.c counts the
 * places passed and says what happens at each. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef FETTLE_FAULTS

/* Dies by SIGKILL when this is the place that was asked for. */
void fault_point(const char *name) __attribute__((nonnull));
/* The errno the call that follows is to fail with, or 0. */
int fault_errno(const char *name) __attribute__((nonnull));

#define FAULT_POINT(name) fault_point(name)
/* `call`, which returns -1 with errno set on failure, or that failure without the call. */
#define FAULT_IO(name, call)                                                                       \
	({                                                                                         \
		int fault_code_ = fault_errno(name);                                               \
		fault_code_ ? (errno = fault_code_, -1) : (call);                                  \
	})

#else

#define FAULT_POINT(name)    ((void)0)
#define FAULT_IO(name, call) (call)

#endif

#endif
