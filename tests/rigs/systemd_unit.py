#!/usr/bin/env python3
"""fettled as it is installed: its units under a systemd that boots, and what they let it do."""
import machine
import rig
from rig import expect


def installed_and_enabled(m):
    """What a package does after it has put its files in place."""
    m.run("systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload")
    m.run("systemctl preset fettled.socket fettled.service")
    m.run("systemctl start fettled.socket fettled.service")
    expect(m.out("systemctl is-active fettled.socket fettled.service"), "active\nactive", "active")
    expect(m.fettle("status", "--format", "json").json()["active_profile"], "base", "it answers")


def main():
    machine.enter()
    with machine.Machine() as m:
        failed = rig.run([installed_and_enabled], m)
        m.poweroff()
    raise SystemExit(failed != 0)


if __name__ == "__main__":
    main()
