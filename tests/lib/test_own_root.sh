#!/usr/bin/env bash
# tests/lib/test_own_root.sh - what a chroot forbids is allowed again behind own_root.py.
set -euo pipefail

if [ "${1-}" != in-a-namespace ]; then
	exec unshare --mount "$0" in-a-namespace
fi

# Never removed from in here, where the host is mounted in it.
root=$(mktemp -d)
chmod 755 "$root"
for name in bin lib lib64 sbin; do
	[ ! -L "/$name" ] || cp -P "/$name" "$root/"
done
for name in usr etc proc dev; do
	mkdir "$root/$name"
	mount --rbind "/$name" "$root/$name"
done
mkdir "$root/here"
cp "$(dirname -- "$0")/own_root.py" "$root/here/"

asked='unshare --mount true && setpriv --reuid nobody --clear-groups unshare --user true'
for command in "$asked" "unshare --mount true" "setpriv --reuid nobody unshare --user true"; do
	if chroot "$root" sh -c "$command" 2>/dev/null; then
		echo "FAIL a chroot forbids nothing: $command"
		exit 1
	fi
done
if ! chroot "$root" sh -c "cd /here && exec ./own_root.py sh -c '$asked && [ -x /here/own_root.py ]'" ||
	[ -e /here ]; then
	echo 'FAIL what is forbidden in a chroot is forbidden behind own_root.py'
	exit 1
fi
