/* tests/unit/check/test_select.c - literal names beat patterns, later patterns beat earlier ones.
 */
#include "tests/unit/unit.h"

#include "base/str.h"
#include "check/select.h"
#include "tests/unit/check/fixture.h"

static const char *const kinds[] = {
	[SELECTED_KEY] = "",
	[SELECTED_UNMET] = " unmet",
	[SELECTED_UNMATCHED] = " unmatched",
	[SELECTED_UNLISTED] = " unlisted",
};

/* "key<-setting" for each selected key, in order. */
static char *selected(struct fixture *f, const char *yaml)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(f, yaml);
	struct selection selection = {0};
	struct strbuf out = {0};

	check_select(f->host, profile, &selection);
	for (size_t i = 0; i < selection.count; i++)
		strbuf_printf(&out, "%s<-%s%s\n", selection.keys[i].name,
			      selection.keys[i].setting->key, kinds[selection.keys[i].kind]);
	selection_fini(&selection);
	return strbuf_take(&out);
}

static void expect_selected(const char *yaml, const char *wanted)
{
	_cleanup_free_ char *got = NULL;
	struct fixture f;

	fixture_init(&f);
	fixture_key(&f, "net/ipv4/conf/all/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/conf/eth0.100/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/conf/lo/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/conf/lo/arp_ignore", "0\n");
	got = selected(&f, yaml);
	fixture_fini(&f);
	assert_string_equal(got, wanted);
}

static void names_beat_patterns_and_later_ones_earlier_ones(void **state)
{
	(void)state;
	expect_selected("settings:\n"
			"  net.ipv4.conf.*.rp_filter: 1\n"
			"  net.ipv4.conf.lo.rp_filter: 0\n"
			"  net.ipv4.conf.eth*.rp_filter: 2\n"
			"  net.ipv6.conf.*.accept_ra: 0\n",
			"net.ipv4.conf.all.rp_filter<-net.ipv4.conf.*.rp_filter\n"
			"net.ipv4.conf.eth0/100.rp_filter<-net.ipv4.conf.eth*.rp_filter\n"
			"net.ipv4.conf.lo.rp_filter<-net.ipv4.conf.lo.rp_filter\n"
			"net.ipv6.conf.*.accept_ra<-net.ipv6.conf.*.accept_ra unmatched\n");
}

static void what_does_not_apply_hides_nothing(void **state)
{
	(void)state;
	expect_selected("settings:\n"
			"  net.ipv4.conf.*.rp_filter: 1\n"
			"  net.ipv4.conf.lo.rp_filter: {equals: 2, when: {kernel: \">=99\"}}\n"
			"  net.ipv4.conf.eth*.rp_filter: {equals: 2, when: {kernel: \">=99\"}}\n"
			"  net.ipv4.conf.lo.arp_ignore: {equals: 2, when: {kernel: \">=99\"}}\n",
			"net.ipv4.conf.all.rp_filter<-net.ipv4.conf.*.rp_filter\n"
			"net.ipv4.conf.eth*.rp_filter<-net.ipv4.conf.eth*.rp_filter unmet\n"
			"net.ipv4.conf.eth0/100.rp_filter<-net.ipv4.conf.*.rp_filter\n"
			"net.ipv4.conf.lo.arp_ignore<-net.ipv4.conf.lo.arp_ignore unmet\n"
			"net.ipv4.conf.lo.rp_filter<-net.ipv4.conf.*.rp_filter\n");
}

/* An interface may be called "*" (dev_valid_name() in net/core/dev.c lets it). */
static void an_interface_called_like_the_pattern(void **state)
{
	_cleanup_free_ char *got = NULL;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/conf/*/rp_filter", "0\n");
	got = selected(&f, "settings:\n  net.ipv4.conf.*.rp_filter: 1\n");
	fixture_fini(&f);
	assert_string_equal(got, "net.ipv4.conf.*.rp_filter<-net.ipv4.conf.*.rp_filter\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_beat_patterns_and_later_ones_earlier_ones),
		cmocka_unit_test(what_does_not_apply_hides_nothing),
		cmocka_unit_test(an_interface_called_like_the_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
