/* tests/unit/boot/test_host.c - the loader, modules and tuners of a root. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "boot/host.h"
#include "boot/tuner.h"
#include "tests/unit/tree.h"

static void put_link(const struct tree *tree, const char *target, const char *name)
{
	_cleanup_free_ char *path = tree_path(tree, name);

	assert_int_equal(symlink(target, path), 0);
}

static struct boot_root *open_root(const struct tree *tree)
{
	struct boot_root *root;
	struct err err;

	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	return root;
}

static void expect_loader(const struct tree *tree, enum boot_loader wanted, const char *why)
{
	_cleanup_(boot_root_freep) struct boot_root *root = open_root(tree);
	_cleanup_free_ char *got = NULL;

	assert_string_equal(boot_loader_name(boot_host_loader(root, &got)),
			    boot_loader_name(wanted));
	assert_string_equal(got, why);
}

static void test_loader(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	expect_loader(tree, BOOT_LOADER_NONE,
		      "neither systemd-sysctl nor an init script for sysctl is there");
	tree_put(tree, "usr/lib/systemd/systemd-sysctl", "");
	expect_loader(tree, BOOT_LOADER_SYSTEMD,
		      "/usr/lib/systemd/systemd-sysctl is there, though init is not systemd");
	tree_put(tree, "etc/init.d/procps", "");
	expect_loader(tree, BOOT_LOADER_PROCPS, "/etc/init.d/procps runs 'sysctl --system'");
	tree_put(tree, "sbin/x", "");
	put_link(tree, "../lib/systemd/systemd", "sbin/init");
	expect_loader(tree, BOOT_LOADER_SYSTEMD,
		      "systemd is init and /usr/lib/systemd/systemd-sysctl is there");
	tree_put(tree, "etc/systemd/system/x", "");
	put_link(tree, "/dev/null", "etc/systemd/system/systemd-sysctl.service");
	expect_loader(tree, BOOT_LOADER_NONE, "systemd-sysctl.service is masked");
}

static void test_units(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;

	(void)state;
	tree_put(tree, "etc/systemd/system/a.target.wants/x", "");
	tree_put(tree, "etc/systemd/system/other/b.service", "");
	put_link(tree, "/nowhere", "etc/systemd/system/a.target.wants/a.service");
	put_link(tree, "/nowhere", "etc/systemd/system/a.target.wants/m.service");
	put_link(tree, "/dev/null", "etc/systemd/system/m.service");
	root = open_root(tree);
	assert_true(boot_host_enables(root, "a.service"));
	assert_false(boot_host_enables(root, "b.service"));
	assert_false(boot_host_enables(root, "m.service"));
}

static void test_interface_rule(void **state)
{
	static const char rule[] =
		"RUN+=\"/lib/systemd/systemd-sysctl --prefix=/net/ipv4/conf/$name\"\n";
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(boot_root_freep) struct boot_root *root = open_root(tree);

	(void)state;
	assert_false(boot_host_has_interface_rule(root));
	tree_put(tree, "usr/lib/udev/rules.d/99-systemd.rules", rule);
	assert_true(boot_host_has_interface_rule(root));
	tree_put(tree, "etc/udev/rules.d/99-systemd.rules", "");
	assert_false(boot_host_has_interface_rule(root));
}

static enum boot_module_state state_of(const struct tree *tree, enum boot_loader loader,
				       const char *key, bool exists)
{
	_cleanup_(boot_root_freep) struct boot_root *root = open_root(tree);
	struct boot_problems problems = {0};
	struct boot_modules modules;
	enum boot_module_state state;

	boot_modules_read(root, loader, &modules, &problems);
	state = boot_module_state(&modules, boot_module_of(key), exists);
	boot_modules_fini(&modules);
	boot_problems_fini(&problems);
	return state;
}

static void test_modules(void **state)
{
	static const char conntrack[] = "net.netfilter.nf_conntrack_max";
	static const char bridge[] = "net.bridge.bridge-nf-call-iptables";
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	assert_null(boot_module_of("net.core.somaxconn"));
	assert_string_equal(boot_module_of(conntrack), "nf_conntrack");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, conntrack, true), BOOT_MODULE_UNKNOWN);
	tree_put(tree, "lib/modules/6.1.0/modules.builtin",
		 "kernel/net/netfilter/nf_conntrack.ko\nkernel/net/netfilter/x.ko\n");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, conntrack, false), BOOT_MODULE_EARLY);
	tree_put(tree, "lib/modules/6.10.0/modules.builtin", "kernel/net/netfilter/x.ko\n");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, conntrack, true), BOOT_MODULE_LATE);
	tree_put(tree, "etc/modules", "# c\nnf-conntrack hashsize=1\n");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, conntrack, true), BOOT_MODULE_LATE);
	assert_int_equal(state_of(tree, BOOT_LOADER_PROCPS, conntrack, true), BOOT_MODULE_EARLY);
	tree_put(tree, "usr/lib/modules-load.d/b.conf", "; c\n\n  br_netfilter\r\n#nf_conntrack\n");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, bridge, false), BOOT_MODULE_EARLY);
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, conntrack, false), BOOT_MODULE_LATE);
	tree_put(tree, "etc/modules-load.d/b.conf", "");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, bridge, false), BOOT_MODULE_LATE);
}

static void test_modules_of_a_running_host(void **state)
{
	static const char key[] = "net.sctp.rto_min";
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "proc/version", "Linux");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, key, true), BOOT_MODULE_EARLY);
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, key, false), BOOT_MODULE_LATE);
	tree_put(tree, "proc/modules", "sctp_diag 1 0 - Live 0x0\nx 1 0\n");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, key, true), BOOT_MODULE_EARLY);
	tree_put(tree, "proc/modules", "sctp_diag 1 0 - Live 0x0\nsctp 1 0 - Live 0x0\n");
	assert_int_equal(state_of(tree, BOOT_LOADER_SYSTEMD, key, true), BOOT_MODULE_LATE);
}

/* "NAME FILE:LINE VALUE" of who owns a key, "-" for nobody, then the problems. */
static char *owner_of(const struct tree *tree, const char *key, const char *file)
{
	_cleanup_(boot_root_freep) struct boot_root *root = open_root(tree);
	struct boot_problems problems = {0};
	const struct boot_tuner *tuner;
	const struct boot_def *def;
	struct boot_tuners tuners;
	struct strbuf out = {0};

	boot_tuners_find(root, &tuners, &problems);
	def = boot_tuners_owner(&tuners, key, file, &tuner);
	strbuf_puts(&out, def ? tuner->name : "-");
	if (def)
		strbuf_printf(&out, " (%s) %s:%u %s", tuner->detail, def->file ? def->file : "",
			      def->line, def->value ? def->value : "any");
	for (size_t i = 0; i < problems.count; i++)
		strbuf_printf(&out, "\n! %s", problems.items[i].text);
	boot_tuners_fini(&tuners);
	boot_problems_fini(&problems);
	return strbuf_take(&out);
}

