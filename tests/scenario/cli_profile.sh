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

finish
