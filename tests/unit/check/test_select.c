/* tests/unit/check/test_select.c - literal names beat patterns, later patterns beat earlier ones. */
#include "tests/unit/unit.h"

#include "base/str.h"
#include "check/select.h"
#include "tests/unit/check/fixture.h"

/* "key<-setting" for each selected key, in order. */
static char *selected(struct fixture *f, const char *yaml)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(f, yaml);
	struct selection selection = {0};
	struct strbuf out = {0};

	check_select(f->host, profile, &selection);
	for (size_t i = 0; i < selection.count; i++)
		strbuf_printf(&out, "%s<-%s\n", selection.keys[i].name, selection.keys[i].setting->key);
	selection_fini(&selection);
	return strbuf_take(&out);
}

static void patterns_and_names(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/conf/all/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/conf/eth0.100/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/conf/lo/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/conf/lo/arp_ignore", "0\n");
	{
		_cleanup_free_ char *got = selected(&f, "settings:\n"
							"  net.ipv4.conf.*.rp_filter: 1\n"
							"  net.ipv4.conf.lo.rp_filter: 0\n"
							"  net.ipv4.conf.eth*.rp_filter: 2\n"
							"  net.ipv6.conf.*.accept_ra: 0\n");

		assert_string_equal(got, "net.ipv4.conf.lo.rp_filter<-net.ipv4.conf.lo.rp_filter\n"
					 "net.ipv4.conf.all.rp_filter<-net.ipv4.conf.*.rp_filter\n"
					 "net.ipv4.conf.eth0/100.rp_filter<-net.ipv4.conf.eth*.rp_filter\n"
					 "net.ipv6.conf.*.accept_ra<-net.ipv6.conf.*.accept_ra\n");
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(patterns_and_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
