#!/usr/bin/env bash
# Colour and width: on a terminal, off it, and as the user wishes.
set -euo pipefail
. "$FETTLE_SRCDIR/tests/scenario/cli_common.sh"
command -v script >/dev/null || exit 77

key net/core/somaxconn 128
cat >test.yaml <<'END'
schema: 1
name: test
summary: A test
settings:
  net.core.somaxconn:
    at-least: 4096
    why: The backlog of every listening socket is silently cut to this, without a word to anybody.
    source: listen(2)
END
audit="./fettle audit --sysctl-root sys ./test.yaml"
escape=$(printf '\033')

# colored NAME WANT FILE: whether there is an escape sequence in it
colored() {
	local got=no
	grep -q "$escape" "$3" && got=yes
	[ "$got" = "$2" ] || fail "$1: colour $got, expected $2"
}

# terminal NAME WANT_COLOR COLUMNS COMMAND: on a terminal of that width
terminal() {
	script -qec "stty cols $3; export TERM=\${TERM_WANTED:-xterm}; $4" /dev/null </dev/null >"$1.out" ||
		[ $? = 1 ] || fail "$1: did not end with findings"
	tr -d '\r' <"$1.out" >"$1.text"
	colored "$1" "$2" "$1.out"
}

# pipe NAME WANT_COLOR COMMAND
pipe() {
	bash -c "$3" >"$1.out" || [ $? = 1 ] || fail "$1: did not end with findings"
	colored "$1" "$2" "$1.out"
}

pipe plain no "$audit"
pipe always yes "$audit --color always"
pipe always-over-no-color yes "NO_COLOR=1 $audit --color=always"
pipe json no "$audit --color always --format json"
terminal tty yes 80 "$audit"
terminal tty-never no 80 "$audit --color never"
terminal tty-no-color no 80 "NO_COLOR=1 $audit"
terminal tty-no-color-empty yes 80 "NO_COLOR= $audit"
TERM_WANTED=dumb terminal tty-dumb no 80 "$audit"

# The text is the same, but for the width.
same plain.out <<'END'
@HOST@, kernel @KERNEL@
profile test: A test

WARNING               ACTUAL  EXPECTED
  net.core.somaxconn  128     >= 4096
    The backlog of every listening socket is silently cut to this, without a word to anybody.
    ./test.yaml:5; source: listen(2)
    fix: sysctl -w 'net.core.somaxconn=4096'

1 check: 0 pass, 1 fail (1 warning)
END
terminal narrow no 50 "NO_COLOR=1 $audit"
same narrow.text <<'END'
@HOST@, kernel @KERNEL@
profile test: A test

WARNING               ACTUAL  EXPECTED
  net.core.somaxconn  128     >= 4096
    The backlog of every listening socket is
    silently cut to this, without a word to
    anybody.
    ./test.yaml:5; source: listen(2)
    fix: sysctl -w 'net.core.somaxconn=4096'

1 check: 0 pass, 1 fail (1 warning)
END
terminal columns no 50 "COLUMNS=80 NO_COLOR=1 $audit"
diff -u tty-no-color.text columns.text || fail 'COLUMNS does not hold'
pipe narrow-pipe no "COLUMNS=50 $audit"
diff -u narrow.text narrow-pipe.out || fail 'COLUMNS does not hold in a pipe'
for columns in 0 10000 -50 50x ''; do
	pipe "odd-$columns" no "COLUMNS='$columns' $audit"
	diff -u plain.out "odd-$columns.out" || fail "COLUMNS='$columns' is taken for a width"
done
pipe narrow-json no "COLUMNS=50 $audit --format json"
diff -u json.out narrow-json.out || fail 'COLUMNS changes JSON'

finish
