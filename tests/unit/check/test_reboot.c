/* tests/unit/check/test_reboot.c - what failing findings say of a boot, against a small image. */
#include "tests/unit/unit.h"

#include <string.h>

#include "check/reboot.h"
#include "tests/unit/check/fixture.h"

static struct report *audit_with_reboot(struct fixture *f, const char *yaml, const char *folder)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(f, yaml);
	_cleanup_free_ char *dir = tree_path(f->tree, folder);
	struct report *report = fixture_audit(f, yaml);

	check_reboot(f->host, profile, dir, report);
	return report;
}

/* An image whose loader is procps, so that nothing but these files counts. */
static void put_image(struct fixture *f)
{
	fixture_key(f, "net/ipv4/tcp_sack", "0\n");
	fixture_key(f, "net/ipv4/tcp_fack", "0\n");
	fixture_key(f, "net/ipv4/tcp_dsack", "0\n");
	fixture_key(f, "net/ipv4/tcp_window_scaling", "1\n");
	tree_put(f->tree, "image/usr/sbin/sysctl", "");
	tree_put(f->tree, "image/etc/init.d/procps", "");
	tree_put(f->tree, "image/etc/sysctl.d/10-a.conf",
		 "net.ipv4.tcp_sack = 1\nnet.ipv4.tcp_dsack = 7\n");
	tree_put(f->tree, "image/etc/sysctl.d/20-b.conf", "\nnet.ipv4.tcp_dsack = 9\n");
}

static void each_failing_finding_has_its_verdict(void **state)
{
	static const struct {
		const char *id, *verdict, *value, *reason, *file;
		unsigned line;
	} cases[] = {
		{"sysctl.net.ipv4.tcp_sack", "kept", "1", NULL, "/etc/sysctl.d/10-a.conf", 1},
		{"sysctl.net.ipv4.tcp_dsack", "overridden", "9", NULL, "/etc/sysctl.d/20-b.conf",
		 2},
		{"sysctl.net.ipv4.tcp_fack", "default", NULL, "no file sets it", NULL, 0},
		{"sysctl.net.ipv4.tcp_window_scaling", NULL, NULL, NULL, NULL, 0}, /* it passes */
		{"sysctl.net.ipv4.no_such", NULL, NULL, NULL, NULL, 0},
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	put_image(&f);
	{
		_cleanup_(report_freep) struct report *report = audit_with_reboot(
			&f,
			"settings:\n  net.ipv4.tcp_*ack: 1\n  net.ipv4.tcp_window_scaling: 1\n"
			"  net.ipv4.no_such: 1\n",
			"image");

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			const struct finding *finding = fixture_finding(report, cases[i].id);

			assert_string_equal(finding->reboot.verdict ? finding->reboot.verdict : "",
					    cases[i].verdict ? cases[i].verdict : "");
			assert_string_equal(finding->reboot.value ? finding->reboot.value : "",
					    cases[i].value ? cases[i].value : "");
			assert_string_equal(finding->reboot.reason ? finding->reboot.reason : "",
					    cases[i].reason ? cases[i].reason : "");
			assert_string_equal(
				finding->reboot.origin.file ? finding->reboot.origin.file : "",
				cases[i].file ? cases[i].file : "");
			assert_int_equal(finding->reboot.origin.line, cases[i].line);
		}
	}
	fixture_fini(&f);
}

static void an_image_that_is_not_there_gives_no_verdict(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	put_image(&f);
	{
		_cleanup_(report_freep) struct report *report =
			audit_with_reboot(&f, "settings:\n  net.ipv4.tcp_sack: 1\n", "none");
		const struct finding *finding = fixture_finding(report, "sysctl.net.ipv4.tcp_sack");

		assert_int_equal(finding->status, STATUS_FAIL);
		assert_null(finding->reboot.verdict);
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_failing_finding_has_its_verdict),
		cmocka_unit_test(an_image_that_is_not_there_gives_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
