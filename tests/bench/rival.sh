#!/usr/bin/env bash
# tests/bench/rival.sh - tuned beside fettle, without tuned on this host.
#
# tuned's package would start a daemon that changes settings, so it is unpacked to a folder and laid
# over /usr and /etc in a mount namespace of its own, where its daemon runs on a private system bus.
# A network namespace keeps its writes to net/ away from the host; its profile holds only the values
# that are there already, no other plugin, no dynamic tuning.
#
# usage: rival.sh FOLDER ROUNDS SPAWN FETTLE PROFILES
# FOLDER/tuned is where the package was unpacked. Prints what SPAWN prints of fettle, then tuned, and
# "keys N". Runs itself again inside the namespaces.
set -euo pipefail

if [ "${1-}" != --inside ]; then
	exec unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc \
		"$0" --inside "$@"
fi
shift
folder=$1 rounds=$2 spawn=$3 fettle=$4 profiles=$5
layer=/run/etc

write_profile() {
	local key value

	printf '[main]\nsummary=what holds already\n[sysctl]\n'
	while read -r key; do
		value=$(tr -s '\t ' '  ' <"/proc/sys/${key//.//}") || continue
		printf '%s=%s\n' "$key" "$value"
	done
}

# Of the keys that the profile asks about, those in net/ that are here and can be written to.
profile_keys() {
	local key
	"$fettle" profile show --profile-path "$profiles" server |
		sed -nE 's/^  "?(net\.[a-z0-9_.]+)"?:.*/\1/p' | while read -r key; do
		[ ! -w "/proc/sys/${key//.//}" ] || printf '%s\n' "$key"
	done
}

mount -t tmpfs tmpfs /run
mkdir -p "$layer/upper/tuned/fettle-bench" "$layer/work" /run/dbus
cat >"$layer/upper/tuned/tuned-main.conf" <<'END'
daemon = 1
dynamic_tuning = 0
recommend_command = 0
reapply_sysctl = 0
END
printf 'fettle-bench\n' >"$layer/upper/tuned/active_profile"
printf 'manual\n' >"$layer/upper/tuned/profile_mode"
profile_keys | write_profile >"$layer/upper/tuned/fettle-bench/tuned.conf"
keys=$(grep -c '^net\.' "$layer/upper/tuned/fettle-bench/tuned.conf")
mount -t overlay overlay -o "lowerdir=$folder/tuned/usr:/usr" /usr
mount -t overlay overlay -o \
	"lowerdir=$folder/tuned/etc:/etc,upperdir=$layer/upper,workdir=$layer/work" /etc
mount -t tmpfs tmpfs /var/log
dbus-daemon --system --nofork --nopidfile >"$folder/dbus.log" 2>&1 &
for ((i = 0; i < 100; i++)); do
	[ ! -S /run/dbus/system_bus_socket ] || break
	sleep 0.05
done
/usr/sbin/tuned >"$folder/tuned.log" 2>&1 &
for ((i = 0; i < 100; i++)); do
	! tuned-adm verify >"$folder/verify.log" 2>&1 || break
	sleep 0.1
done
tuned-adm verify >"$folder/verify.log" 2>&1 || {
	cat "$folder/verify.log" "$folder/tuned.log" >&2
	exit 1
}
printf 'keys %s\n' "$keys"
"$spawn" "$rounds" 2 "$fettle" audit --local --profile-path "$profiles" server -- 0 tuned-adm verify
