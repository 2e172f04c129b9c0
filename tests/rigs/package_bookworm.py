#!/usr/bin/env python3
"""The packages on Debian 12, where BPF is built in, and that from the same source they are the same."""
import package_debian

if __name__ == "__main__":
    package_debian.main("bookworm", bpf=True, twice=True)
