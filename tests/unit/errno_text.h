/* tests/unit/errno_text.h - what strerror(3) says, where C libraries say different things. */
#ifndef TESTS_UNIT_ERRNO_TEXT_H
#define TESTS_UNIT_ERRNO_TEXT_H

#include <features.h>

#ifdef __GLIBC__
#define TEXT_ELOOP  "Too many levels of symbolic links"
#define TEXT_EMFILE "Too many open files"
#define TEXT_ENOMEM "Cannot allocate memory"
#else /* musl */
#define TEXT_ELOOP  "Symbolic link loop"
#define TEXT_EMFILE "No file descriptors available"
#define TEXT_ENOMEM "Out of memory"
#endif

#endif
