#!/usr/bin/env bash
# `fettle audit --local` on a tree with one key of every kind of trouble: whole outputs.
set -euo pipefail
. "$FETTLE_SRCDIR/tests/scenario/cli_common.sh"

key net/core/somaxconn 128
key net/core/netdev_max_backlog 1000
key net/ipv4/tcp_rmem '4096	131072	6291456'
key net/ipv4/tcp_wmem 4096
key net/ipv4/tcp_sack 0
key net/ipv4/tcp_timestamps 0
key net/ipv4/tcp_fin_timeout 60
key net/ipv4/tcp_syncookies 1
chmod 000 sys/net/ipv4/tcp_fin_timeout

cat >test.yaml <<'END'
schema: 1
name: test
summary: Some of everything
settings:
  net.core.somaxconn:
    at-least: 4096
    why: The backlog of every listening socket is silently cut to this.
    source: listen(2)
    severity: critical
  net.core.netdev_max_backlog: {at-least: 1000, why: "-", source: "-"}
  net.ipv4.tcp_rmem:
    fields: [~, {at-most: 65536}, {at-least: 6291456}]
    why: The middle value is what every connection starts with.
    source: tcp(7)
  net.ipv4.tcp_wmem: {fields: [~, ~, {at-least: 4194304}]}
  net.ipv4.tcp_sack: 1
  net.ipv4.tcp_timestamps: {equals: 1, severity: info}
  net.ipv4.tcp_fin_timeout: {at-most: 30}
  net.ipv4.tcp_syncookies: 1
  zzz.qqqqqqqqqqqqqqqqqqqqqq: 1
waivers:
  - {finding: sysctl.net.ipv4.tcp_sack, reason: on purpose, owner: netops, until: 2999-01-31}
  - {finding: sysctl.net.ipv4.tcp_timestamps, reason: was on purpose, owner: netops, until: 2020-01-31}
END

# The digest has its own tests; here it would have to follow every change of the profile above.
hide_digest() {
	sed -E -i 's/[0-9a-f]{64}/DIGEST/' "$1"
}

audit=(as_user ./fettle audit ./test.yaml --sysctl-root sys)

run table 1 "${audit[@]}"
same table.out <<'END'
@HOST@, kernel @KERNEL@
profile test: Some of everything

CRITICAL                      ACTUAL               EXPECTED
  net.core.somaxconn          128                  >= 4096
    The backlog of every listening socket is silently cut to this.
    ./test.yaml:5; source: listen(2)
    fix: sysctl -w 'net.core.somaxconn=4096'

WARNING                       ACTUAL               EXPECTED
  net.ipv4.tcp_rmem           4096 131072 6291456  - / <= 65536 / >= 6291456
    The middle value is what every connection starts with.
    ./test.yaml:11; source: tcp(7)
    fix: sysctl -w 'net.ipv4.tcp_rmem=4096 65536 6291456'

INFO                          ACTUAL               EXPECTED
  net.ipv4.tcp_timestamps     0                    1
    waiver expired: 2020-01-31
    ./test.yaml:17
    fix: sysctl -w 'net.ipv4.tcp_timestamps=1'

COULD NOT BE CHECKED          STATUS
  net.ipv4.tcp_fin_timeout    unreadable
    cannot read net.ipv4.tcp_fin_timeout: Permission denied
  net.ipv4.tcp_wmem           unknown
    holds 1 value, the profile asks about field 3
  zzz.qqqqqqqqqqqqqqqqqqqqqq  absent
    this kernel has no such key

WAIVED                        ACTUAL               EXPECTED
  net.ipv4.tcp_sack           0                    1
    on purpose, netops, until 2999-01-31 (fail)

9 checks: 2 pass, 3 fail (1 critical, 1 warning, 1 info), 3 could not be checked, 1 waived
END
same table.err </dev/null

run verbose 1 "${audit[@]}" --verbose --only '*tcp_*'
same verbose.out <<'END'
@HOST@, kernel @KERNEL@
profile test: Some of everything

WARNING                     ACTUAL               EXPECTED
  net.ipv4.tcp_rmem         4096 131072 6291456  - / <= 65536 / >= 6291456
    The middle value is what every connection starts with.
    ./test.yaml:11; source: tcp(7)
    fix: sysctl -w 'net.ipv4.tcp_rmem=4096 65536 6291456'

