/* What the lines of /proc/PID/cgroup mean, as recorded from hosts of each kind. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proc/process.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "pod2f1c2d8e_1c7e_4a4b_8f3e_0c2f6d1f9a77"

static const struct {
	const char *text, *unit, *container;
} rows[] = {
	/* version 2 */
	{"0::/\n", NULL, NULL},
	{"0::/init.scope\n", "init.scope", NULL},
	{"0::/system.slice/nginx.service\n", "nginx.service", NULL},
	{"0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n",
	 "postgresql@15-main.service", NULL},
	{"0::/system.slice/nginx.service/worker\n", "nginx.service", NULL},
	{"0::/system.slice/dev-disk-by\\x2duuid-x.swap\n", "dev-disk-by\\x2duuid-x.swap", NULL},
	{"0::/system.slice/gone.service (deleted)\n", "gone.service", NULL},
	{"0::/system.slice/_memory.service\n", "memory.service", NULL},
	{"0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", NULL},
	{"0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", "init.scope", NULL},
	{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
	 "app-gnome-firefox-4321.scope\n",
	 "app-gnome-firefox-4321.scope", NULL},
	{"0::/../../system.slice/ssh.service\n", "ssh.service", NULL}, /* from a cgroup namespace */
	{"0::/system.slice/we:ird.service\n", "we:ird.service", NULL},
	/* version 1, and both */
	{"12:cpuset:/\n11:cpu,cpuacct:/system.slice/cron.service\n"
	 "1:name=systemd:/system.slice/cron.service\n",
	 "cron.service", NULL},
	{"4:memory:/user.slice/user-0.slice/session-1.scope\n"
	 "1:name=systemd:/user.slice/user-0.slice/session-1.scope\n"
	 "0::/user.slice/user-0.slice/session-1.scope\n",
	 "session-1.scope", NULL},
	{"9:name=systemd:/\n4:memory:/docker/" ID "\n0::/\n", NULL, "docker:0123456789ab"},
	{"3:memory:/other.service\n1:name=systemd:/system.slice/own.service\n0::/\n", "own.service",
	 NULL},
	/* Docker */
	{"0::/system.slice/docker-" ID ".scope\n", "docker-" ID ".scope", "docker:0123456789ab"},
	{"0::/docker/" ID "\n", NULL, "docker:0123456789ab"},
	{"0::/system.slice/docker.service\n", "docker.service", NULL},
	{"0::/docker/buildkit\n", NULL, NULL},
	{"0::/system.slice/docker-" ID ".scope/system.slice/nginx.service\n", "nginx.service",
	 "docker:0123456789ab"},
	{"0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope\n",
	 "docker-" ID ".scope", "docker:0123456789ab"},
	{"0::/docker/" ID "/docker/ffffffffffff" ID "\n", NULL, "docker:0123456789ab"},
	/* Podman */
	{"0::/machine.slice/libpod-" ID ".scope/container\n", "libpod-" ID ".scope",
	 "podman:0123456789ab"},
	{"0::/machine.slice/libpod-conmon-" ID ".scope\n", "libpod-conmon-" ID ".scope", NULL},
	{"0::/system.slice/web.service/libpod-payload-" ID "\n", "web.service",
	 "podman:0123456789ab"},
	{"0::/libpod_parent/libpod-" ID "\n", NULL, "podman:0123456789ab"},
	/* Kubernetes */
	{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD
	 ".slice/cri-containerd-" ID ".scope\n",
	 "cri-containerd-" ID ".scope", "containerd:0123456789ab"},
	{"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-" POD ".slice/crio-" ID
	 ".scope\n",
	 "crio-" ID ".scope", "crio:0123456789ab"},
	{"0::/kubepods.slice/crio-conmon-" ID ".scope\n", "crio-conmon-" ID ".scope", NULL},
	{"0::/kubepods/burstable/" POD "/" ID "\n", NULL, "kubernetes:0123456789ab"},
	{"0::/kubepods/burstable/" POD "\n", NULL, NULL},
	{"0::/system.slice/containerd.service/kubepods-burstable-" POD ".slice:cri-containerd:" ID
	 "\n",
	 "containerd.service", "containerd:0123456789ab"},
	{"0::/system.slice/nerdctl-" ID ".scope\n", "nerdctl-" ID ".scope",
	 "containerd:0123456789ab"},
	/* LXC, LXD, Incus */
	{"0::/lxc.payload.web\n", NULL, "lxc:web"},
	{"0::/lxc.payload.web/system.slice/nginx.service\n", "nginx.service", "lxc:web"},
	{"0::/lxc.payload/web\n", NULL, "lxc:web"},
	{"0::/lxc.monitor.web\n", NULL, NULL},
	{"4:memory:/lxc/web\n1:name=systemd:/lxc/web/init.scope\n", "init.scope", "lxc:web"},
	/* machines of systemd */
	{"0::/machine.slice/machine-web\\x2d1.scope/payload\n", "machine-web\\x2d1.scope",
	 "nspawn:web-1"},
	{"0::/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service\n",
	 "nginx.service", "nspawn:web"},
	{"0::/machine.slice/systemd-nspawn@web.service/supervisor\n", "systemd-nspawn@web.service",
	 NULL},
	{"0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n",
	 "machine-qemu\\x2d1\\x2dvm.scope", NULL},
	/* what only looks like one */
	{"0::/system.slice/docker-0123.scope\n", "docker-0123.scope", NULL},
	{"0::/system.slice/docker-" ID "xyz.scope\n", "docker-" ID "xyz.scope", NULL},
	{"0::/machine.slice/machine-.scope\n", "machine-.scope", NULL},
	{"0::/machine.slice/machine-a\\x0\\xzz\\.scope\n", "machine-a\\x0\\xzz\\.scope",
	 "nspawn:a\\x0\\xzz\\"},
	{"0::/.service\n", NULL, NULL},
	{"0::/_\n", NULL, NULL},
	{"0::/" ID "\n", NULL, NULL},
	{"", NULL, NULL},
	{"\n\n", NULL, NULL},
	{"0:\n", NULL, NULL},
	{"0::", NULL, NULL},
	{"nonsense.service\n", NULL, NULL},
	{"0::/a.service", "a.service", NULL}, /* cut short */
};

static void each_line_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *unit = NULL, *container = NULL;

		process_cgroup_parse(rows[i].text, &unit, &container);
		assert_string_equal(unit ? unit : "none", rows[i].unit ? rows[i].unit : "none");
		assert_string_equal(container ? container : "none",
				    rows[i].container ? rows[i].container : "none");
	}
}

/* Whatever is cut off or turned to something else: the sanitizers watch. */
static void damaged_lines_do_no_harm(void **state)
{
	static const char filler[] = "/:-.\\x\n@_ 0f";
	unsigned seed = 20240611;

	(void)state;
	print_message("seed %u\n", seed);
	for (unsigned round = 0; round < 20000; round++) {
		const char *text = rows[(unsigned)rand_r(&seed) % ARRAY_SIZE(rows)].text;
		_cleanup_free_ char *unit = NULL, *container = NULL;
		_cleanup_free_ char *copy =
			mem_strndup(text, (size_t)rand_r(&seed) % (strlen(text) + 1));

		for (size_t i = 0, len = strlen(copy); i < 3 && len; i++)
			copy[(size_t)rand_r(&seed) % len] =
				filler[(size_t)rand_r(&seed) % (sizeof(filler) - 1)];
		process_cgroup_parse(copy, &unit, &container);
		if (container)
			assert_non_null(strchr(container, ':'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_understood),
		cmocka_unit_test(damaged_lines_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
