#!/usr/bin/env bash
# `fettle` and a daemon that answers well, refuses, or talks nonsense: what it makes of each.
set -euo pipefail
. "$FETTLE_SRCDIR/tests/scenario/cli_common.sh"
command -v python3 >/dev/null || exit 77

key net/core/somaxconn 128
mkdir profiles
printf 'schema: 1\nname: test\nsummary: A test\nsettings: {net.core.somaxconn: 4096}\n' \
	>profiles/test.yaml
run local 1 ./fettle audit test --profile-path profiles --sysctl-root sys --format json
run local-table 1 ./fettle audit test --profile-path profiles --sysctl-root sys

# serve ANSWERS: a daemon with these answers at $work/sock, in place of the one before
serve() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
	rm -f sock sock.calls
	: >ready
	printf '%s' "$1" >answers.json
	python3 "$FETTLE_SRCDIR/tests/scenario/cli_daemon.py" "${socket:-$work/sock}" answers.json >ready &
	server=$!
	until grep -q ready ready; do
		kill -0 "$server" && sleep 0.05
	done
}

error() {
	serve "{\"Audit\": {\"error\": \"$1\", \"parameters\": ${2:-{\}}},
		\"GetStatus\": {\"parameters\": {\"profile_path\": \"/a:/b\"}}}"
}

# report NETNS: a daemon that answers with the report made here, as one of that network namespace
report() {
	serve "{\"Audit\": {\"parameters\": {\"report\": $(cat local.out), \"netns\": \"$1\"}}}"
}

audit=(./fettle audit --socket "$work/sock")
netns=$(readlink /proc/self/ns/net)

report "$netns"
run json 1 "${audit[@]}" test --format json
diff -u local.out json.out || fail 'by the daemon and here are not the same'
run table 1 "${audit[@]}"
diff -u local-table.out table.out || fail 'by the daemon and here are not the same table'
run only 2 "${audit[@]}" --only nothing
cat sock.calls >calls
same calls <<'END'
{"method": "org.fettle.Audit", "parameters": {"profile": "test"}}
{"method": "org.fettle.Audit", "parameters": {}}
{"method": "org.fettle.Audit", "parameters": {}}
END
same json.err </dev/null
# with --socket, a daemon of another network namespace may be meant
report 'net:[1]'
run other-netns 1 "${audit[@]}" test --format json
diff -u local.out other-netns.out || fail 'the report of another network namespace'
same other-netns.err <<END
fettle: warning: the report is of the daemon's network namespace, net:[1], not of this one, $netns
END

error org.fettle.NoSuchProfile '{"name": "wev", "nearest": "web"}'
run no-profile 65 "${audit[@]}" wev
same no-profile.err <<'END'
fettle: no profile 'wev' in /a, /b, did you mean 'web'?
END
error org.fettle.NoSuchProfile '{"name": "xyz", "nearest": null}'
run no-profile-near 65 "${audit[@]}" xyz
same no-profile-near.err <<'END'
fettle: no profile 'xyz' in /a, /b
END
error org.fettle.InvalidProfile '{"file": "/p/web.yaml", "line": 3, "column": 7, "reason": "no"}'
run bad-profile 65 "${audit[@]}" web
same bad-profile.err <<'END'
fettle: /p/web.yaml:3:7: no
END
error org.fettle.PermissionDenied '{"method": "org.fettle.Audit", "required": "root"}'
run denied 77 "${audit[@]}" web
same denied.err <<'END'
fettle: the daemon does not permit this: org.fettle.Audit takes root
END
error org.fettle.Busy '{"reason": "too much"}'
run busy 75 "${audit[@]}" web
same busy.err <<'END'
fettle: the daemon is busy: too much
END
error org.fettle.EngineFailed '{"reason": "it broke"}'
run engine 70 "${audit[@]}" web
same engine.err <<'END'
fettle: the daemon could not do it: it broke
END
error org.fettle.ShuttingDown
run ending 69 "${audit[@]}" web
same ending.err <<'END'
fettle: the daemon is ending
END
error org.varlink.service.MethodNotFound '{"method": "Audit"}'
run other 69 "${audit[@]}" web
same other.err <<'END'
fettle: the daemon has no method Audit: it is of another version
END
error org.fettle.NoSuchProfile '{"name": "\u001b[31m", "nearest": 7}'
run nasty 65 "${audit[@]}" web
same nasty.err <<'END'
fettle: no profile '\x1b[31m' in /a, /b
END

serve '{"Audit": "not JSON"}'
run garbage 70 "${audit[@]}"
same garbage.out </dev/null
serve '{"Audit": ""}'
run hangup 69 "${audit[@]}"
same hangup.err <<'END'
fettle: @WORK@/sock: closed the connection before answering
END
serve '{"Audit": {"parameters": {}}}'
run no-report 70 "${audit[@]}"
same no-report.err <<'END'
fettle: the daemon's answer: report is missing
END
serve '{"Audit": {"parameters": {"report": {}}}}'
run no-netns 70 "${audit[@]}"
same no-netns.err <<'END'
fettle: the daemon's answer: netns is missing
END
serve '{"Audit": {"parameters": {"report": {"schema": "fettle-report/9"}, "netns": ""}}}'
run newer 70 "${audit[@]}"
same newer.err <<'END'
fettle: the daemon's answer: report: schema is 'fettle-report/9', expected 'fettle-report/1'
END

