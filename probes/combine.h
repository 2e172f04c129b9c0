/* probes/combine.h - what the two ends of a way measured, put together. */
#ifndef PROBES_COMBINE_H
#define PROBES_COMBINE_H

#include "probes/advice.h"

/* Corrects what the sender says of its rate, of what limited it and of how sure that is, by how
 * fast trains of packets came in: two ways to the path's rate that know nothing of each other. */
void combine_measured(struct way *way) __attribute__((nonnull));

#endif
