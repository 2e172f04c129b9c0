/* base/errno_name.h - the names of errno's codes, as people and other programs know them. */
#ifndef BASE_ERRNO_NAME_H
#define BASE_ERRNO_NAME_H

/* "ENOENT"; "EIO" for a code that has no name. Never NULL. */
const char *errno_name(int code) __attribute__((returns_nonnull));
/* The code of a name; EIO for what is none, or NULL. */
int errno_code(const char *name);

#endif
