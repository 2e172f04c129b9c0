# shellcheck shell=bash
# tests/lib/packages.sh - the Debian packages each job needs, and how they get here.
# Sourced by quickstart, tests/run and tests/bench/run: this is the one list of them.
# shellcheck disable=SC2034 # the lists are for whoever sources this

# To build and install fettle from a git tree.
packages_build=(
	autoconf automake gcc libc6-dev make pkg-config
	libcap-ng-dev libevent-dev libjansson-dev libmd-dev libnl-3-dev libseccomp-dev libsmartcols-dev libyaml-dev
	bpftool clang libbpf-dev              # optional: --with-bpf, reading sockets with BPF
)

# To run every test as well.
packages_test=(
	libcmocka-dev                         # unit tests
	valgrind libc6-dbg                    # which cannot start without the C library's symbols
	clang clang-format libclang-rt-dev llvm  # second compiler, fuzzers, readable sanitizer reports
	python3 python3-jsonschema python3-yaml  # schema check, scenario tests, lint
	shellcheck universal-ctags            # lint
	musl-tools                            # another C library, to compile with
	iperf3 iputils-ping                   # scenario tests: a path with a known truth, measured by others
	bash-completion fish zsh              # scenario tests: completion
	groff-base man-db mandoc              # scenario tests: manual pages
	iproute2 procps systemd util-linux    # scenario tests: namespaces, and what sysctl.d means to others
)

# To boot whole systems, build packages of other distributions, and call with other people's clients;
# nothing of it starts anything here.
packages_rigs=(
	cpio libarchive-tools makepkg pacman-package-manager rpm rpmlint
	apt dpkg e2fsprogs mmdebstrap qemu-system-x86 systemd-container
	golang-github-varlink-go-dev golang-go varlink-go  # somebody else's varlink
)

# What the benchmarks compare with. tuned itself is unpacked to a folder of its own, never
# installed: its package would start a daemon that changes this host's settings.
packages_bench=(
	dbus ethtool gawk procps python3-dbus python3-gi python3-linux-procfs python3-pyudev util-linux
)

# packages_missing NAME...: those that are not installed, a line each.
packages_missing() {
	local name
	for name in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
			printf '%s\n' "$name"
	done
}

# packages_install LOG NAME...: installs what is missing, quietly. Returns 1 with `packages_why`
# set when it could not. Asks the network for nothing when there is nothing to install.
packages_install() {
	local log=$1 missing
	shift
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
		packages_why="there is no apt-get here; install what stands for: $*"
		return 1
	fi
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		packages_why="missing packages: ${missing[*]}; run as root, or: sudo apt-get install ${missing[*]}"
		return 1
	fi
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
	{
		echo "== apt-get install ${missing[*]}"
		apt-get install -qy --no-install-recommends "${missing[@]}" || {
			echo "== not with the lists that are here; apt-get update first"
			apt-get update -q && apt-get install -qy --no-install-recommends "${missing[@]}"
		}
	} >>"$log" 2>&1 </dev/null && return 0
	packages_why="apt-get could not install: ${missing[*]}"
	return 1
}
