/* tests/unit/sock/answers.h - messages of the kernel's sock_diag, made by hand. */
#ifndef TESTS_UNIT_SOCK_ANSWERS_H
#define TESTS_UNIT_SOCK_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

struct answer {
	_Alignas(8) char bytes[4096];
	size_t len;
};

void answer_add(struct answer *answer, const void *data, size_t len);
void answer_attribute(struct answer *answer, unsigned type, const void *data, size_t len);

/* An established connection of inode 77 from 192.0.2.1:80 to 192.0.2.2:50000; or a Unix listener
 * of inode 78. */
struct answer answer_inet(void);
struct answer answer_unix(void);

/* One netlink message around a body, behind what `out` holds by now. */
void answer_wrap(struct answer *out, unsigned type, unsigned flags, uint32_t sequence,
		 const void *body, size_t len);

#endif
