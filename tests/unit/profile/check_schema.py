#!/usr/bin/env python3
"""Checks profiles/profile.schema.json: it takes every shipped profile and all that the loader takes,
and refuses what the loader refuses, as far as a schema can tell.

usage: check_schema.py [SOURCE-FOLDER]       needs python3-jsonschema and python3-yaml
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML as fettle reads it: whole numbers, true, false and null; all else is text."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("int", r"-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("bool", r"(?:true|false)$", "tf"),
    ("null", r"(?:~|null|)$", ["~", "n", ""]),
):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))

HEAD = "schema: 1\nname: t\nsummary: s\n"

GOOD_VALUES = """
4096 | -1 | 18446744073709551615 | 64MiB | 1.5GiB | 10Gbit/s | 80ms | 2% of memory | bbr | 1-3 | ""
1 2 3 | [1, 2, 3] | [a, "b c"] | 192.0.2.1 | 8080,9000-9010 | absent | remove
{equals: 1} | {equals: [a, b]} | {equals: {sysctl: net.x}} | {at-least: 64MiB, set: 128MiB}
{at-least: {bdp: {rate: 10Gbit, rtt: 80ms}, times: 2}} | {at-most: 5s, why: x, source: y}
{at-most: {bdp: {rate: 10Gbit, rtt: 80ms}, times: 1.5}} | {between: [1, 2], severity: info}
{one-of: ["1 2", 3], set: 3} | {includes: [8080, 9000-9010]} | {excludes: x, set: a b}
{first-available: [bbr, cubic]} | {absent: true, why: gone}
{fields: [~, 5, {at-most: 1MiB, set: 128KiB}, {between: [1, 2]}, {equals: {sysctl: a.b}}]}
{equals: 1, when: {kernel: [">=4.9", "<7"], memory: ">=4GiB", cpus: "!=1", key: [a.b, c.d]}}
"""

BAD_VALUES = """
64MB | 64K | 12parsecs | 0x10 | 1_000 | 1e6 | 010 | +5 | .5GiB | 1.5 | 10% | on | False
~ | true | [] | {} | [[1]] | [1, on] | [1, {a: b}] | 18446744073709551616 | {why: x}
{atleast: 1} | {at-least: word} | {at-least: [1]} | {at-least: 64MB} | {at-least: 1, at-most: 2}
{equals: 1, set: 2} | {equals: 1, absent: true} | {absent: false} | {absent: true, set: 1}
{between: [1]} | {between: [1, 2, 3]} | {one-of: 1} | {one-of: []} | {first-available: bbr}
{first-available: [1]} | {first-available: [bbr], set: x} | {fields: []} | {fields: [~]}
{fields: [word]} | {fields: [{includes: [1]}]} | {fields: [{at-least: 1, at-most: 2}]}
{fields: [1], set: 1} | {fields: [{equals: 1, set: 1}]} | {sysctl: a.b}
{at-least: {bdp: {rate: 10Gbit}}} | {at-least: {bdp: {rate: 10, rtt: 1ms}}} | {at-least: {times: 2}}
{at-least: {sysctl: "a.*"}} | {at-least: {sysctl: a.b, times: 2}} | {equals: 1, severity: warn}
{at-least: {bdp: {rate: 1Gbit, rtt: 1s}, times: 0}} | {equals: 1, why: ~} | {equals: 1, when: {}}
{equals: 1, when: {kernel: "4.9"}} | {equals: 1, when: {kernel: 4.9}} | {equals: 1, when: {cpu: "=1"}}
{equals: 1, when: {kernel: ">=4.9.1.2"}} | {equals: 1, when: {memory: ">=4"}}
{equals: 1, when: {memory: ">=4GB"}} | {equals: 1, when: {cpus: ">=-1"}} | {equals: 1, when: {key: "*"}}
"""

GOOD_PARTS = """
extends: base
extends: [base, server-2]
settings: {net/ipv4/conf/eth0.100/rp_filter: 1, "net.ipv4.conf.*.rp_filter": 2, /proc/sys/net/x: 1}
sockets: [{name: a, match: {state: listen, port: [80, 443]}, expect: {TCP_NODELAY: on, SO_MARK: 1, SO_LINGER: 5s}}]
sockets: [{name: a, match: {port: 1}, expect: {backlog: {at-least: {sysctl: net.core.somaxconn}}}}]
limits: {open-files: {process: [nginx, x], headroom: {at-least: 20%}}}
limits: {open-files.db: {unit: "postgresql@*", headroom: {at-least: 12.5%}}}
limits: {open-files: {process: x, headroom: {at-least: 20%}, why: w, source: s, severity: critical}}
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: 1}, why: w, source: s, severity: info}]
paths: [{name: a, to: 192.0.2.1, expect: {buffers: {at-least: bdp}}, why: w, severity: warning}]
paths: [{name: a, to: "192.0.2.10:4433", expect: {buffers: {at-least: bdp}}}]
paths: [{name: a, to: 192.0.2.10, expect: {rtt: {at-most: 80ms}, rate: {at-least: 1.5Gbit/s}}}]
paths: [{name: a, to: ["2001:db8::/32", "[::1]:443", "::ffff:192.0.2.1", 10.0.0.0/8], expect: {rtt: {between: [1ms, 2s]}}}]
waivers: [{finding: sysctl.net.*, reason: r, owner: o, until: 2028-02-29}, {finding: f, reason: r}]
"""

BAD_PARTS = """
sumary: x
schema: 2
schema: "1"
name: T!
summary: [a]
summary: " "
extends: {}
extends: [a, a]
extends: [../a]
extends: ~
when: {}
when: []
settings: []
settings: {}
settings: {net..x: 1}
settings: {"net.a b": 1}
settings: {net.: 1}
sockets: {}
sockets: [{name: a, match: {port: 1}}]
sockets: [{name: a/b, match: {port: 1}, expect: {SO_MARK: 1}}]
sockets: [{name: a, match: {}, expect: {SO_MARK: 1}}]
sockets: [{name: a, match: {prot: 1}, expect: {SO_MARK: 1}}]
sockets: [{name: a, match: {port: 1}, expect: {TCP_NODELY: on}}]
sockets: [{name: a, match: {port: {a: 1}}, expect: {SO_MARK: 1}}]
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: {at-leest: 1}}}]
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: {at-least: 1, set: 1}}}]
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: {sysctl: a.b}}}]
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: 64MB}}]
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: ~}}]
sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: 1}, severity: high}]
limits: {open-files: {process: x, headroom: {at-least: 20%}, severity: high}}
limits: {open-files: {process: x, headroom: {at-least: 20%}, why: [w]}}
limits: {open-files: 1}
limits: {open-files: {headroom: {c: 1}}}
limits: {open-fils: {headroom: {at-least: 20%}}}
limits: {open-files: {proces: x, headroom: {at-least: 20%}}}
paths: [{name: a, to: 192.0.2.1}]
paths: [{name: a, expect: {buffers: {at-least: bdp}}}]
paths: [{name: a, to: 192.0.2.1, expect: {}}]
paths: [{name: a, to: 192.0.2.1, expect: {bufers: {at-least: bdp}}}]
paths: [{name: a, to: 192.0.2.1, expect: {buffers: {at-least: 4MiB}}}]
paths: [{name: a, to: 192.0.2.1, expect: {buffers: bdp}}]
paths: [{name: a, to: 192.0.2.1, expect: {rtt: 80ms}}]
paths: [{name: a, to: 192.0.2.1, expect: {rtt: {at-most: 80}}}]
paths: [{name: a, to: 192.0.2.1, expect: {rtt: {at-most: 80Mbit}}}]
paths: [{name: a, to: 192.0.2.1, expect: {rtt: {equals: 80ms}}}]
paths: [{name: a, to: 192.0.2.1, expect: {rate: {at-least: 1Mbit, at-most: 2Mbit}}}]
paths: [{name: a, to: 192.0.2.1, expect: {rate: {between: [1Mbit]}}}]
paths: [{name: a, to: 192.0.2.1, expect: {rate: {at-least: [1Mbit]}}}]
paths: [{name: a, to: example.org, expect: {buffers: {at-least: bdp}}}]
paths: [{name: a, to: "192.0.2.1:0", expect: {buffers: {at-least: bdp}}}]
paths: [{name: a, to: "[2001:db8::1]", expect: {buffers: {at-least: bdp}}}]
paths: [{name: a, to: [], expect: {buffers: {at-least: bdp}}}]
waivers: {}
waivers: [{finding: a}]
waivers: [{finding: a, reasn: b, reason: c}]
waivers: [{finding: a b, reason: c}]
waivers: [{finding: a, reason: b, until: soon}]
waivers: [{finding: a, reason: b, until: 2027-02-29}]
waivers: [{finding: a, reason: b, until: 1999-01-01}]
"""


def values(table):
    for line in table.strip().splitlines():
        for value in line.split(" | "):
            yield value


def documents(values_table, parts_table):
    for value in values(values_table):
        yield value, HEAD + "settings:\n  net.x: " + value + "\n"
    for part in parts_table.strip().splitlines():
        key = part.split(":")[0]
        head = "".join(l + "\n" for l in HEAD.splitlines() if not l.startswith(key + ":"))
        yield part, head + part + "\n"


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    schema = json.loads((source / "profiles/profile.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    failures, count = [], 0

    def check(name, text, wanted):
        nonlocal count
        count += 1
        error = jsonschema.exceptions.best_match(
            validator.iter_errors(yaml.load(text, Loader=Loader)))
        if wanted and error:
            where = "/".join(str(p) for p in error.absolute_path)
            failures.append(f"{name}: refused at {where}: {error.message}")
        if not wanted and not error:
            failures.append(f"{name}: taken, the loader refuses it")

    table = (source / "src/model/socket.c").read_text(encoding="utf-8").split("socket_options[")[1]
    options = re.findall(r'= \{"([A-Z_]+)",', table.split("clang-format on")[0])
    if schema["definitions"]["socket-option"]["enum"] != ["backlog", *options]:
        failures.append("socket-option is not the list of src/model/socket.c")

    profiles = sorted((source / "profiles").glob("*.yaml"))
    if not profiles:
        failures.append(f"no profiles below {source}/profiles")
    for path in profiles:
        check(path.name, path.read_text(encoding="utf-8"), True)
    for name, text in documents(GOOD_VALUES, GOOD_PARTS):
        check(name, text, True)
    for name, text in documents(BAD_VALUES, BAD_PARTS):
        check(name, text, False)
    for failure in failures:
        print("FAIL " + failure)
    print(f"profile schema: {count - len(failures)} of {count} documents as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
