/* tests/unit/boot/test_plan.c - what each key holds after a boot, and the verdict on it. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "base/str.h"
#include "boot/boot.h"
#include "tests/unit/tree.h"

/* A root below "root" of the tree, and its keys below "sys". */
static struct tree *make_host(void)
{
	static const char *const interfaces[] = {"all", "default", "lo", "eth0", "eth0.100"};
	static const char *const leaves[] = {"rp_filter", "forwarding", "force_forwarding",
					     "accept_redirects", "drop_unicast_in_l2_multicast"};
	struct tree *tree = tree_new();

	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(leaves); j++) {
			_cleanup_free_ char *v4 =
				mem_printf("sys/net/ipv4/conf/%s/%s", interfaces[i], leaves[j]);
			_cleanup_free_ char *v6 =
				mem_printf("sys/net/ipv6/conf/%s/%s", interfaces[i], leaves[j]);

			tree_put(tree, v4, "0");
			tree_put(tree, v6, "0");
		}
	}
	tree_put(tree, "sys/net/ipv4/ip_forward", "0");
	tree_put(tree, "sys/net/core/somaxconn", "4096");
	tree_put(tree, "sys/net/netfilter/nf_conntrack_max", "1");
	tree_put(tree, "root/etc/x", "");
	return tree;
}

static void conf(const struct tree *tree, const char *name, const char *text)
{
	_cleanup_free_ char *path = mem_printf("root/etc/sysctl.d/%s", name);

	tree_put(tree, path, text);
}

static void put_rule(const struct tree *tree)
{
	tree_put(tree, "root/usr/lib/udev/rules.d/99-systemd.rules",
		 "systemd-sysctl --prefix=/net/ipv4/conf/$name");
}

/* "VERDICT VALUE FILE:LINE[ via KEY][ (REASON)]", then " < FILE:LINE=VALUE" for each shadowed. */
static char *judge(const struct tree *tree, enum boot_loader loader, const char *key,
		   const char *wanted)
{
	_cleanup_free_ char *dir = tree_path(tree, "root"), *sys = tree_path(tree, "sys");
	_cleanup_(sysctl_root_freep) struct sysctl_root *keys = NULL;
	_cleanup_(boot_plan_freep) struct boot_plan *plan = NULL;
	_cleanup_free_ char *data = mem_strdup(wanted);
	struct boot_answer answer;
	struct strbuf out = {0};
	struct err err;

	assert_int_equal(sysctl_root_open(sys, &keys, &err), 0);
	assert_int_equal(boot_plan_make(dir, loader, keys, &plan, &err), 0);
	boot_plan_judge(plan, key, wanted ? boot_same_value : NULL, data, &answer);
	strbuf_puts(&out, boot_verdict_name(answer.verdict));
	if (answer.winner.file)
		strbuf_printf(&out, " %s %s:%u", answer.winner.value, answer.winner.file,
			      answer.winner.line);
	if (answer.via)
		strbuf_printf(&out, " via %s", answer.via);
	if (answer.reason)
		strbuf_printf(&out, " (%s)", answer.reason);
	for (size_t i = 0; i < answer.n_shadowed; i++)
		strbuf_printf(&out, " < %s:%u=%s", answer.shadowed[i].file, answer.shadowed[i].line,
			      answer.shadowed[i].value);
	boot_answer_fini(&answer);
	return strbuf_take(&out);
}

static void expect_from(const struct tree *tree, enum boot_loader loader, const char *key,
			const char *wanted, const char *result)
{
	_cleanup_free_ char *got = judge(tree, loader, key, wanted);

	assert_string_equal(got, result);
}

static void expect(const struct tree *tree, const char *key, const char *wanted, const char *result)
{
	expect_from(tree, BOOT_LOADER_SYSTEMD, key, wanted, result);
}

