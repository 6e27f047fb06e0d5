# SPDX-License-Identifier: Apache-2.0
"""Imports of the tests of tools/train, which are optional: a test says SKIPPED and ends well where one is absent."""
import importlib
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRAIN = os.path.join(ROOT, "tools", "train")
sys.path.insert(0, TRAIN)
sys.dont_write_bytecode = True
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_DEBIANS = "/usr/bin/python3"


def module(name):
    """The module `name`; if this Python has none, the test starts again under Debian's, whose packages it may be in."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.path.exists(_DEBIANS) and os.path.realpath(sys.executable) != os.path.realpath(_DEBIANS):
            os.execv(_DEBIANS, [_DEBIANS, *sys.argv])
        print(f"SKIPPED: python3-{name} is absent")
        sys.exit(0)
