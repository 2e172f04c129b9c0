#!/usr/bin/env bash
# `fettle profile list`, `show` and `lint`: whole outputs.
set -euo pipefail
. "$FETTLE_SRCDIR/tests/scenario/cli_common.sh"

mkdir over under
cat >over/web.yaml <<'END'
schema: 1
name: web
summary: Web servers here
extends: [base]
settings:
  net.core.somaxconn: {at-least: 4096, why: Bursts., source: listen(2)}
END
cat >under/web.yaml <<'END'
schema: 1
name: web
summary: Never seen
settings: {net.core.somaxconn: 1}
END
cat >under/base.yaml <<'END'
schema: 1
name: base
summary: Any host
settings:
  net.ipv4.tcp_syncookies: {equals: 1, why: Floods., source: tcp(7)}
END
printf 'schema: 1\nname: broken\nsummary: x\nsettings: {net.core.somaxconn: {at-leest: 1}}\n' \
	>under/broken.yaml
cat >doubtful.yaml <<'END'
schema: 1
name: doubtful
summary: Valid, and odd
settings:
  net.core.somaxcon: {equals: 1, why: w, source: s}
END
fettle=(./fettle profile --profile-path "$work/over:$work/under")

run list 0 "${fettle[@]}" list
same list.out <<'END'
NAME    SUMMARY                                       FILE
base    Any host                                      @WORK@/under/base.yaml
broken  cannot be loaded: fettle profile lint broken  @WORK@/under/broken.yaml
web     Web servers here                              @WORK@/over/web.yaml
END
run list-json 0 "${fettle[@]}" list --format json
same list-json.out <<'END'
{
  "profiles": [
    {
      "name": "base",
      "file": "@WORK@/under/base.yaml",
      "summary": "Any host"
    },
    {
      "name": "broken",
      "file": "@WORK@/under/broken.yaml",
      "problem": "@WORK@/under/broken.yaml:4:33: settings: net.core.somaxconn: unknown key 'at-leest' in a setting, did you mean 'at-least'?"
    },
    {
      "name": "web",
      "file": "@WORK@/over/web.yaml",
      "summary": "Web servers here"
    }
  ]
}
END
mkdir none
run list-none 0 ./fettle profile list --profile-path "$work/none"
same list-none.err <<'END'
fettle: no profiles in @WORK@/none
END

run show 0 "${fettle[@]}" show web
same show.out <<'END'
# web, merged from 2 files, a later one over an earlier one:
#   base  @WORK@/under/base.yaml
#   web   @WORK@/over/web.yaml
schema: 1                   # @WORK@/over/web.yaml:1
name: web                   # @WORK@/over/web.yaml:2
summary: Web servers here   # @WORK@/over/web.yaml:3
settings:
  net.ipv4.tcp_syncookies:  # @WORK@/under/base.yaml:5
    equals: 1               # @WORK@/under/base.yaml:5
    why: Floods.            # @WORK@/under/base.yaml:5
    source: tcp(7)          # @WORK@/under/base.yaml:5
  net.core.somaxconn:       # @WORK@/over/web.yaml:6
    at-least: 4096          # @WORK@/over/web.yaml:6
    why: Bursts.            # @WORK@/over/web.yaml:6
    source: listen(2)       # @WORK@/over/web.yaml:6
END
mkdir shown
cp show.out shown/web.yaml
run show-again 0 ./fettle profile show shown/web.yaml
run show-json 0 "${fettle[@]}" show web --format json
python3 -m json.tool <show-json.out >/dev/null || fail 'show --format json is not JSON'
run show-none 65 "${fettle[@]}" show wev
same show-none.err <<'END'
fettle: no profile 'wev' in @WORK@/over, @WORK@/under, did you mean 'web'?
END

run lint-fine 0 "${fettle[@]}" lint web base
same lint-fine.out <<'END'
2 profiles: 0 errors, 0 warnings
END
run lint-doubtful 0 "${fettle[@]}" lint ./doubtful.yaml
same lint-doubtful.out <<'END'
./doubtful.yaml:5: warning: net.core.somaxcon is not in the catalogue, did you mean 'net.core.somaxconn'?
1 profile: 0 errors, 1 warning
END
run lint-strict 65 "${fettle[@]}" lint ./doubtful.yaml --strict
run lint-broken 65 "${fettle[@]}" lint under/broken.yaml web ./none.yaml
same lint-broken.out <<'END'
under/broken.yaml:4:33: error: settings: net.core.somaxconn: unknown key 'at-leest' in a setting, did you mean 'at-least'?
fettle: error: cannot open ./none.yaml: No such file or directory
3 profiles: 2 errors, 0 warnings
END