INFO                        ACTUAL               EXPECTED
  net.ipv4.tcp_timestamps   0                    1
    waiver expired: 2020-01-31
    ./test.yaml:17
    fix: sysctl -w 'net.ipv4.tcp_timestamps=1'

COULD NOT BE CHECKED        STATUS
  net.ipv4.tcp_fin_timeout  unreadable
    cannot read net.ipv4.tcp_fin_timeout: Permission denied
    expected: <= 30
    ./test.yaml:18

  net.ipv4.tcp_wmem         unknown
    holds 1 value, the profile asks about field 3
    actual: 4096
    expected: - / - / >= 4194304
    ./test.yaml:15

WAIVED                      ACTUAL               EXPECTED
  net.ipv4.tcp_sack         0                    1
    on purpose, netops, until 2999-01-31 (fail)
    ./test.yaml:16

PASS                        ACTUAL               EXPECTED
  net.ipv4.tcp_syncookies   1                    1
    ./test.yaml:19

6 checks: 1 pass, 2 fail (1 warning, 1 info), 2 could not be checked, 1 waived; 3 left out by --only
END

run json 1 "${audit[@]}" --format json
hide_digest json.out
same json.out <<'END'
{
  "schema": "fettle-report/1",
  "generator": "fettle 0.1.0",
  "host": "@HOST@",
  "kernel": "@KERNEL@",
  "profile": {
    "name": "test",
    "file": "./test.yaml",
    "summary": "Some of everything",
    "digest": "DIGEST"
  },
  "findings": [
    {
      "id": "sysctl.net.core.somaxconn",
      "subject": "net.core.somaxconn",
      "status": "fail",
      "severity": "critical",
      "expected": ">= 4096",
      "actual": "128",
      "why": "The backlog of every listening socket is silently cut to this.",
      "source": "listen(2)",
      "remedy": "sysctl -w 'net.core.somaxconn=4096'",
      "origin": {
        "file": "./test.yaml",
        "line": 5
      }
    },
    {
      "id": "sysctl.net.ipv4.tcp_rmem",
      "subject": "net.ipv4.tcp_rmem",
      "status": "fail",
      "severity": "warning",
      "expected": "- / <= 65536 / >= 6291456",
      "actual": "4096 131072 6291456",
      "why": "The middle value is what every connection starts with.",
      "source": "tcp(7)",
      "remedy": "sysctl -w 'net.ipv4.tcp_rmem=4096 65536 6291456'",
      "origin": {
        "file": "./test.yaml",
        "line": 11
      }
    },
    {
      "id": "sysctl.net.ipv4.tcp_timestamps",
      "subject": "net.ipv4.tcp_timestamps",
      "status": "fail",
      "severity": "info",
      "expected": "1",
      "actual": "0",
      "remedy": "sysctl -w 'net.ipv4.tcp_timestamps=1'",
      "origin": {
        "file": "./test.yaml",
        "line": 17
      },
      "evidence": {
        "waiver-expired": "2020-01-31"
      }
    },
    {
      "id": "sysctl.net.ipv4.tcp_fin_timeout",
      "subject": "net.ipv4.tcp_fin_timeout",
      "status": "unreadable",
      "severity": "warning",
      "expected": "<= 30",
      "reason": "cannot read net.ipv4.tcp_fin_timeout: Permission denied",
      "origin": {
        "file": "./test.yaml",
        "line": 18
      }
    },
    {
      "id": "sysctl.net.ipv4.tcp_wmem",
      "subject": "net.ipv4.tcp_wmem",
      "status": "unknown",
      "severity": "warning",
      "expected": "- / - / >= 4194304",
      "actual": "4096",
      "reason": "holds 1 value, the profile asks about field 3",
      "origin": {
        "file": "./test.yaml",
        "line": 15
      }
    },
    {
      "id": "sysctl.zzz.qqqqqqqqqqqqqqqqqqqqqq",
      "subject": "zzz.qqqqqqqqqqqqqqqqqqqqqq",
      "status": "absent",
      "severity": "warning",
      "expected": "1",
      "reason": "this kernel has no such key",
      "origin": {
        "file": "./test.yaml",
        "line": 20
      }
    },
    {
      "id": "sysctl.net.ipv4.tcp_sack",
      "subject": "net.ipv4.tcp_sack",
      "status": "waived",
      "severity": "warning",
      "expected": "1",
      "actual": "0",
      "reason": "on purpose, netops, until 2999-01-31 (fail)",
      "remedy": "sysctl -w 'net.ipv4.tcp_sack=1'",
      "origin": {
        "file": "./test.yaml",
        "line": 16
      }
    },
    {
      "id": "sysctl.net.core.netdev_max_backlog",
      "subject": "net.core.netdev_max_backlog",
      "status": "pass",
      "severity": "warning",
      "expected": ">= 1000",
      "actual": "1000",
      "why": "-",
      "source": "-",
      "origin": {
        "file": "./test.yaml",
        "line": 10
      }
    },
    {
      "id": "sysctl.net.ipv4.tcp_syncookies",
      "subject": "net.ipv4.tcp_syncookies",
      "status": "pass",
      "severity": "warning",
      "expected": "1",
      "actual": "1",
      "origin": {
        "file": "./test.yaml",
        "line": 19
      }
    }
  ],
  "coverage": {
    "total": 9,
    "pass": 2,
    "fail": 3,
    "absent": 1,
    "unreadable": 1,
    "unsupported": 0,
    "not-applicable": 0,
    "unknown": 1,
    "waived": 1
  }
}
END

