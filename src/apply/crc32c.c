/* apply/crc32c.c - see crc32c.h. Half a byte a step: a journal is small. */
#include "apply/crc32c.h"

uint32_t crc32c(const void *data, size_t len)
{
	/* table[i]: the remainder of i, bits reversed, polynomial 0x1edc6f41 */
	static const uint32_t table[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
		0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	const unsigned char *byte = data;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc = crc >> 4 ^ table[(crc ^ byte[i]) & 15];
		crc = crc >> 4 ^ table[(crc ^ (unsigned)byte[i] >> 4) & 15];
	}
	return ~crc;
}
