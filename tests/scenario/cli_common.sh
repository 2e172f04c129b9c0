# tests/scenario/cli_common.sh - what the cli_* scenarios share: a tree of keys that is nobody's
# kernel, a profile for it, and comparing whole outputs. Sourced, not run.

work=$(mktemp -d "${TMPDIR:-/tmp}/fettle-cli-XXXXXX")
server= # what runs in the background, if anything
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf -- "$work"' EXIT
chmod 755 "$work"
cp -- "$FETTLE_BUILDDIR/fettle" "$work/fettle"
chmod 755 "$work/fettle"
cd -- "$work"
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR COLUMNS
failures=0

# key PATH VALUE: a key of the tree
key() {
	mkdir -p -- "sys/$(dirname -- "$1")"
	printf '%s\n' "$2" >"sys/$1"
}

fail() {
	printf 'FAILED: %s\n' "$1"
	failures=$((failures + 1))
}

# run NAME EXIT COMMAND...: runs it, output in NAME.out and NAME.err, and checks how it ended
run() {
	local name=$1 want=$2 got=0
	shift 2
	"$@" >"$name.out" 2>"$name.err" </dev/null || got=$?
	[ "$got" = "$want" ] || {
		fail "$name: exit $got, expected $want"
		cat -- "$name.err"
	}
}

# same NAME.out <<EXPECTED: the whole of it; @HOST@ and @KERNEL@ stand for this machine's
same() {
	sed -e "s|@HOST@|$(uname -n)|" -e "s|@KERNEL@|$(uname -r)|" -e "s|@WORK@|$work|g" >"$1.want"
	diff -u -- "$1.want" "$1" || fail "$1 is not as expected"
}

finish() {
	[ "$failures" = 0 ] || exit 1
	exit 0
}

# as_user COMMAND...: as somebody whom file permissions hold back
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}
