#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the bank, rebuilds its summary, and compares the past of an account with both.

    tests/examples/bank_test.py BANK-PROGRAM
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()


class Bank(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.data = pathlib.Path(self._folder.name) / "data"

    def tearDown(self) -> None:
        self._folder.cleanup()

    def bank(self, *words: str, code: int = 0) -> str:
        done = subprocess.run([PROGRAM, *words, "--data", str(self.data)], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def run_bank(self) -> str:
        return self.bank("run", "--accounts", "40", "--transfers", "800")

    def test_money_is_neither_lost_nor_made(self) -> None:
        shown = self.run_bank()
        self.assertIn("nothing was lost or made", shown)
        self.assertIn("(no money)", shown)
        self.assertIn("(nobody takes it)", shown)

    def test_running_it_again_changes_nothing(self) -> None:
        self.assertEqual(self.run_bank(), self.run_bank())

    def test_a_summary_that_is_rebuilt_is_the_same(self) -> None:
        self.run_bank()
        first = self.bank("summary")
        self.assertEqual(first, self.bank("summary", "--rebuild"))
        self.assertEqual(len(first.splitlines()), 10)
        total = sum(float(line.split()[-1]) for line in first.splitlines())
        self.assertAlmostEqual(total, 40 * 100.00)

    def test_the_past_of_an_account_ends_in_the_present(self) -> None:
        self.run_bank()
        lines = [line.split() for line in self.bank("history", "account-7").splitlines()]
        self.assertEqual([int(line[0]) for line in lines], list(range(1, len(lines) + 1)))
        self.assertEqual(lines[0][2], "100.00")
        self.assertGreater(len(lines), 5)
        times = [line[1] for line in lines]
        self.assertEqual(times, sorted(times))

    def test_what_is_not_there_is_named(self) -> None:
        self.assertIn("no store at", self.bank("summary", code=4))
        self.run_bank()
        self.assertIn("no account account-99", self.bank("history", "account-99", code=4))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
