# shellcheck shell=bash
# tests/lib/runner.sh - runs tests, several at once, and counts what came of them.
#
# A test is a command. It passes with exit code 0, is skipped with 77 (its last line says why) and
# fails with anything else. A cmocka program's own tests are counted one by one. In CI a skip is a
# failure, unless the reason begins with "kernel lacks". A cmocka program gives its reason in a line
# "skipped: reason" of its own.
# Whoever sources this sets `logs` (a folder) and may set `chosen` (patterns) and `runner_setup`
# (what the shell of a test begins with).
# shellcheck disable=SC2034,SC2154

runner_passed=0 runner_failed=0 runner_skipped=0
runner_failures=()
chosen=()
runner_setup=:

# wanted NAME: was it asked for?
wanted() {
	local pattern
	[ ${#chosen[@]} -gt 0 ] || return 0
	for pattern in "${chosen[@]}"; do
		# shellcheck disable=SC2053 # a pattern is meant
		[[ $1 == $pattern || $1 == *"$pattern"* ]] && return 0
	done
	return 1
}

runner_log() {
	printf '%s/%s.log' "$logs" "${1//\//.}"
}

# How many lines of NAME's log match PATTERN.
runner_count() {
	grep -acE -- "$2" "$(runner_log "$1")"
}

runner_line() {
	printf '%-5s %s (%s s)%s\n' "$1" "$2" "$3" "${4:+: $4}"
}

# The end of NAME's log, and what failed first, which may be far above it.
runner_show_log() {
	local log first end=40 total
	log=$(runner_log "$1")
	[ -s "$log" ] || return 0
	total=$(wc -l <"$log")
	first=$(grep -anEm 1 '^(FAIL|not ok) ' -- "$log" | cut -d : -f 1)
	{
		if [ -n "$first" ] && [ "$first" -le $((total - end)) ]; then
			head -n $((total - end)) -- "$log" | tail -n +"$first" | head -n 30
			[ "$first" -gt $((total - end - 30)) ] || echo '[...]'
		fi
		tail -n $end -- "$log"
	} | tr -d '\000' | sed 's/^/      | /'
	printf '      the whole log: %s\n' "$log"
}

runner_fail() {
	runner_failed=$((runner_failed + $3))
	runner_failures+=("$1")
	runner_line FAIL "$1" "$2" "$4"
	runner_show_log "$1"
}

runner_skip() {
	set -- "$1" "$2" "$3" "${4:-no reason given}"
	if [ "${CI-}" = true ] && [[ $4 != 'kernel lacks'* ]]; then
		runner_fail "$1" "$2" "$3" "skipped, which CI does not accept: $4"
	else
		runner_skipped=$((runner_skipped + $3))
		runner_line skip "$1" "$2" "$4"
	fi
}

# What a cmocka program wrote: "1..N" and then a line for each test (CMOCKA_MESSAGE_OUTPUT=TAP).
runner_report_cmocka() {
	local name=$1 code=$2 seconds=$3 planned ok bad skipped lost
	planned=$(sed -nE 's/^1\.\.([0-9]+)$/\1/p' "$(runner_log "$name")" | awk '{ n += $1 } END { print n + 0 }')
	skipped=$(runner_count "$name" '^not ok [0-9]+ # SKIP')
	bad=$(($(runner_count "$name" '^not ok [0-9]+') - skipped))
	ok=$(runner_count "$name" '^ok [0-9]+')
	lost=$((planned - ok - bad - skipped))
	runner_passed=$((runner_passed + ok))
	if [ $((bad + lost)) -gt 0 ]; then
		runner_fail "$name" "$seconds" $((bad + lost)) "$bad failed, $lost not reached, exit code $code"
	elif [ "$code" -ne 0 ]; then
		runner_fail "$name" "$seconds" 1 "every test passed, and yet exit code $code"
	elif [ "$ok" -gt 0 ]; then
		runner_line ok "$name" "$seconds" "$ok tests"
	fi
	[ "$skipped" -eq 0 ] || runner_skip "$name" "$seconds" "$skipped" \
		"$(sed -nE 's/^(skipped: |.*(kernel lacks))/\2/p' "$(runner_log "$name")" | tail -n 1)"
}

# runner_report NAME CODE SECONDS
runner_report() {
	local name=$1 code=$2 seconds=$3 log
	log=$(runner_log "$name")
	if grep -qaE '^1\.\.[0-9]+$' "$log"; then
		runner_report_cmocka "$name" "$code" "$seconds"
	elif [ "$code" -eq 0 ]; then
		runner_passed=$((runner_passed + 1))
		runner_line ok "$name" "$seconds"
	elif [ "$code" -eq 77 ]; then
		runner_skip "$name" "$seconds" 1 "$(tail -n 1 -- "$log" | sed 's/^skipped: //')"
	elif [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
		runner_fail "$name" "$seconds" 1 "took too long and was stopped"
	else
		runner_fail "$name" "$seconds" 1 "exit code $code"
	fi
}

# runner_job NAME COMMAND...: in a folder of its own that is empty and goes away again, and in a
# shell of its own: in this one `set -e` would mean nothing below an `if` (bash(1), set). What a test
# leaves behind does not hold the lock of tests/run.
runner_job() {
	local name=$1 start=$EPOCHREALTIME code folder
	shift
	folder=$(mktemp -d /tmp/fettle-test.XXXXXX) && chmod 1777 "$folder"
	(cd "$folder" && TMPDIR=$folder exec bash -euo pipefail -c "$runner_setup"$'\n"$@"' bash "$@") \
		>"$(runner_log "$name")" 2>&1 </dev/null 9>&-
	code=$?
	rm -rf -- "$folder"
	printf '%s %s\n' "$code" "$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $start }")" \
		>"$logs/.result.${name//\//.}"
}

runner_queue=()

# test_add NAME COMMAND...: for the next test_run_all.
test_add() {
	! wanted "$1" || runner_queue+=("$(printf '%q ' "$@")")
}

# test_run_all JOBS: what was added, so many at once; a line for each in the order it was added.
test_run_all() {
	local most=$1 entry name code seconds next=0
	local -a words pids=()

	for entry in "${runner_queue[@]}"; do
		while [ "$(jobs -pr | wc -l)" -ge "$most" ]; do
			wait -n
		done
		eval "words=($entry)"
		runner_job "${words[@]}" &
		pids+=("$!")
		while [ $next -lt ${#pids[@]} ] && ! kill -0 "${pids[next]}" 2>/dev/null; do
			test_collect $next
			next=$((next + 1))
		done
	done
	for (( ; next < ${#pids[@]}; next++)); do
		wait "${pids[next]}"
		test_collect $next
	done
	runner_queue=()
}

test_collect() {
	eval "words=(${runner_queue[$1]})"
	name=${words[0]}
	if read -r code seconds <"$logs/.result.${name//\//.}"; then
		runner_report "$name" "$code" "$seconds"
	else
		runner_fail "$name" 0 1 "it ended without a result"
	fi
}

# test_now NAME COMMAND...: this one, by itself. Returns 1 when it did not pass.
test_now() {
	local before=$runner_passed
	test_add "$@"
	test_run_all 1
	[ "$runner_passed" -gt "$before" ]
}

# The children first: a shell that waits for one does not heed SIGTERM until it is gone.
runner_stop_tree() {
	local child
	local -a children=()
	read -ra children 2>/dev/null <"/proc/$1/task/$1/children"
	for child in "${children[@]}"; do
		runner_stop_tree "$child"
	done
	kill -TERM "$1" 2>/dev/null
}

# Ends what is running: a background job does not get the terminal's SIGINT.
runner_stop() {
	local pid
	for pid in $(jobs -pr); do
		runner_stop_tree "$pid"
	done
}

# Prints the last line and returns what tests/run exits with.
runner_end() {
	local name
	if [ ${#runner_failures[@]} -gt 0 ]; then
		printf '\nfailed:\n'
		printf '  %s\n' "${runner_failures[@]}"
	fi
	printf '\n%d passed, %d failed, %d skipped\n' "$runner_passed" "$runner_failed" "$runner_skipped"
	[ "$runner_failed" -eq 0 ] && [ "$runner_passed" -gt 0 ]
}
