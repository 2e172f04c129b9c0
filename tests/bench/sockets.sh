#!/usr/bin/env bash
# tests/bench/sockets.sh - lists of many sockets, by fettle in each of its three ways, by ss, and by a
# bare dump that throws everything away: in a network namespace of its own, on loopback.
#
# usage: sockets.sh BENCH FETTLE ROUNDS COUNT [WAY...]
# Prints what BENCH/spawn prints, of each WAY in turn (bpf pidfd none ss bare; all unless named), as
# "WAY.cpu_ns NS" and so on. Each must have listed COUNT sockets. Runs itself again in the namespace.
set -euo pipefail

if [ "${1-}" != --inside ]; then
	exec unshare --net "$0" --inside "$@"
fi
shift
bench=$1 fettle=$2 rounds=$3 count=$4
shift 4
ways=("$@")
[ ${#ways[@]} -gt 0 ] || ways=(bpf pidfd none ss bare)

declare -A commands=(
	[bpf]="$fettle sockets --kind tcp --format json --options bpf"
	[pidfd]="$fettle sockets --kind tcp --format json --options pidfd"
	[none]="$fettle sockets --kind tcp --format json --options none"
	[ss]="ss -tinmpOH"
	[bare]="$bench/bare_dump"
)
# how each tells how many it saw, for a list that is not whole is no rival
declare -A counts=(
	[bpf]='grep -c "\"inode\""'
	[pidfd]='grep -c "\"inode\""'
	[none]='grep -c "\"inode\""'
	[ss]='wc -l'
	[bare]='sed s/[^0-9]*//'
)

ip link set lo up
coproc many { "$bench/many_sockets" "$count"; }
# shellcheck disable=SC2154 # bash sets it
read -r -t 300 ready <&"${many[0]}"
[ "$ready" = ready ]
for way in "${ways[@]}"; do
	# shellcheck disable=SC2086 # words are meant
	seen=$(${commands[$way]} | bash -c "${counts[$way]}")
	# the listeners of many_sockets; ss leaves listeners out
	if [ "$seen" -lt "$count" ] || [ "$seen" -gt $((count + 20)) ]; then
		echo "$way saw $seen sockets of $count" >&2
		exit 1
	fi
done
for way in "${ways[@]}"; do
	# shellcheck disable=SC2086
	"$bench/spawn" "$rounds" 2 ${commands[$way]} | sed "s/^/$way./"
done
