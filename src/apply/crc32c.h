/* apply/crc32c.h - CRC-32C (RFC 3720, appendix B.4): was this record written whole? */
#ifndef APPLY_CRC32C_H
#define APPLY_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *data, size_t len) __attribute__((nonnull));
/* The same, whatever the processor. */
uint32_t crc32c_portable(const void *data, size_t len) __attribute__((nonnull));

#endif
