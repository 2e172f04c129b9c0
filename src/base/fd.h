/* base/fd.h - closing what a process should not have. */
#ifndef BASE_FD_H
#define BASE_FD_H

/* Closes every descriptor from `first` to `last`, those of other threads too: close_range(2), and
 * before Linux 5.9 fd_close_listed(). Returns 0, or -errno when it could be done neither way. */
int fd_close_range(unsigned first, unsigned last);
/* The same by what /proc/self/fd lists. */
int fd_close_listed(unsigned first, unsigned last);

#endif
