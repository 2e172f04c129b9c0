/* tests/unit/apply/test_crc32c.c - against the values that RFC 3720 gives. */
#include "tests/unit/unit.h"

#include <string.h>

#include "apply/crc32c.h"

static void test_known_values(void **state)
{
	unsigned char bytes[32];

	(void)state;
	assert_int_equal(crc32c("123456789", 9), 0xe3069283);
	assert_int_equal(crc32c("", 0), 0);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x62a8ab43);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x46dd794e);
}

static void test_the_same_on_every_processor(void **state)
{
	char bytes[100];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37 + 200);
	for (size_t start = 0; start < 9; start++) {
		for (size_t len = 0; start + len <= sizeof(bytes); len++)
			assert_int_equal(crc32c(bytes + start, len),
					 crc32c_portable(bytes + start, len));
	}
	assert_int_equal(crc32c_portable("123456789", 9), 0xe3069283);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_the_same_on_every_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