serve '{"GetStatus": {"parameters": {"version": "1.2", "pid": 7, "started": "2026-01-31T00:00:00Z",
	"uptime_s": 183900, "active_profile": "web", "profile_path": "/a:/b", "connections": 1,
	"requests": 12, "denied": 3, "last_audit": {"profile": "web", "time": "2026-02-01T00:00:00Z",
	"verdicts": {"pass": 31, "fail": 2, "absent": 0}}}}}'
run status 0 ./fettle status --socket "$work/sock"
same status.out <<'END'
socket          @WORK@/sock
up for          2d 3h
version         1.2
pid             7
started         2026-01-31T00:00:00Z
active profile  web
profile path    /a:/b
connections     1
requests        12
denied          3
last audit      web at 2026-02-01T00:00:00Z: 31 pass, 2 fail
END
run status-json 0 ./fettle status --socket "$work/sock" --format json
same status-json.out <<'END'
{
  "version": "1.2",
  "pid": 7,
  "started": "2026-01-31T00:00:00Z",
  "uptime_s": 183900,
  "active_profile": "web",
  "profile_path": "/a:/b",
  "connections": 1,
  "requests": 12,
  "denied": 3,
  "last_audit": {
    "profile": "web",
    "time": "2026-02-01T00:00:00Z",
    "verdicts": {
      "pass": 31,
      "fail": 2,
      "absent": 0
    }
  }
}
END
serve '{"GetStatus": {"parameters": {}}}'
run status-empty 0 ./fettle status --socket "$work/sock"
same status-empty.out <<'END'
socket          @WORK@/sock
up for          unknown
version         unknown
pid             unknown
started         unknown
active profile  unknown
profile path    unknown
connections     unknown
requests        unknown
denied          unknown
last audit      none yet
END

# Without --socket nothing is lost when the daemon cannot serve: it is said, and done here. Its
# socket's folder is made in a mount namespace of our own, so nothing appears on this host.
default=$(./fettle status 2>&1 >/dev/null | sed -n '1s/^fettle: \(.*\): cannot connect: .*/\1/p') || true
folder=${default%/*/*} # the socket's own may be there, and says that a daemon is meant to be
while [ -n "$folder" ] && [ ! -d "$folder" ]; do folder=${folder%/*}; done
fettled=$(grep -ao '/[!-~]*/fettled' fettle | head -n 1) || true # where it would be installed
# where one folder has all programs, hiding fettled's would hide the others
if [ -z "$folder" ] || [ ! -d "${fettled%/*}" ] || [ "${fettled%/*}" -ef /usr/bin ] ||
	! unshare -m true 2>/dev/null; then
	echo 'no daemon to stand in for, or no mount namespace: left out falling back'
	finish
fi
kill "$server"
server=
export default folder fettled work netns
export -f serve report error run fail same
cat >fallback.sh <<'END'
set -euo pipefail
mount -t tmpfs tmpfs "$folder"
sbin=${fettled%/*}
[ ! -d "$sbin" ] || mount -t tmpfs tmpfs "$sbin" # or the first one hides it
failures=0 server=
# the active profile is looked for where it is installed: that it is not is where this ends
run no-daemon 65 ./fettle audit no-such
run no-daemon-plan 65 ./fettle plan no-such
mkdir -p "$sbin"
: >"$fettled"
run installed 65 ./fettle audit no-such
run installed-plan 65 ./fettle plan no-such
rm -- "$fettled"
mkdir -p "${default%/*}"
run nobody 65 ./fettle audit no-such
socket=$default
error org.fettle.PermissionDenied '{"method": "org.fettle.Audit", "required": "root"}'
run denied-falls-back 65 ./fettle audit no-such
rm -f "$default"
error org.fettle.ShuttingDown
run ending-falls-back 65 ./fettle audit no-such
rm -f "$default"
error org.fettle.InvalidProfile '{"file": "/p/web.yaml", "line": 3, "column": 7, "reason": "no"}'
run invalid-stays 65 ./fettle audit no-such
rm -f "$default"
report "$netns"
run netns-here 1 ./fettle audit no-such
run netns-falls-back 65 unshare -n ./fettle audit no-such
kill "$server"
exit "$failures"
END
unshare -m bash fallback.sh || fail 'falling back'
for name in no-daemon no-daemon-plan installed installed-plan nobody denied-falls-back \
	ending-falls-back invalid-stays netns-here netns-falls-back; do
	sed -e "s|$default|@SOCKET@|" -e 's|\(no profile .no-such. in\) .*|\1 @FOLDERS@|' \
		-e "s|net:\[${netns//[!0-9]/}\]|@DAEMON@|" -e 's|net:\[[0-9]*\]$|@OTHER@|' "$name.err"
done >fallback.err
same fallback.err <<'END'
fettle: no profile 'no-such' in @FOLDERS@
fettle: no profile 'no-such' in @FOLDERS@
fettle: auditing locally: @SOCKET@: cannot connect: No such file or directory
fettle: no profile 'no-such' in @FOLDERS@
fettle: doing this locally: @SOCKET@: cannot connect: No such file or directory
fettle: no profile 'no-such' in @FOLDERS@
fettle: auditing locally: @SOCKET@: cannot connect: No such file or directory
fettle: no profile 'no-such' in @FOLDERS@
fettle: auditing locally: the daemon does not permit this: org.fettle.Audit takes root
fettle: no profile 'no-such' in @FOLDERS@
fettle: auditing locally: the daemon is ending
fettle: no profile 'no-such' in @FOLDERS@
fettle: /p/web.yaml:3:7: no
fettle: auditing locally: the daemon is in another network namespace, @DAEMON@, not in @OTHER@
fettle: no profile 'no-such' in @FOLDERS@
END

finish
