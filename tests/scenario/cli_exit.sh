#!/usr/bin/env bash
# Every exit code of `fettle`, and what it says with it.
set -euo pipefail
. "$FETTLE_SRCDIR/tests/scenario/cli_common.sh"

key net/core/somaxconn 128
key net/ipv4/tcp_syncookies 1

# profile NAME LINE...: a profile of these settings
profile() {
	local name=$1
	shift
	{ printf 'schema: 1\nname: %s\nsummary: A test\nsettings:\n' "$name" && printf '  %s\n' "$@"; } \
		>"$name.yaml"
}
profile fine 'net.ipv4.tcp_syncookies: 1'
profile warns 'net.core.somaxconn: 4096'
profile informs 'net.core.somaxconn: {equals: 4096, severity: info}'
profile misses 'zzz.qqqqqqqqqqqqqqqqqqqqqq: 1'
profile both 'net.core.somaxconn: 4096' 'zzz.qqqqqqqqqqqqqqqqqqqqqq: 1'
profile broken 'net.core.somaxconn: {at-leest: 4096}'
profile elsewhere 'net.core.somaxconn: 4096'
printf 'when: {kernel: ">=99"}\n' >>elsewhere.yaml
profile secret 'net.ipv4.tcp_syncookies: 1'
chmod 000 secret.yaml
printf 'profile: fine\n' >fine-config.yaml
printf 'profil: fine\n' >bad-config.yaml

audit=(as_user ./fettle audit --sysctl-root sys --profile-path "$work")

run fine 0 "${audit[@]}" fine
same fine.out <<'END'
@HOST@, kernel @KERNEL@
profile fine: A test

All is well.
1 check: 1 pass
END
run warns 1 "${audit[@]}" warns
run warns-ignored 0 "${audit[@]}" warns --fail-on critical
run informs 0 "${audit[@]}" informs
run informs-minded 1 "${audit[@]}" informs --fail-on=info
run misses 2 "${audit[@]}" misses
run misses-ignored 0 "${audit[@]}" misses --fail-on critical
run both 1 "${audit[@]}" both
run elsewhere 0 "${audit[@]}" elsewhere
same elsewhere.out <<'END'
@HOST@, kernel @KERNEL@
profile elsewhere: A test

NOT APPLICABLE       STATUS
  profile elsewhere  not-applicable
    id: profile.elsewhere
    needs kernel >=99, this is @KERNEL@

Nothing was checked: nothing in this profile applies to this host.
1 check: 0 pass, 1 not applicable
END
run only 0 "${audit[@]}" both --only 'zzz.*' --only 'net.*' --fail-on critical
grep -q '^2 checks: ' only.out || fail 'the second --only replaced the first'
run only-half 2 "${audit[@]}" both --only 'nothing*,net.*' --fail-on critical
same only-half.err <<'END'
fettle: nothing that was checked matches --only 'nothing*'
END
run only-none 2 "${audit[@]}" both --only net.core.somaxcon
same only-none.err <<'END'
fettle: nothing that was checked matches --only 'net.core.somaxcon', did you mean 'net.core.somaxconn'?
END
run config 0 "${audit[@]}" --config fine-config.yaml

run no-command 64 ./fettle
same no-command.err <<'END'
fettle: what is to be done? See fettle --help
END
run bad-command 64 ./fettle adit
same bad-command.err <<'END'
fettle: no command 'adit', did you mean 'audit'?
END
run help 0 ./fettle help
run help-option 0 ./fettle --help
same help.out <help-option.out
run help-command 0 ./fettle help probe bdp
run help-command-option 0 ./fettle probe bdp --help
same help-command.out <help-command-option.out
run help-group 0 ./fettle help profile
run help-group-option 0 ./fettle profile --help
same help-group.out <help-group-option.out
run help-bad 64 ./fettle help adit
same help-bad.err <bad-command.err

run bad-option 64 ./fettle audit --fromat json
same bad-option.err <<'END'
fettle: no option --fromat, did you mean --format?
END
run two-ways 64 ./fettle audit ./fine.yaml --socket x
same two-ways.err <<'END'
fettle: --socket asks for the daemon, a profile given as a path does without it
END

