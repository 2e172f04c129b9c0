/* sock/source_bpf.h - the part of the BPF source that needs no kernel, for its test. */
#ifndef SOCK_SOURCE_BPF_H
#define SOCK_SOURCE_BPF_H

#include "sock/owners.h"
#include "sock/sock_iter.h"

/* What getsockopt(2) would have given. `hz`: jiffies a second; 0: not known, and neither is then
 * what is kept in jiffies. */
void source_bpf_convert(const struct sock_iter_record *record, unsigned hz,
			struct sock_options *out) __attribute__((nonnull));

#endif