static void expect_owner(const struct tree *tree, const char *key, const char *file,
			 const char *wanted)
{
	_cleanup_free_ char *got = owner_of(tree, key, file);

	assert_string_equal(got, wanted);
}

static void enable(const struct tree *tree, const char *unit)
{
	_cleanup_free_ char *link =
		mem_printf("etc/systemd/system/multi-user.target.wants/%s", unit);

	tree_put(tree, "etc/systemd/system/multi-user.target.wants/x", "");
	put_link(tree, "/nowhere", link);
}

static void test_tuned(void **state)
{
	static const char key[] = "net.core.rmem_max", vendor[] = "/usr/lib/sysctl.d/a.conf";
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "etc/tuned/active_profile", "web missing\n");
	tree_put(tree, "usr/lib/tuned/web/tuned.conf",
		 "[main]\ninclude=base,web\n\n[sysctl]\n# c\nnet.ipv4.tcp_sack = 0\n[vm]\nx=1\n");
	tree_put(tree, "etc/tuned/base/tuned.conf", "[sysctl]\nnet.core.rmem_max=\"65536\"\n");
	expect_owner(tree, key, vendor, "-");
	enable(tree, "tuned.service");
	expect_owner(tree, key, vendor,
		     "tuned (profile web missing) /etc/tuned/base/tuned.conf:2 65536\n"
		     "! tuned's profile 'missing' was not found: its keys are not known");
	tree_put(tree, "etc/tuned/active_profile", "web\n");
	expect_owner(tree, "net.ipv4.tcp_sack", NULL,
		     "tuned (profile web) /usr/lib/tuned/web/tuned.conf:6 0");
	expect_owner(tree, "vm.x", NULL, "-");
	expect_owner(tree, key, "/etc/sysctl.d/a.conf", "-");
	tree_put(tree, "etc/tuned/tuned-main.conf", "reapply_sysctl = 0\n");
	expect_owner(tree, key, "/etc/sysctl.d/a.conf",
		     "tuned (profile web) /etc/tuned/base/tuned.conf:2 65536");
	tree_put(tree, "etc/tuned/active_profile", "../../../etc\n");
	expect_owner(tree, key, NULL, "-");
}