run no-profile 65 "${audit[@]}" warnz
same no-profile.err <<'END'
fettle: no profile 'warnz' in @WORK@, did you mean 'warns'?
END
run no-file 65 "${audit[@]}" ./none.yaml
same no-file.err <<'END'
fettle: cannot open ./none.yaml: No such file or directory
END
run no-name 65 "${audit[@]}" Not_A_Name
same no-name.err <<'END'
fettle: 'Not_A_Name' is no profile's name (1 to 64 of a-z, 0-9 and '-') and no path (with a '/' or ending in .yaml)
END
run broken 65 "${audit[@]}" broken
same broken.err <<'END'
fettle: @WORK@/broken.yaml:5:24: settings: net.core.somaxconn: unknown key 'at-leest' in a setting, did you mean 'at-least'?
END
same broken.out </dev/null
run bad-config 65 "${audit[@]}" --config bad-config.yaml
same bad-config.err <<'END'
fettle: bad-config.yaml:1:1: unknown key 'profil' in the configuration, did you mean 'profile'?
END
run no-config 65 "${audit[@]}" --config none.yaml
same no-config.err <<'END'
fettle: cannot open none.yaml: No such file or directory
END
run no-root 65 as_user ./fettle audit --sysctl-root none ./fine.yaml
same no-root.err <<'END'
fettle: cannot open none as a tree of keys: No such file or directory
END

run no-image 65 as_user ./fettle audit --sysctl-root sys --root none ./fine.yaml
same no-image.err <<'END'
fettle: --root none: cannot look into none: No such file or directory; expected the root folder of a system, such as that of a mounted image
END
run empty-root 65 as_user ./fettle audit --sysctl-root sys --root '' ./fine.yaml
same empty-root.err <<'END'
fettle: --root: no folder is named; expected the root folder of a system, such as that of a mounted image
END
run no-image-boot 65 as_user ./fettle boot --sysctl-root sys --root none
same no-image-boot.err <no-image.err
mkdir state empty
chmod 777 state
for command in 'persist ./fine.yaml --state-dir state' 'unpersist --state-dir state' \
	'apply ./fine.yaml --persist --state-dir state' 'plan ./fine.yaml'; do
	# shellcheck disable=SC2086 # a command and its words
	run no-etc 65 as_user ./fettle $command --sysctl-root sys --root empty
	same no-etc.err <<'END'
fettle: --root empty: cannot look into empty/etc: No such file or directory; expected the root folder of a system, such as that of a mounted image
END
	same no-etc.out </dev/null
done
[ -z "$(find state empty -mindepth 1)" ] || fail 'something was begun without a folder to write to'

run here-only 64 ./fettle profile list --socket x
same here-only.err <<'END'
fettle: `fettle profile list` does not ask the daemon: leave out --socket
END

run no-socket 69 ./fettle audit --socket "$work/none.sock" fine
same no-socket.err <<'END'
fettle: @WORK@/none.sock: cannot connect: No such file or directory
END
same no-socket.out </dev/null
run no-daemon 69 ./fettle status --socket "$work/none.sock"
same no-daemon.err <<'END'
fettle: @WORK@/none.sock: cannot connect: No such file or directory
fettle: is fettled running? `sudo fettled --user nobody` starts it; every other command works without it
END

run secret 77 "${audit[@]}" secret
same secret.err <<'END'
fettle: cannot open @WORK@/secret.yaml: Permission denied
END

# Output that did not get out is no success: a full disk, a reader who left, no output at all.
run full 70 bash -c './fettle audit --sysctl-root sys ./fine.yaml >/dev/full'
same full.err <<'END'
fettle: cannot write to standard output: No space left on device
END
run full-help 70 bash -c './fettle --help >/dev/full'
same full-help.err <<'END'
fettle: cannot write to standard output: No space left on device
END
run full-json 70 bash -c './fettle audit --sysctl-root sys ./fine.yaml --format json >/dev/full'
same full-json.err <<'END'
fettle: cannot write to standard output: No space left on device
END
run closed 70 bash -c './fettle audit --sysctl-root sys ./fine.yaml >&-'
same closed.err <<'END'
fettle: standard output is closed
END
run closed-others 0 bash -c './fettle audit --sysctl-root sys ./fine.yaml <&- 2>&-'
diff -u fine.out closed-others.out || fail "closed-others.out differs from fine.out"
cat >left.sh <<'END'
trap '' PIPE
{
	sleep 0.3
	code=0
	./fettle audit --sysctl-root sys ./fine.yaml || code=$?
	echo "$code" >code
} | true
exit "$(cat code)"
END
run left 70 bash left.sh
same left.err <<'END'
fettle: cannot write to standard output: Broken pipe
END

finish