static void test_verdicts(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	expect(tree, "net.core.somaxconn", "1024", "default");
	conf(tree, "10-a.conf", "net.core.somaxconn = 512\nnet/core/somaxconn=1024\n");
	expect(tree, "net.core.somaxconn", NULL,
	       "set 1024 /etc/sysctl.d/10-a.conf:2 < /etc/sysctl.d/10-a.conf:1=512");
	conf(tree, "20-b.conf", "\n-net.core.somaxconn = 0x800\n");
	expect(tree, "net.core.somaxconn", "0x800",
	       "kept 0x800 /etc/sysctl.d/20-b.conf:2 < /etc/sysctl.d/10-a.conf:1=512 < "
	       "/etc/sysctl.d/10-a.conf:2=1024");
	expect(tree, "net.core.somaxconn", "1024",
	       "overridden 0x800 /etc/sysctl.d/20-b.conf:2 < /etc/sysctl.d/10-a.conf:1=512 < "
	       "/etc/sysctl.d/10-a.conf:2=1024");
	conf(tree, "30-c.conf", "net.none.such = 1\n");
	expect(tree, "net.none.such", "1",
	       "unknown 1 /etc/sysctl.d/30-c.conf:1 (no such key on the running host)");
}

static void test_exclusion(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net.ipv6.conf.*.rp_filter=2\nnet.ipv6.conf.eth0.rp_filter=1\n"
	     "-net.ipv6.conf.lo.rp_filter\nnet.core.somaxconn=1\n-net.core.somaxconn\n");
	expect(tree, "net.ipv6.conf.eth0/100.rp_filter", NULL, "set 2 /etc/sysctl.d/a.conf:1");
	expect(tree, "net.ipv6.conf.eth0.rp_filter", NULL,
	       "set 1 /etc/sysctl.d/a.conf:2 < /etc/sysctl.d/a.conf:1=2");
	expect(tree, "net.ipv6.conf.lo.rp_filter", "0",
	       "default (it is excluded at /etc/sysctl.d/a.conf:3) < /etc/sysctl.d/a.conf:1=2");
	/* systemd-sysctl takes the line back, sysctl does not */
	expect(tree, "net.core.somaxconn", NULL,
	       "default (it is excluded at /etc/sysctl.d/a.conf:5) < /etc/sysctl.d/a.conf:4=1");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.core.somaxconn", NULL,
		    "set 1 /etc/sysctl.d/a.conf:4");
}

static void test_patterns_in_order(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net.ipv6.conf.e*.rp_filter=1\nnet.ipv6.conf.*.rp_filter=2\nnet.ipv6.conf.e*.rp_"
	     "filter=1\n");
	/* repeated with the same value: systemd-sysctl leaves the first where it was */
	expect(tree, "net.ipv6.conf.eth0.rp_filter", NULL,
	       "set 2 /etc/sysctl.d/a.conf:2 < /etc/sysctl.d/a.conf:1=1 < "
	       "/etc/sysctl.d/a.conf:3=1");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv6.conf.eth0.rp_filter", NULL,
		    "set 1 /etc/sysctl.d/a.conf:3 < /etc/sysctl.d/a.conf:1=1 < "
		    "/etc/sysctl.d/a.conf:2=2");
}

/* sysctl compares the paths as they are written; to the kernel they are one. */
static void test_paths_that_are_not_simple(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net/ipv6/conf/eth0/rp_filter=1\n"
	     "net//ipv6/conf/lo/rp_filter=1\n"
	     "net/core/../ipv6/./conf/all/rp_filter=1\n"
	     "net//ipv6/conf/*/rp_filter=2\n"
	     "net/core/../ipv6/./conf/*/rp_filter=3\n");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv6.conf.eth0.rp_filter", NULL,
		    "set 3 /etc/sysctl.d/a.conf:5 < /etc/sysctl.d/a.conf:1=1 < "
		    "/etc/sysctl.d/a.conf:4=2");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv6.conf.all.rp_filter", NULL,
		    "set 2 /etc/sysctl.d/a.conf:4 < /etc/sysctl.d/a.conf:3=1 < "
		    "/etc/sysctl.d/a.conf:5=3");
	expect(tree, "net.ipv6.conf.lo.rp_filter", NULL,
	       "set 1 /etc/sysctl.d/a.conf:2 < /etc/sysctl.d/a.conf:4=2");
}

