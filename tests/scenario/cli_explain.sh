#!/usr/bin/env bash
# `fettle explain KEY`: what is known of a key, and its value in this tree.
set -euo pipefail
. "$FETTLE_SRCDIR/tests/scenario/cli_common.sh"

key net/ipv4/tcp_rmem '4096	131072	6291456'
key net/ipv4/conf/eth0.100/rp_filter 1
key net/ipv4/conf/all/rp_filter 0
explain=(./fettle explain --sysctl-root sys)

# The catalogue's words are its own business: what is compared is what it is asked for here.
value() {
	grep -E '^(now|net\.[^ ]*) ' "$1.out" >"$1.value" || true
}

run vector 0 "${explain[@]}" net.ipv4.tcp_rmem
value vector
same vector.value <<'END'
now     min 4096, default 131072, max 6291456
END
run path 0 "${explain[@]}" /proc/sys/net/ipv4/tcp_rmem
diff -u vector.out path.out || fail 'a path is not the same key'
run interface 0 "${explain[@]}" net.ipv4.conf.eth0/100.rp_filter
value interface
same interface.value <<'END'
now     1
END
run pattern 0 "${explain[@]}" 'net.ipv4.conf.*.rp_filter'
value pattern
same pattern.value <<'END'
net.ipv4.conf.all.rp_filter       0
net.ipv4.conf.eth0/100.rp_filter  1
END
run absent 0 "${explain[@]}" net.ipv4.tcp_wmem
value absent
same absent.value <<'END'
now     absent
END

# Everything else that the catalogue knows is there, under its name.
for row in kind unit fields source; do
	grep -q "^$row  " vector.out || fail "explain does not tell the $row"
done

run unknown 65 "${explain[@]}" net.ipv4.tcp_rmen
same unknown.err <<'END'
fettle: nothing is known of the key or finding 'net.ipv4.tcp_rmen', did you mean 'net.ipv4.tcp_rmem'?
END
same unknown.out </dev/null
# A finding by its id, by the last part of it, and what is like it.
run finding 0 "${explain[@]}" socket.accept-queue-full
grep -q '^socket.accept-queue-full$' finding.out || fail 'explain does not tell the id'
grep -q '^severity  critical$' finding.out || fail 'explain does not tell the severity'
run last-part 0 "${explain[@]}" accept-queue-full
diff -u finding.out last-part.out || fail 'the last part is not the same finding'
run last-part-of-key 0 "${explain[@]}" tcp_rmem
diff -u vector.out last-part-of-key.out || fail 'the last part is not the same key'
run with-family 0 "${explain[@]}" sysctl.net.ipv4.tcp_rmem
diff -u vector.out with-family.out || fail "a key's finding is not the key"
run near-part 65 "${explain[@]}" acept-queue-full
same near-part.err <<'END'
fettle: nothing is known of the key or finding 'acept-queue-full', did you mean 'socket.accept-queue-full'?
END
run near-leaf 65 "${explain[@]}" tcp_rmen
same near-leaf.err <<'END'
fettle: nothing is known of the key or finding 'tcp_rmen', did you mean 'net.ipv4.tcp_rmem'?
END
run option 65 "${explain[@]}" TCP_NODELAY
same option.err <<'END'
fettle: nothing is known of the key or finding 'TCP_NODELAY': it is an option of sockets, which `fettle sockets` shows; it matters to socket.nagle-delay, net.ipv4.tcp_autocorking
END
run word 65 "${explain[@]}" RMEM
same word.err <<'END'
fettle: nothing is known of the key or finding 'RMEM'; see net.core.rmem_default, net.core.rmem_max, net.ipv4.tcp_rmem, net.ipv4.udp_rmem_min, net.sctp.sctp_rmem, socket.rcvbuf-below-bdp
END
run word-of-text 65 "${explain[@]}" listener
same word-of-text.err <<'END'
fettle: nothing is known of the key or finding 'listener'; see socket.backlog-cut, socket.no-reuseaddr, net.listen-overflows, net.syn-queue-full, net.ipv4.fib_notify_on_flag_change, net.ipv4.tcp_abort_on_overflow
END
run far 65 "${explain[@]}" xyzzy
same far.err <<'END'
fettle: nothing is known of the key or finding 'xyzzy'; `fettle explain` lists what there is
END

# What a report has besides: what was seen, what could not be entered, what a profile is called.
for id in socket.coverage netns.enter profile.web sockets.http limits.open-files paths.far; do
	run notice 0 "${explain[@]}" "$id"
	grep -q '^when  ' notice.out || fail "explain does not tell when $id is made"
done

# What a look at a path finds: each id that the probe has.
ids=$(grep -o '"path\.[a-z0-9-]*"' "$FETTLE_SRCDIR/probes/path_judge.c" | tr -d '"')
[ "$(wc -l <<<"$ids")" -ge 12 ] || fail 'the findings of a path are elsewhere'
for id in $ids; do
	run finding-of-path 0 "${explain[@]}" "$id"
	grep -qF "$id" finding-of-path.out || fail "explain does not tell of $id"
done

# A pattern, or nothing: a line each.
run one 0 "${explain[@]}" 'socket.*-full'
diff -u finding.out one.out || fail 'a pattern for one is not explained'
run list 0 "${explain[@]}" 'net.ipv4.tcp_[rw]mem'
cut -d' ' -f1 list.out >list.names
same list.names <<'END'
net.ipv4.tcp_rmem
net.ipv4.tcp_wmem
END
run all 0 "${explain[@]}"
run star 0 "${explain[@]}" '*'
diff -u all.out star.out || fail 'nothing is not everything'
for name in net.ipv4.tcp_rmem socket.accept-queue-full socket.coverage 'sockets.\*'; do
	grep -q "^$name " all.out || fail "$name is not listed"
done
run no-match 65 "${explain[@]}" 'nosuch.*'

run json 0 "${explain[@]}" net.ipv4.tcp_rmem --format json
grep -q '"net.ipv4.tcp_rmem": "4096 131072 6291456"' json.out || fail 'JSON does not tell the value'
run json 0 "${explain[@]}" accept-queue-full --format json
grep -q '"id": "socket.accept-queue-full"' json.out || fail 'JSON does not tell the id'
run json 0 "${explain[@]}" --format json
python3 -c 'import json, sys; sys.exit(not all(json.load(sys.stdin).values()))' <json.out ||
	fail 'JSON does not list findings and keys'

run nonsense 65 "${explain[@]}" 'net..x'
same nonsense.err <<'END'
fettle: 'net..x' is no name of a key: it has an empty component; expected one such as net.core.somaxconn or net/ipv4/conf/eth0.100/rp_filter
END

finish
