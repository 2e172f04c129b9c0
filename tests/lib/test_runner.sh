#!/usr/bin/env bash
# tests/lib/test_runner.sh - what runner.sh says of tests that pass and of one that fails.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

# run LINES...: the runner's lines of a test that fails after so many lines, for each.
run() (
	rm -rf "$scratch/logs" && mkdir "$scratch/logs"
	# shellcheck disable=SC2034 # runner.sh reads it
	logs=$scratch/logs CI=true
	# shellcheck source=tests/lib/runner.sh
	. "$here/runner.sh"
	set +eu
	for lines in "$@"; do
		# shellcheck disable=SC2016 # the shell of a test expands them
		test_add "after-$lines" sh -c 'echo "FAIL why"; seq "$1"; exit 1' sh "$lines"
	done
	test_add fine true
	test_run_all 2
	runner_end
	echo "exit $?"
) 2>&1

# expect WHAT TEXT PATTERN...: each a line of the text; behind "not", none.
expect() {
	local what=$1 text=$2 pattern found wanted=0
	shift 2
	for pattern in "$@"; do
		[ "$pattern" != not ] || { wanted=1 && continue; }
		found=0
		grep -qE -- "^$pattern\$" <<<"$text" || found=1
		[ $found -eq $wanted ] || {
			printf 'FAIL %s: %s in\n%s\n' "$what" "$pattern" "$text"
			exit 1
		}
	done
}

expect "all pass" "$(run)" 'ok    fine .*' '1 passed, 0 failed, 0 skipped' 'exit 0' not failed:
expect "one fails" "$(run 100)" 'FAIL  after-100 .*exit code 1' ' *\| FAIL why' ' *\| 29' ' *\| \[\.\.\.\]' \
	' *\| 100' ' *the whole log: .*/after-100.log' 'failed:' '  after-100' '1 passed, 1 failed, 0 skipped' \
	'exit 1' not ' *\| 30'
expect "all of a short log is shown" "$(run 30)" ' *\| FAIL why' ' *\| 30' not ' *\| \[\.\.\.\]'
expect "and of one that is a little longer" "$(run 60)" ' *\| FAIL why' ' *\| 20' ' *\| 21' ' *\| 60' \
	not ' *\| \[\.\.\.\]'
expect "several fail" "$(run 1 2 3)" '  after-1' '  after-2' '  after-3' '1 passed, 3 failed, 0 skipped'
