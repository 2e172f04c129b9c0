#!/usr/bin/env bash
# The daemon's answer and `--local` are one report, to the byte, for each shipped profile.
set -euo pipefail

if [ "$(id -u)" -ne 0 ]; then
	echo "needs root, to start fettled as it is meant to run"
	exit 77
fi
work=$(mktemp -d /tmp/fettle-same-XXXXXX)
chmod 755 "$work"
daemon=
leave() {
	[ -z "$daemon" ] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null || :
	rm -rf -- "$work"
}
trap leave EXIT

fettle=$FETTLE_BUILDDIR/fettle
echo 'profile: base' >"$work/fettle.yaml"
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 setpriv --pdeathsig KILL \
	"$FETTLE_BUILDDIR/src/daemon/fettled" --user nobody --socket "$work/sock" \
	--config "$work/fettle.yaml" --profile-path "$FETTLE_SRCDIR/profiles" 2>"$work/log" &
daemon=$!
for _ in $(seq 100); do
	! "$fettle" status --socket "$work/sock" >"$work/status" 2>&1 || break
	sleep 0.1
done

count=0
for file in "$FETTLE_SRCDIR"/profiles/*.yaml; do
	name=$(basename "$file" .yaml)
	there=0 here=0
	"$fettle" audit "$name" --socket "$work/sock" --format json >"$work/there" || there=$?
	"$fettle" audit "$name" --local --profile-path "$FETTLE_SRCDIR/profiles" --format json \
		>"$work/here" || here=$?
	if [ "$there" -gt 2 ] || [ "$there" -ne "$here" ] || ! diff -u "$work/there" "$work/here"; then
		echo "$name: exit $there from the daemon, $here here"
		cat "$work/log"
		exit 1
	fi
	count=$((count + 1))
done
echo "$count profiles, the same report each"
[ "$count" -ge 9 ]