run junit 1 "${audit[@]}" --format=junit --fail-on info
grep -q ' tests="9" failures="3" errors="3" skipped="1"' junit.out || fail 'info does not count when it is minded'
run junit 0 "${audit[@]}" --format=junit --only net.ipv4.tcp_timestamps
grep -q ' failures="0" errors="0" skipped="1"' junit.out || fail 'the document fails and the command does not'
run junit 1 "${audit[@]}" --format=junit
hide_digest junit.out
same junit.out <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="fettle" tests="9" failures="2" errors="3" skipped="2">
  <testsuite name="test" hostname="@HOST@" tests="9" failures="2" errors="3" skipped="2">
    <properties>
      <property name="generator" value="fettle 0.1.0"/>
      <property name="kernel" value="@KERNEL@"/>
      <property name="profile.file" value="./test.yaml"/>
      <property name="profile.summary" value="Some of everything"/>
      <property name="profile.digest" value="DIGEST"/>
    </properties>
    <testcase classname="fettle.sysctl" name="net.core.somaxconn">
      <failure type="critical" message="expected &gt;= 4096, actual 128">The backlog of every listening socket is silently cut to this.&#10;source: listen(2)&#10;origin: ./test.yaml:5&#10;fix: sysctl -w &apos;net.core.somaxconn=4096&apos;&#10;</failure>
    </testcase>
    <testcase classname="fettle.sysctl" name="net.ipv4.tcp_rmem">
      <failure type="warning" message="expected - / &lt;= 65536 / &gt;= 6291456, actual 4096 131072 6291456">The middle value is what every connection starts with.&#10;source: tcp(7)&#10;origin: ./test.yaml:11&#10;fix: sysctl -w &apos;net.ipv4.tcp_rmem=4096 65536 6291456&apos;&#10;</failure>
    </testcase>
    <testcase classname="fettle.sysctl" name="net.ipv4.tcp_timestamps">
      <skipped message="info, below --fail-on: expected 1, actual 0"/>
      <system-out>waiver-expired: 2020-01-31&#10;origin: ./test.yaml:17&#10;fix: sysctl -w &apos;net.ipv4.tcp_timestamps=1&apos;&#10;</system-out>
    </testcase>
    <testcase classname="fettle.sysctl" name="net.ipv4.tcp_fin_timeout">
      <error type="unreadable" message="unreadable: cannot read net.ipv4.tcp_fin_timeout: Permission denied">origin: ./test.yaml:18&#10;</error>
    </testcase>
    <testcase classname="fettle.sysctl" name="net.ipv4.tcp_wmem">
      <error type="unknown" message="unknown: holds 1 value, the profile asks about field 3">origin: ./test.yaml:15&#10;</error>
    </testcase>
    <testcase classname="fettle.sysctl" name="zzz.qqqqqqqqqqqqqqqqqqqqqq">
      <error type="absent" message="absent: this kernel has no such key">origin: ./test.yaml:20&#10;</error>
    </testcase>
    <testcase classname="fettle.sysctl" name="net.ipv4.tcp_sack">
      <skipped message="waived: on purpose, netops, until 2999-01-31 (fail)"/>
    </testcase>
    <testcase classname="fettle.sysctl" name="net.core.netdev_max_backlog"/>
    <testcase classname="fettle.sysctl" name="net.ipv4.tcp_syncookies"/>
  </testsuite>
</testsuites>
END

finish
