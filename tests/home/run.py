#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests of this folder with a Python that has Home Assistant; tools/home calls it.

Usage: run.py WORK [TEST...]    WORK/build holds crampd, WORK takes logs and the picture
"""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system")]

if __name__ == "__main__":
    import house
    house.WORK = pathlib.Path(sys.argv[1])
    names = sys.argv[2:] or [path.stem for path in sorted(HERE.glob("test_*.py"))]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    house.Case.house = home = house.House()
    try:
        home.open()
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    finally:
        home.end()
    failed = len({test.id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