static void test_repeated_value(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf", "net.core.somaxconn=1\n");
	conf(tree, "b.conf", "net.core.somaxconn=1\n");
	expect(tree, "net.core.somaxconn", NULL,
	       "set 1 /etc/sysctl.d/b.conf:1 < /etc/sysctl.d/a.conf:1=1");
}

static void test_interfaces(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf", "net.ipv4.conf.wan0.rp_filter=1\nnet.ipv4.conf.ppp*.rp_filter=2\n");
	expect(tree, "net.ipv4.conf.wan0.rp_filter", "1",
	       "too-early 1 /etc/sysctl.d/a.conf:1 (there is no such interface, and nothing sets "
	       "its keys "
	       "when one appears)");
	put_rule(tree);
	expect(tree, "net.ipv4.conf.wan0.rp_filter", "1",
	       "kept 1 /etc/sysctl.d/a.conf:1 (udev's rule sets it when such an interface "
	       "appears)");
	expect(tree, "net.ipv4.conf.ppp*.rp_filter", NULL,
	       "set 2 /etc/sysctl.d/a.conf:2 (udev's rule sets it when such an interface appears)");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv4.conf.wan0.rp_filter", "1",
		    "too-early 1 /etc/sysctl.d/a.conf:1 (there is no such interface, and nothing "
		    "sets its "
		    "keys when one appears)");
}

static void test_conf_default(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net.ipv4.conf.eth0.rp_filter=1\n"
	     "net.ipv4.conf.default.rp_filter=2\n"
	     "net.ipv4.conf.default.drop_unicast_in_l2_multicast=1\n"
	     "net.ipv6.conf.default.rp_filter=2\n");
	expect(tree, "net.ipv4.conf.eth0/100.rp_filter", "2",
	       "kept 2 /etc/sysctl.d/a.conf:2 via net.ipv4.conf.default.rp_filter (the kernel sets "
	       "it "
	       "along with net.ipv4.conf.default.rp_filter)");
	expect(tree, "net.ipv4.conf.eth0.rp_filter", "1", "kept 1 /etc/sysctl.d/a.conf:1");
	expect(tree, "net.ipv4.conf.lo.rp_filter", "2", "default");
	expect(tree, "net.ipv4.conf.all.rp_filter", "2", "default");
	expect(tree, "net.ipv6.conf.eth0.rp_filter", "2",
	       "unknown (net.ipv6.conf.default.rp_filter, set at /etc/sysctl.d/a.conf:4, reaches "
	       "interfaces that appear later only)");
	expect(tree, "net.ipv6.conf.later0.rp_filter", "2",
	       "kept (a new interface starts with net.ipv6.conf.default.rp_filter, set at "
	       "/etc/sysctl.d/a.conf:4)");
	/* no copy of this one reaches an interface that is there */
	expect(tree, "net.ipv4.conf.eth0.drop_unicast_in_l2_multicast", "0",
	       "unknown (net.ipv4.conf.default.drop_unicast_in_l2_multicast, set at "
	       "/etc/sysctl.d/a.conf:3, reaches interfaces that appear later only)");
	expect(tree, "net.ipv6.conf.lo.rp_filter", "2", "default");
}

