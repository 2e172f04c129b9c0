# shellcheck shell=bash
# tests/lib/stages.sh - every stage of tests/run: what is built how, and what runs on it.
# Sourced by tests/run, which sets these.
# shellcheck disable=SC2154 # src work logs jobs fuzz_seconds fuzz_seed
# shellcheck disable=SC2164 # the functions of tests run under set -e, see runner_job

# name: what configure is told.
declare -A stages_configure=(
	[gcc]='CC=gcc --enable-werror'
	[clang]='CC=clang --enable-werror'
	[asan]='CC=gcc --enable-werror --enable-sanitizers'
	[fuzz]='CC=clang --enable-werror --enable-sanitizers --enable-fuzzers'
)
declare -A stages_built=()

export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export CMOCKA_MESSAGE_OUTPUT=TAP
export MAKEFLAGS=

# As nobody when we are root; what runs this way must not need more.
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs -- \
			env HOME=/nonexistent "$@"
	else
		"$@"
	fi
}

# A folder below $work that as_nobody may write to.
folder_for_nobody() {
	mkdir -p "$1"
	[ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$1"
}

build_configured() {
	local -a options
	read -ra options <<<"${stages_configure[$1]}"
	mkdir -p "$work/$1"
	cd "$work/$1"
	"$src/configure" --quiet "${options[@]}"
	if [ "$1" = fuzz ]; then
		make -s -j "$jobs" fuzzers
	else
		make -s -j "$jobs" all
		make -s -j "$jobs" check TESTS=
	fi
}

# need BUILD: makes sure it is there, once; a build is a test by itself.
need() {
	if [ -z "${stages_built[$1]-}" ]; then
		stages_built[$1]=no
		# shellcheck disable=SC2034 # wanted() reads it: whatever was asked for, this is needed
		local -a chosen=()
		! test_now "build/$1" build_configured "$1" || stages_built[$1]=yes
	fi
	[ "${stages_built[$1]}" = yes ]
}

# need_for BUILD NAME...: builds only when one of the names is wanted.
need_for() {
	local build=$1 name
	shift
	for name in "$@"; do
		if wanted "$name"; then
			need "$build"
			return
		fi
	done
	return 1
}

# The unit tests there should be: a program that no local.mk lists is missed.
unit_names() {
	(cd "$src/tests/unit" && find . -name 'test_*.c' | sed 's,^\./,,; s,\.c$,,' | LC_ALL=C sort)
}

run_unit() {
	local build=$1 name=$2
	shift 2
	[ -x "$work/$build/tests/unit/$name" ] || {
		echo "tests/unit/$name was not built: does a local.mk list it?"
		return 1
	}
	as_nobody env FETTLE_SRCDIR="$src" FETTLE_BUILDDIR="$work/$build" \
		timeout -k 10 300 "$@" "$work/$build/tests/unit/$name"
}

stage_unit() {
	local label=$1 build=$2 name
	shift 2
	local -a names
	mapfile -t names < <(unit_names)
	need_for "$build" "${names[@]/#/$label/}" || return 0
	for name in "${names[@]}"; do
		test_add "$label/$name" run_unit "$build" "$name" "$@"
	done
	test_run_all "$jobs"
}

# Scripts that check what the tree ships; each is told where it is. Their modules are packages, so
# they run under the distribution's python3, whichever comes first in PATH.
stage_scripts() {
	local script
	while read -r script; do
		test_add "${script#tests/}" as_nobody env PYTHONDONTWRITEBYTECODE=1 \
			timeout -k 10 300 /usr/bin/python3 "$src/$script" "$src"
	done < <(cd "$src" && find tests/unit -name 'check_*.py' | LC_ALL=C sort)
	test_run_all "$jobs"
}

# add_scenario LABEL BUILD NAME SECONDS
add_scenario() {
	test_add "$1/$3" env FETTLE_SRCDIR="$src" FETTLE_BUILDDIR="$work/$2" \
		PYTHONDONTWRITEBYTECODE=1 timeout -k 10 "$4" "$src/tests/scenario/$3"
}

scenario_names() {
	(cd "$src/tests/scenario" 2>/dev/null || exit 0
	find . -maxdepth 1 -type f -perm -u=x | sed 's,^\./,,' | LC_ALL=C sort)
}

# Scenario tests start daemons and watch the clock: one at a time, but for those that say of themselves
# that they wait for most of theirs.
stage_scenario() {
	local label=$1 build=$2 name
	local -a names patient
	mapfile -t names < <(scenario_names)
	need_for "$build" "${names[@]/#/$label/}" || return 0
	mapfile -t patient < <(cd "$src/tests/scenario" && grep -l '^# Mostly waits: may run beside others' \
		-- "${names[@]}")
	for name in "${names[@]}"; do
		[[ " ${patient[*]} " == *" $name "* ]] || add_scenario "$label" "$build" "$name" 300
	done
	test_run_all 1
	for name in "${patient[@]}"; do
		add_scenario "$label" "$build" "$name" 600
	done
	test_run_all 3
}

make_rigs() {
	# shellcheck disable=SC2034 # wanted() reads it: whatever was asked for, this is needed
	local -a chosen=()
	test_now rigs/prepare "$@" "$src/tests/rigs/prepare"
}

# Whole systems, made once and kept in $work: see tests/rigs/README.md. One at a time: one that builds
# packages takes all processors, and others watch the clock.
stage_rigs() {
	local name
	local -a names command
	mapfile -t names < <(cd "$src/tests/rigs" && find . -maxdepth 1 -type f -perm -u=x ! -name prepare |
		sed 's,^\./,,' | LC_ALL=C sort)
	need_for gcc "${names[@]/#/rigs/}" || return 0
	if [ "$(id -u)" -eq 0 ] && ! packages_install "$logs/packages.log" "${packages_rigs[@]}"; then
		runner_fail rigs/packages 0 1 "$packages_why"
		return
	fi
	command=(env FETTLE_SRCDIR="$src" FETTLE_BUILDDIR="$work/gcc" FETTLE_RIGS_DIR="$work/rigs"
		PYTHONDONTWRITEBYTECODE=1 timeout -k 10 900)
	make_rigs "${command[@]}" || return 0
	for name in "${names[@]}"; do
		test_add "rigs/$name" "${command[@]}" "$src/tests/rigs/$name"
	done
	test_run_all 1
}

# Everything that was ever stored, once; then on from there for a while.
run_fuzzer() {
	local program=$work/fuzz/tests/fuzz/fuzz_$1 stored=$src/tests/fuzz/corpus/$1
	[ -n "$(ls -A "$stored")" ]
	folder_for_nobody "$work/corpus"
	folder_for_nobody "$work/corpus/$1"
	folder_for_nobody "$logs/fuzz-$1"
	echo "seed $fuzz_seed"
	cd "$work/corpus/$1"
	as_nobody "$program" -runs=0 -timeout=20 -artifact_prefix="$logs/fuzz-$1/" "$stored"
	as_nobody timeout -k 10 $((fuzz_seconds + 120)) "$program" -seed="$fuzz_seed" \
		-max_total_time="$fuzz_seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$logs/fuzz-$1/" "$work/corpus/$1" "$stored"
}

stage_fuzz() {
	local name
	local -a names
	mapfile -t names < <(cd "$src/tests/fuzz/corpus" && printf '%s\n' *)
	need_for fuzz "${names[@]/#/fuzz/}" || return 0
	echo "fuzzing for $fuzz_seconds s each, seed $fuzz_seed"
	for name in "${names[@]}"; do
		test_add "fuzz/$name" run_fuzzer "$name"
	done
	test_run_all "$jobs"
}

# Everything of ours against musl's headers: what only glibc has is an error. It is not linked, as the
# libraries here are glibc's: of the host's headers there are those of them and of the kernel.
run_musl() {
	local headers=$work/musl/include at header
	rm -rf -- "$work/musl"
	mkdir -p "$headers"
	for at in /usr/include "/usr/include/$(gcc -print-multiarch)"; do
		for header in asm asm-generic linux bpf cap-ng.h event2 jansson.h jansson_config.h libsmartcols \
			seccomp.h seccomp-syscalls.h sha2.h yaml.h; do
			[ ! -e "$at/$header" ] || ln -sf "$at/$header" "$headers/"
		done
	done
	cd "$work/musl"
	# musl's CMSG_LEN() mixes signs
	"$src/configure" --quiet --enable-werror CC=musl-gcc CPPFLAGS="-idirafter $headers" \
		CFLAGS='-O1 -Wno-sign-conversion'
	make -s -j "$jobs" objects
}

run_distcheck() {
	folder_for_nobody "$work/dist"
	cd "$work/dist"
	as_nobody "$src/configure" --quiet
	as_nobody make -s -j "$jobs" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror
}

# The files that `make install` makes, against the list in the tree. A profile needs no line there.
run_install() {
	local root=$work/install
	rm -rf -- "$root"
	make -s -C "$work/gcc" install DESTDIR="$root"
	(cd "$root" && find . -type f -printf '%m %P\n' | LC_ALL=C sort -k 2) >"$work/installed"
	{
		grep -v '^#' "$src/tests/lib/installed.txt"
		(cd "$src/profiles" && printf '644 usr/local/share/fettle/profiles/%s\n' *.yaml)
	} | LC_ALL=C sort -k 2 | diff -u - "$work/installed"
	"$root/usr/local/bin/fettle" --version
}

run_crash() {
	make -s -C "$work/gcc" tests/crash/subject
	timeout -k 10 900 python3 "$src/tests/crash/matrix.py" \
		--subject "$work/gcc/tests/crash/subject" --flips 60
}

run_settings_compare() {
	settings_snapshot "$work/settings.after"
	settings_compare "$work/settings.before" "$work/settings.after"
}

stages_all() {
	local build
	for build in gcc clang asan; do
		! wanted "build/$build" || need "$build"
	done
	stage_unit unit/asan asan
	stage_unit unit/valgrind gcc valgrind --quiet --error-exitcode=99 --leak-check=full \
		--errors-for-leak-kinds=definite,indirect,possible --trace-children=yes \
		--trace-children-skip='*/sh'
	stage_scripts
	stage_scenario scenario/asan asan
	stage_scenario scenario/gcc gcc
	stage_rigs
	! need_for gcc crash || test_now crash run_crash
	stage_fuzz
	test_add lib/runner "$src/tests/lib/test_runner.sh"
	[ "$(id -u)" -ne 0 ] || test_add lib/own_root "$src/tests/lib/test_own_root.sh"
	test_add lint/rules "$src/tests/lint/test_lint.py"
	test_add lint/tree "$src/tests/lint/lint.py" --check-format
	test_add musl run_musl
	test_add distcheck run_distcheck
	test_run_all 1
	! need_for gcc install || test_now install run_install
	! need_for gcc bench ||
		test_now bench make -s -C "$work/gcc" bench BENCH_FLAGS=--smoke
	[ "$(id -u)" -ne 0 ] || test_now settings-unchanged run_settings_compare
}
