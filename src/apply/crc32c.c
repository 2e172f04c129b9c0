/* apply/crc32c.c - see crc32c.h.
 *
 * Every byte of the journal is summed each time it is opened: eight at a time, by the processor's
 * own instruction where it has one, else by tables ("slicing by 8", Kounavis and Berry, 2005). */
#include "apply/crc32c.h"

#include <pthread.h>
#include <string.h>

/* table[n][i]: the remainder of the byte i with n zero bytes behind it; bits reversed. */
static uint32_t table[8][256];

static void fill_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		table[0][i] = crc;
	}
	for (unsigned n = 1; n < 8; n++) {
		for (unsigned i = 0; i < 256; i++)
			table[n][i] = table[n - 1][i] >> 8 ^ table[0][table[n - 1][i] & 255];
	}
}

uint32_t crc32c_portable(const void *data, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *byte = data;
	uint32_t crc = 0xffffffff;

	pthread_once(&once, fill_table);
	for (; len >= 8; len -= 8, byte += 8) {
		uint32_t next = 0;

		for (unsigned i = 0; i < 4; i++) {
			next ^= table[7 - i][(crc >> 8 * i ^ byte[i]) & 255];
			next ^= table[3 - i][byte[4 + i]];
		}
		crc = next;
	}
	for (; len; len--, byte++)
		crc = crc >> 8 ^ table[0][(crc ^ *byte) & 255];
	return ~crc;
}

#ifdef __x86_64__

__attribute__((target("sse4.2"))) static uint32_t by_instruction(const void *data, size_t len)
{
	const unsigned char *byte = data;
	uint64_t crc = 0xffffffff;

	for (; len >= 8; len -= 8, byte += 8) {
		uint64_t word;

		memcpy(&word, byte, sizeof(word));
		crc = __builtin_ia32_crc32di(crc, word);
	}
	for (; len; len--, byte++)
		crc = __builtin_ia32_crc32qi((uint32_t)crc, *byte);
	return ~(uint32_t)crc;
}

uint32_t crc32c(const void *data, size_t len)
{
	return __builtin_cpu_supports("sse4.2") ? by_instruction(data, len)
						: crc32c_portable(data, len);
}

#else

uint32_t crc32c(const void *data, size_t len)
{
	return crc32c_portable(data, len);
}

#endif