static void test_conf_all(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net.ipv4.conf.eth0.forwarding=0\nnet.ipv4.conf.all.accept_redirects=1\n"
	     "net.ipv4.ip_forward=1\nnet.ipv4.conf.all.rp_filter=1\n");
	expect(tree, "net.ipv4.conf.eth0.forwarding", "0",
	       "overridden 1 /etc/sysctl.d/a.conf:3 via net.ipv4.ip_forward (the kernel sets it "
	       "along "
	       "with net.ipv4.ip_forward) < /etc/sysctl.d/a.conf:1=0");
	expect(tree, "net.ipv4.conf.all.accept_redirects", "1",
	       "overridden 0 /etc/sysctl.d/a.conf:3 via net.ipv4.ip_forward (the kernel sets it "
	       "along "
	       "with net.ipv4.ip_forward) < /etc/sysctl.d/a.conf:2=1");
	expect(tree, "net.ipv4.conf.eth0.rp_filter", "1", "default");
	put_rule(tree);
	expect(tree, "net.ipv4.conf.eth0.forwarding", "0",
	       "unknown 1 /etc/sysctl.d/a.conf:3 via net.ipv4.ip_forward (the kernel sets it along "
	       "with "
	       "net.ipv4.ip_forward, and udev's rule sets it for itself: whichever comes later) < "
	       "/etc/sysctl.d/a.conf:1=0");
	/* 0 is where it starts: writing that again changes nothing along with it */
	conf(tree, "a.conf", "net.ipv4.conf.eth0.forwarding=1\nnet.ipv4.ip_forward=0\n");
	expect(tree, "net.ipv4.conf.eth0.forwarding", "1", "kept 1 /etc/sysctl.d/a.conf:1");
}

/* Off clears what each interface forwards by its own, even where it was off before; on leaves it.
 * systemd-sysctl finds it off, and does not write that again. */
static void test_force_forwarding(void **state)
{
	static const char key[] = "net.ipv6.conf.eth0.force_forwarding";
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net.ipv6.conf.eth0.force_forwarding=1\nnet.ipv6.conf.all.forwarding=0\n");
	expect_from(tree, BOOT_LOADER_PROCPS, key, "1",
		    "overridden 0 /etc/sysctl.d/a.conf:2 via net.ipv6.conf.all.forwarding (the "
		    "kernel sets it along with net.ipv6.conf.all.forwarding) < "
		    "/etc/sysctl.d/a.conf:1=1");
	expect(tree, key, "1", "kept 1 /etc/sysctl.d/a.conf:1");
	conf(tree, "a.conf",
	     "net.ipv6.conf.all.force_forwarding=1\nnet.ipv6.conf.default.force_forwarding=1\n"
	     "net.ipv6.conf.all.forwarding=0\n");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv6.conf.all.force_forwarding", "1",
		    "kept 1 /etc/sysctl.d/a.conf:1");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv6.conf.default.force_forwarding", "1",
		    "kept 1 /etc/sysctl.d/a.conf:2");
	conf(tree, "a.conf",
	     "net.ipv6.conf.eth0.force_forwarding=1\nnet.ipv6.conf.all.forwarding=1\n");
	expect_from(tree, BOOT_LOADER_PROCPS, key, "1", "kept 1 /etc/sysctl.d/a.conf:1");
	/* its own switch for all counts when it changes */
	conf(tree, "a.conf",
	     "net.ipv6.conf.eth0.force_forwarding=1\nnet.ipv6.conf.all.force_forwarding=0\n");
	expect_from(tree, BOOT_LOADER_PROCPS, key, "1", "kept 1 /etc/sysctl.d/a.conf:1");
}

/* systemd-sysctl does not write what a key starts with: to the kernel the key has no value of its
 * own then, and follows conf.default. */
