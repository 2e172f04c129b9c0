/* probes/auth.c - see auth.h. */
#include "probes/auth.h"

#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	BLOCK = 64, /* of SHA-256 */
	NONCE_BYTES_MOST = 64,
};

int auth_read_token(struct auth_token *token, struct err *err)
{
	char text[AUTH_TOKEN_MOST + 2];
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(text) &&
	       (got = read(STDIN_FILENO, text + len, sizeof(text) - len)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, errno, "cannot read the token: %s", strerror(errno));
		len += (size_t)got;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\0' || text[i] == '\r')
			len = i;
	}
	if (len < AUTH_TOKEN_LEAST || len > AUTH_TOKEN_MOST)
		return err_set(err, EINVAL,
			       "the token has %zu characters: expected %d to %d on the first line, "
			       "such as what `od -An -N16 -tx1 /dev/urandom | tr -dc 0-9a-f` "
			       "prints",
			       len, AUTH_TOKEN_LEAST, AUTH_TOKEN_MOST);
	memcpy(token->text, text, len);
	token->text[len] = '\0';
	token->len = len;
	explicit_bzero(text, sizeof(text));
	return 0;
}

static void print_hex(const uint8_t *bytes, size_t count, char *out)
{
	for (size_t i = 0; i < count; i++) {
		*out++ = "0123456789abcdef"[bytes[i] >> 4];
		*out++ = "0123456789abcdef"[bytes[i] & 15];
	}
	*out = '\0';
}

void auth_nonce(char *out, size_t digits)
{
	uint8_t bytes[NONCE_BYTES_MOST];
	size_t count = digits / 2 < sizeof(bytes) ? digits / 2 : sizeof(bytes);

	while (getrandom(bytes, count, 0) != (ssize_t)count)
		;
	print_hex(bytes, count, out);
}

static void hash_two(const uint8_t *first, size_t first_len, const void *second, size_t second_len,
		     uint8_t out[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX hash;

	SHA256Init(&hash);
	SHA256Update(&hash, first, first_len);
	SHA256Update(&hash, second, second_len);
	SHA256Final(out, &hash);
}

static void hmac(const struct auth_token *token, const void *text, size_t len,
		 uint8_t out[SHA256_DIGEST_LENGTH])
{
	uint8_t key[BLOCK] = {0}, inner[BLOCK], outer[BLOCK];

	if (token->len > BLOCK)
		hash_two((const uint8_t *)token->text, token->len, "", 0, key);
	else
		memcpy(key, token->text, token->len);
	for (size_t i = 0; i < BLOCK; i++) {
		inner[i] = key[i] ^ 0x36;
		outer[i] = key[i] ^ 0x5c;
	}
	hash_two(inner, BLOCK, text, len, out);
	hash_two(outer, BLOCK, out, SHA256_DIGEST_LENGTH, out);
}

void auth_proof(const struct auth_token *token, const char *part, const char *nonce_probe,
		const char *nonce_reflect, char out[AUTH_PROOF_DIGITS + 1])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char text[256];
	int len = snprintf(text, sizeof(text), "fettle %s %s %s", part, nonce_probe, nonce_reflect);

	hmac(token, text, len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1, digest);
	print_hex(digest, sizeof(digest), out);
}

bool auth_same(const char *a, const char *b, size_t len)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return !differs;
}
