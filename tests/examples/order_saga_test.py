#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the shop of the order saga, kills it again and again, and checks that all adds up.

    tests/examples/order_saga_test.py ORDER-SAGA-PROGRAM
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
KILLS = int(os.environ.get("REPRISE_SAGA_KILLS", "5"))
ORDERS = int(os.environ.get("REPRISE_SAGA_ORDERS", "4000"))


def number(pattern: str, text: str) -> int:
    """The sum of what the pattern captures."""
    return sum(int(found) for found in re.findall(pattern, text, re.MULTILINE))


class OrderSaga(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.data = pathlib.Path(self._folder.name) / "data"

    def tearDown(self) -> None:
        self._folder.cleanup()

    def words(self, *more: str) -> list[str]:
        return [str(PROGRAM), "--orders", str(ORDERS), *more]

    def assert_adds_up(self, done: subprocess.CompletedProcess) -> None:
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("it adds up", done.stdout)
        placed = number(r"^placed +(\d+)", done.stdout)
        over = number(r"^(?:confirmed|refused) +(\d+)", done.stdout)
        self.assertEqual(placed, ORDERS)
        self.assertEqual(over, ORDERS)
        for why in ("no_courier", "no_money", "out_of_stock"):
            self.assertIn(why, done.stdout)

    def run_to_the_end(self, *more: str) -> subprocess.CompletedProcess:
        return subprocess.run(self.words(*more), capture_output=True, text=True, check=False)

    def test_a_day_in_memory_adds_up(self) -> None:
        self.assert_adds_up(self.run_to_the_end())

    def test_a_day_that_is_killed_again_and_again_goes_on_and_adds_up(self) -> None:
        log = self.data / "journal" / "data.mdb"
        for kill in range(1, KILLS + 1):
            child = subprocess.Popen(self.words("--data", str(self.data)),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Killed once it has written more than before, so that each life gets somewhere.
            before = log.stat().st_blocks if log.exists() else 0
            while child.poll() is None:
                if log.exists() and log.stat().st_blocks > before + 1024 * kill:
                    child.send_signal(signal.SIGKILL)
                    break
            child.wait()
            self.assertEqual(child.returncode, -signal.SIGKILL, "it ended before it was killed")
        self.assert_adds_up(self.run_to_the_end("--data", str(self.data)))

    def test_running_a_day_again_changes_nothing(self) -> None:
        first = self.run_to_the_end("--data", str(self.data))
        second = self.run_to_the_end("--data", str(self.data))
        self.assert_adds_up(second)
        self.assertEqual(first.stdout.splitlines()[:8], second.stdout.splitlines()[:8])

    def test_the_help_says_how_it_ends(self) -> None:
        done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("Exit codes:", done.stdout)
        self.assertIn("Examples:", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