# One run tells what is wrong with each part of a file, and no more lines than are read.
cat >bad.yaml <<'END'
schema: 2
extends: [base, Not_A, base]
settings:
  net.core.somaxconn: {at-leest: 1}
  net.core.rmem_max: {at-least: 64KiB}
  net/core/rmem_max: 1
  net..x: 1
sockets:
  - {name: a, match: {prot: 1}, expect: {backlog: 1}}
  - {name: b, match: {port: 80}, expect: {backlog: 1}}
  - {name: b, match: {port: 81}, expect: {backlog: 1}}
limits:
  open-fils: {process: x, headroom: {at-least: 5%}}
paths:
  - {name: a, to: "x y", expect: {rtt: {at-most: 1s}}}
  - {name: b}
waivers:
  - {finding: a b, reason: x}
  - 3
nme: bad
summary: [x]
END
cat >child.yaml <<'END'
schema: 1
name: child
summary: Its parent is what is wrong
extends: [bad]
END
run lint-bad 65 "${fettle[@]}" lint ./bad.yaml
same lint-bad.out <<'END'
./bad.yaml:1:9: error: schema: expected the number 1, the schema this fettle reads, found '2'
./bad.yaml:2:17: error: extends: expected the name of a profile, found 'Not_A'
./bad.yaml:2:24: error: extends: 'base' is given twice, first on line 2
./bad.yaml:4:24: error: settings: net.core.somaxconn: unknown key 'at-leest' in a setting, did you mean 'at-least'?
./bad.yaml:6:3: error: settings: 'net.core.rmem_max' is given twice, first on line 5
./bad.yaml:7:3: error: settings: 'net..x' is no name of a key: it has an empty component; expected one such as net.core.somaxconn or net/ipv4/conf/eth0.100/rp_filter
./bad.yaml:9:23: error: sockets: match: unknown thing to match 'prot', did you mean 'port'?
./bad.yaml:11:5: error: sockets: 'b' is given twice, first on line 10
./bad.yaml:13:3: error: limits: unknown limit 'open-fils', did you mean 'open-files'?
./bad.yaml:15:19: error: paths: to: expected an address, ADDRESS:PORT ([ADDRESS]:PORT of IPv6) or PREFIX/LENGTH, found 'x y'
./bad.yaml:16:5: error: paths: 'to' is missing: a path needs it
./bad.yaml:18:15: error: waivers: finding: expected a finding's id such as sysctl.net.ipv4.tcp_sack, found 'a b'
./bad.yaml:19:5: error: waivers: expected a waiver (a mapping), found '3'
./bad.yaml:20:1: error: unknown key 'nme' in a profile, did you mean 'name'?
./bad.yaml:21:10: error: summary: expected text, found a list
./bad.yaml:1:1: error: 'name' is missing: a profile needs it
1 profile: 16 errors, 0 warnings
END
run lint-child 65 "${fettle[@]}" lint ./child.yaml
same lint-child.out <lint-bad.out
{
	printf 'schema: 1\nname: many\nsummary: x\nsettings:\n'
	printf '  net.x%s: {at-leest: 1}\n' {1..30}
} >many.yaml
run lint-many 65 "${fettle[@]}" lint ./many.yaml
{
	for line in {5..24}; do
		printf "./many.yaml:%s:%s: error: settings: net.x%s: unknown key 'at-leest' in a setting, did you mean 'at-least'?\n" \
			"$line" $((line > 13 ? 13 : 12)) $((line - 4))
	done
	printf './many.yaml: note: there are more errors: these are the first\n1 profile: 20 errors, 0 warnings\n'
} >many.want
same lint-many.out <many.want
# What YAML itself cannot read ends there.
printf 'schema: 2\nname: [\n' >syntax.yaml
run lint-syntax 65 "${fettle[@]}" lint ./syntax.yaml
same lint-syntax.out <<'END'
./syntax.yaml:3:1: error: not valid YAML: while parsing a flow node, did not find expected node content
1 profile: 1 error, 0 warnings
END

finish
