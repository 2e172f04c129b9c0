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
run nonsense 65 "${explain[@]}" 'net..x'
same nonsense.err <<'END'
fettle: 'net..x' is no name of a key: it has an empty component; expected one such as net.core.somaxconn or net/ipv4/conf/eth0.100/rp_filter
END

finish
