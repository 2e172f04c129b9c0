/* tests/unit/probes/test_auth.c - proofs as others compute them, and tokens that are none. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "probes/auth.h"

static struct auth_token token_of(const char *text)
{
	struct auth_token token = {.len = strlen(text)};

	memcpy(token.text, text, token.len + 1);
	return token;
}

/* As `printf 'fettle probe aa bb' | openssl dgst -sha256 -hmac TOKEN` has them. */
static void a_proof_is_hmac_sha256(void **state)
{
	static const char long_text[] =
		"0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789";
	const struct {
		const char *token, *part, *want;
	} cases[] = {
		{"0123456789abcdef", "probe",
		 "8784ac0e54b02b27811622a1b9aed09335625593d152293d82efecd17f9e5594"},
		{"0123456789abcdef", "reflect",
		 "73836371c06d155ec1f919c2649462c64e672eaff75a4642f46d74b0a7effde4"},
		/* a key of more than a block is hashed first */
		{long_text, "probe",
		 "e28b5ce5816d4687024e91db76d106ce5953e44fba9b6f3452b09326ec41e31d"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct auth_token token = token_of(cases[i].token);
		char proof[AUTH_PROOF_DIGITS + 1];

		auth_proof(&token, cases[i].part, "aa", "bb", proof);
		assert_string_equal(proof, cases[i].want);
	}
}

static void nonces_differ(void **state)
{
	char a[AUTH_NONCE_DIGITS + 1], b[AUTH_NONCE_DIGITS + 1];

	(void)state;
	auth_nonce(a, AUTH_NONCE_DIGITS);
	auth_nonce(b, AUTH_NONCE_DIGITS);
	assert_int_equal(strspn(a, "0123456789abcdef"), AUTH_NONCE_DIGITS);
	assert_int_equal(strlen(a), AUTH_NONCE_DIGITS);
	assert_string_not_equal(a, b);
	assert_true(auth_same(a, a, AUTH_NONCE_DIGITS));
	assert_false(auth_same(a, b, AUTH_NONCE_DIGITS));
}

/* The first line of standard input. */
static int read_as_input(const char *text, size_t len, struct auth_token *token, struct err *err)
{
	int fds[2], saved = dup(STDIN_FILENO), r;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, len), (ssize_t)len);
	close(fds[1]);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	r = auth_read_token(token, err);
	close(fds[0]);
	dup2(saved, STDIN_FILENO);
	close(saved);
	return r;
}

static void tokens(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{"0123456789abcdef\n", 16},   {"0123456789abcdef", 16},
		{"0123456789abcdef\r\n", 16}, {"0123456789abcdef\nmore\n", 16},
		{"0123456789abcde\n", 0},     {"", 0},
		{"\n0123456789abcdef\n", 0},
	};
	char most[AUTH_TOKEN_MOST + 2];
	struct auth_token token;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = read_as_input(cases[i].text, strlen(cases[i].text), &token, &err);

		assert_int_equal(r, cases[i].len ? 0 : -EINVAL);
		if (cases[i].len)
			assert_int_equal(token.len, cases[i].len);
	}
	memset(most, 'x', sizeof(most));
	assert_int_equal(read_as_input(most, AUTH_TOKEN_MOST, &token, &err), 0);
	assert_int_equal(read_as_input(most, sizeof(most), &token, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proof_is_hmac_sha256),
		cmocka_unit_test(nonces_differ),
		cmocka_unit_test(tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
