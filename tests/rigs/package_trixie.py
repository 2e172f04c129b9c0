#!/usr/bin/env python3
"""The packages on Debian 13, built to do without BPF."""
import package_debian

if __name__ == "__main__":
    package_debian.main("trixie", bpf=False)