static void test_what_starts_so(void **state)
{
	static const char own[] = "net.ipv4.conf.eth0.accept_redirects";
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf",
	     "net.ipv4.conf.eth0.accept_redirects=1\nnet.ipv4.conf.default.accept_redirects=0\n"
	     "net.ipv4.conf.eth0.rp_filter=0\nnet.ipv4.conf.default.rp_filter=2\n");
	expect(tree, own, "1",
	       "overridden 0 /etc/sysctl.d/a.conf:2 via net.ipv4.conf.default.accept_redirects "
	       "(the kernel sets it along with net.ipv4.conf.default.accept_redirects) < "
	       "/etc/sysctl.d/a.conf:1=1");
	expect(tree, "net.ipv4.conf.eth0.rp_filter", "0",
	       "overridden 2 /etc/sysctl.d/a.conf:4 via net.ipv4.conf.default.rp_filter (the "
	       "kernel sets it along with net.ipv4.conf.default.rp_filter) < "
	       "/etc/sysctl.d/a.conf:3=0");
	expect_from(tree, BOOT_LOADER_PROCPS, own, "1", "kept 1 /etc/sysctl.d/a.conf:1");
	/* behind the default it differs from what is there by then */
	conf(tree, "a.conf",
	     "net.ipv4.conf.default.accept_redirects=0\nnet.ipv4.conf.eth0.accept_redirects=1\n");
	expect(tree, own, "1", "kept 1 /etc/sysctl.d/a.conf:2");
	/* the kernel writes whatever its command line says */
	tree_put(tree, "root/proc/cmdline", "sysctl.net.ipv4.conf.eth0.rp_filter=0\n");
	conf(tree, "a.conf", "net.ipv4.conf.default.rp_filter=2\n");
	expect(tree, "net.ipv4.conf.eth0.rp_filter", "0", "kept 0 /proc/cmdline:1");
}

/* All of them start at 0. */
static void test_what_is_there_already(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf", "net.ipv6.conf.eth0.forwarding=1\nnet.ipv6.conf.all.forwarding=0\n");
	expect(tree, "net.ipv6.conf.eth0.forwarding", "1", "kept 1 /etc/sysctl.d/a.conf:1");
	expect_from(tree, BOOT_LOADER_PROCPS, "net.ipv6.conf.eth0.forwarding", "1",
		    "overridden 0 /etc/sysctl.d/a.conf:2 via net.ipv6.conf.all.forwarding (the "
		    "kernel sets it along with net.ipv6.conf.all.forwarding) < "
		    "/etc/sysctl.d/a.conf:1=1");
}

static void test_modules(void **state)
{
	static const char key[] = "net.netfilter.nf_conntrack_max";
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf", "net.netfilter.nf_conntrack_max=9\n");
	expect(tree, key, "9",
	       "unknown 9 /etc/sysctl.d/a.conf:1 (it comes with the module nf_conntrack: nothing "
	       "here "
	       "tells whether the kernel has that built in)");
	tree_put(tree, "root/lib/modules/6.1.0/modules.builtin", "kernel/x.ko\n");
	expect(tree, key, "9",
	       "too-early 9 /etc/sysctl.d/a.conf:1 (the module nf_conntrack is loaded later; name "
	       "it in "
	       "/etc/modules-load.d)");
	tree_put(tree, "root/etc/modules-load.d/a.conf", "nf_conntrack\n");
	expect(tree, key, "9", "kept 9 /etc/sysctl.d/a.conf:1");
	conf(tree, "a.conf", "net.bridge.bridge-nf-call-iptables=0\n");
	tree_put(tree, "root/etc/modules-load.d/a.conf", "br_netfilter\n");
	expect(tree, "net.bridge.bridge-nf-call-iptables", "0", "kept 0 /etc/sysctl.d/a.conf:1");
}

static void test_tuner(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();
	_cleanup_free_ char *link =
		tree_path(tree, "root/etc/systemd/system/a.target.wants/tuned.service");

	(void)state;
	tree_put(tree, "root/usr/lib/sysctl.d/a.conf", "net.core.somaxconn=1024\n");
	tree_put(tree, "root/etc/tuned/active_profile", "web\n");
	tree_put(tree, "root/etc/tuned/web/tuned.conf", "[sysctl]\nnet.core.somaxconn=2048\n");
	tree_put(tree, "root/etc/systemd/system/a.target.wants/x", "");
	assert_int_equal(symlink("/x", link), 0);
	expect(tree, "net.core.somaxconn", "1024",
	       "tuner 1024 /usr/lib/sysctl.d/a.conf:1 (tuned, profile web, sets it to '2048' "
	       "afterwards "
	       "at /etc/tuned/web/tuned.conf:2)");
	expect(tree, "net.core.somaxconn", "2048",
	       "kept 2048 /etc/tuned/web/tuned.conf:2 (tuned, profile web, sets it "
	       "afterwards) < /usr/lib/sysctl.d/a.conf:1=1024");
	conf(tree, "b.conf", "net.core.somaxconn=1024\n");
	expect(tree, "net.core.somaxconn", "1024",
	       "kept 1024 /etc/sysctl.d/b.conf:1 < /usr/lib/sysctl.d/a.conf:1=1024");
}

