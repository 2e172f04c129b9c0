#!/usr/bin/env python3
"""Checks packaging/fettle.yaml, which packages install: all keys that the loader takes are there, as
comments, and nothing else.

usage: check_config.py [SOURCE-FOLDER]       needs python3-yaml
"""
import pathlib
import re
import sys

import yaml


def main():
    src = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[3])
    text = (src / "packaging/fettle.yaml").read_text()
    taken = re.findall(r'\.key = "([^"]+)"', (src / "src/profile/config.c").read_text())
    uncommented = yaml.safe_load(re.sub(r"^#(?! )", "", text, flags=re.MULTILINE))
    if yaml.safe_load(text) is not None:
        sys.exit("packaging/fettle.yaml: sets something as it is installed")
    if not taken or list(uncommented) != taken:
        sys.exit(f"packaging/fettle.yaml: has {list(uncommented)}, the loader takes {taken}")
    print(f"{len(taken)} keys")


if __name__ == "__main__":
    main()