static void test_tuned_in_circles(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "etc/tuned/active_profile", "a");
	tree_put(tree, "etc/tuned/a/tuned.conf", "[main]\ninclude=a b a b\n[sysctl]\nnet.a=1\n");
	tree_put(tree, "etc/tuned/b/tuned.conf", "[main]\ninclude=a b a b\n[sysctl]\nnet.a=2\n");
	enable(tree, "tuned.service");
	expect_owner(tree, "net.a", NULL, "tuned (profile a) /etc/tuned/a/tuned.conf:4 1");
}

static void test_other_tuners(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	enable(tree, "bpftune.service");
	expect_owner(tree, "net.ipv4.tcp_rmem", "/etc/sysctl.d/a.conf",
		     "bpftune (adjusts at run time) :0 any");
	enable(tree, "saptune.service");
	tree_put(tree, "etc/sysconfig/saptune", "NOTE_APPLY_ORDER=\"900929 mine\"\n");
	tree_put(tree, "var/lib/saptune/working/notes/900929", "[sysctl]\nvm.max_map_count = 1\n");
	tree_put(tree, "etc/saptune/override/900929", "[sysctl]\nvm.max_map_count = 2\n");
	tree_put(tree, "etc/saptune/extra/mine.conf", "[sysctl]\nnet.core.somaxconn=4096\n");
	expect_owner(tree, "vm.max_map_count", NULL,
		     "saptune (notes 900929 mine) /etc/saptune/override/900929:2 2");
	expect_owner(tree, "net.core.somaxconn", NULL,
		     "saptune (notes 900929 mine) /etc/saptune/extra/mine.conf:2 4096");
	enable(tree, "ufw.service");
	tree_put(tree, "etc/ufw/ufw.conf", "ENABLED=no\n");
	tree_put(tree, "etc/default/ufw", "IPT_SYSCTL=/etc/ufw/sysctl.conf\n");
	tree_put(tree, "etc/ufw/sysctl.conf", "#\nnet/ipv4/conf/all/rp_filter=1\n");
	expect_owner(tree, "net.ipv4.conf.all.rp_filter", NULL, "-");
	tree_put(tree, "etc/ufw/ufw.conf", "ENABLED=yes\n");
	expect_owner(tree, "net.ipv4.conf.all.rp_filter", NULL,
		     "ufw (/etc/ufw/sysctl.conf) /etc/ufw/sysctl.conf:2 1");
}

/* Where the folder is hidden its lists may be elsewhere: those of this host, not of an image. */
static void test_modules_that_are_elsewhere(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new(), *image = tree_new();
	_cleanup_(boot_root_freep) struct boot_root *other = open_root(image), *running = NULL;
	struct boot_modules modules;
	struct boot_problems problems = {0};
	struct err err;

	(void)state;
	assert_string_equal(boot_modules_root(), "");
	tree_put(tree, "lib/modules/6.1.0/modules.builtin", "kernel/net/here.ko\n");
	tree_put(image, "lib/modules/6.1.0/modules.builtin", "kernel/net/image.ko\n");
	assert_int_equal(setenv("FETTLE_MODULES_ROOT", tree->path, 1), 0);
	assert_string_equal(boot_modules_root(), tree->path);
	assert_int_equal(boot_root_open("/", &running, &err), 0);
	boot_modules_read(running, BOOT_LOADER_SYSTEMD, &modules, &problems);
	assert_string_equal(modules.builtin, "kernel/net/here.ko\n");
	boot_modules_fini(&modules);
	boot_modules_read(other, BOOT_LOADER_SYSTEMD, &modules, &problems);
	assert_string_equal(modules.builtin, "kernel/net/image.ko\n");
	boot_modules_fini(&modules);
	boot_problems_fini(&problems);
	assert_int_equal(unsetenv("FETTLE_MODULES_ROOT"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loader),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_interface_rule),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_modules_of_a_running_host),
		cmocka_unit_test(test_modules_that_are_elsewhere),
		cmocka_unit_test(test_tuned),
		cmocka_unit_test(test_tuned_in_circles),
		cmocka_unit_test(test_other_tuners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