static void test_kernel_command_line(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	tree_put(tree, "root/proc/cmdline",
		 "quiet sysctl.net.core.somaxconn=7 \"sysctl.vm.x=a b\"\n");
	expect(tree, "net.core.somaxconn", "7", "kept 7 /proc/cmdline:1");
	expect(tree, "vm.x", NULL, "unknown a b /proc/cmdline:1 (no such key on the running host)");
	conf(tree, "a.conf", "-net.core.somaxconn\n");
	expect(tree, "net.core.somaxconn", "7", "kept 7 /proc/cmdline:1");
	conf(tree, "a.conf", "net.core.somaxconn=8\n");
	expect(tree, "net.core.somaxconn", "7",
	       "overridden 8 /etc/sysctl.d/a.conf:1 < /proc/cmdline:1=7");
}

static void test_keys(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();
	_cleanup_free_ char *dir = tree_path(tree, "root"), *sys = tree_path(tree, "sys");
	_cleanup_(sysctl_root_freep) struct sysctl_root *keys = NULL;
	_cleanup_(boot_plan_freep) struct boot_plan *plan = NULL;
	static const char *const wanted[] = {
		"net.core.somaxconn",
		"net.ipv4.conf.default.rp_filter",
		"net.ipv6.conf.eth0.rp_filter",
		"net.ipv6.conf.eth0/100.rp_filter",
		"net.none.*",
	};
	const char *const *names;
	struct err err;
	size_t count;

	(void)state;
	conf(tree, "a.conf",
	     "net.none.*=1\nnet.ipv6.conf.eth*.rp_filter=1\nnet.core.somaxconn=1\n"
	     "net.ipv4.conf.default.rp_filter=1\n");
	assert_int_equal(sysctl_root_open(sys, &keys, &err), 0);
	assert_int_equal(boot_plan_make(dir, BOOT_LOADER_SYSTEMD, keys, &plan, &err), 0);
	names = boot_plan_keys(plan, &count);
	assert_int_equal(count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < count; i++)
		assert_string_equal(names[i], wanted[i]);
	assert_int_equal(boot_plan_loader(plan), BOOT_LOADER_SYSTEMD);
	assert_string_equal(boot_plan_loader_reason(plan), "it was asked for");
	assert_int_equal(boot_plan_files(plan)->count, 1);
	assert_int_equal(boot_plan_problems(plan)->count, 0);
}

static void test_no_loader(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_host();

	(void)state;
	conf(tree, "a.conf", "net.core.somaxconn=1\n");
	expect_from(tree, BOOT_LOADERS, "net.core.somaxconn", "1", "default");
}

static void test_same_value(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"1", "1", true},     {"4096\t87380 6291456", "4096 87380 6291456", true},
		{"0x10", "16", true}, {"bbr", "cubic", false},
		{"bbr", "bbr", true}, {"", "0", false},
		{"1 2", "1", false},  {"x y", "x  y", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *b = mem_strdup(cases[i].b);

		print_message("'%s' '%s'\n", cases[i].a, cases[i].b);
		assert_int_equal(boot_same_value(cases[i].a, b), cases[i].same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_patterns_in_order),
		cmocka_unit_test(test_paths_that_are_not_simple),
		cmocka_unit_test(test_repeated_value),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_conf_default),
		cmocka_unit_test(test_conf_all),
		cmocka_unit_test(test_force_forwarding),
		cmocka_unit_test(test_what_starts_so),
		cmocka_unit_test(test_what_is_there_already),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_tuner),
		cmocka_unit_test(test_kernel_command_line),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_no_loader),
		cmocka_unit_test(test_same_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
