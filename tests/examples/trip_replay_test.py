#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replays real trips, with and without being killed in the middle, and checks the totals.

The expected totals are summed here, from the file, by means that share nothing with the program.
Uses the taxi file beside the checkout where there is one, and a generated file otherwise.

    tests/examples/trip_replay_test.py TRIP-PROGRAM [REAL-FILE]
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from sum_totals import rows_of, totals_of

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
REAL_FILE = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
KILLS = int(os.environ.get("REPRISE_REPLAY_KILLS", "3"))
TRIPS = int(os.environ.get("REPRISE_REPLAY_TRIPS", "20000"))


def expected_of(file: pathlib.Path) -> dict:
    """What a replay of a file without malformed rows must report."""
    with file.open(newline="") as lines:
        rows = rows_of(lines)
    paid = sum(1 for row in rows if row["payment"])
    return {
        "rows": len(rows),
        "skipped": 0,
        "trips": len(rows),
        "completed": len(rows),
        "paid": paid,
        "events": 5 * len(rows) + paid,
        "total_cents_by_pickup_borough": dict(totals_of(rows)),
    }


class Replay(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.data = self.folder / "data"
        if REAL_FILE is not None and REAL_FILE.exists():
            self.file = REAL_FILE
        else:
            self.file = self.generate(3000, 7)

    def tearDown(self) -> None:
        self._folder.cleanup()

    def generate(self, trips: int, seed: int) -> pathlib.Path:
        file = self.folder / f"trips-{seed}.csv"
        with file.open("wb") as out:
            subprocess.run([PROGRAM, "generate", "--trips", str(trips), "--seed", str(seed)],
                           stdout=out, check=True)
        return file

    def trip(self, *words: str, code: int = 0) -> subprocess.CompletedProcess:
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def replay(self, file: pathlib.Path) -> dict:
        return json.loads(
            self.trip("replay", str(file), "--data", str(self.data), "--json").stdout)

    def assert_reports(self, report: dict, expected: dict) -> None:
        self.assertEqual({key: report[key] for key in expected}, expected)

    def test_a_replay_reports_what_the_file_says(self) -> None:
        expected = expected_of(self.file)
        report = self.replay(self.file)
        self.assert_reports(report, expected)
        self.assertEqual(report["commands"], expected["events"])
        self.assertEqual(report["rejected"], 0)

    def test_replaying_again_changes_nothing(self) -> None:
        expected = expected_of(self.file)
        self.replay(self.file)
        report = self.replay(self.file)
        self.assert_reports(report, expected)
        self.assertEqual(report["rejected"], 0)

    def test_a_replay_that_is_killed_in_the_middle_is_finished_by_the_next(self) -> None:
        file = self.generate(TRIPS, 11)
        log = self.data / "journal" / "data.mdb"
        for kill in range(1, KILLS + 1):
            child = subprocess.Popen(
                [PROGRAM, "replay", str(file), "--data", str(self.data), "--in-flight", "16"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Killed once it has written more than before, so that each life gets somewhere.
            before = log.stat().st_blocks if log.exists() else 0
            while child.poll() is None:
                if log.exists() and log.stat().st_blocks > before + 2048 * kill:
                    child.send_signal(signal.SIGKILL)
                    break
            child.wait()
            self.assertEqual(child.returncode, -signal.SIGKILL, "it ended before it was killed")
        self.assert_reports(self.replay(file), expected_of(file))

    def board(self) -> dict:
        return json.loads(self.trip("board", "--data", str(self.data), "--json").stdout)

    def assert_board(self, board: dict, report: dict) -> None:
        """What a replay has reported, and nothing more."""
        sums = report["total_cents_by_pickup_borough"]
        self.assertEqual(board["total_cents_by_pickup_borough"], sums)
        phases = {"completed": report["completed"] - report["paid"], "paid": report["paid"]}
        self.assertEqual(board["trips_by_phase"], {k: n for k, n in phases.items() if n > 0})
        self.assertEqual(sum(row["trips"] for row in board["paid"]), report["paid"])
        self.assertEqual(sum(row["cents"] for row in board["paid"]), sum(sums.values()))

    def test_the_board_equals_what_the_replay_reported(self) -> None:
        report = self.replay(self.file)
        self.assert_board(self.board(), report)

    def test_a_board_goes_on_where_it_was(self) -> None:
        whole = self.generate(3000, 7)
        beginning = self.folder / "beginning.csv"
        beginning.write_text("\n".join(whole.read_text().splitlines()[:101]) + "\n")
        self.assert_board(self.board_after(beginning), self.replay(beginning))
        self.assert_board(self.board_after(whole), self.replay(whole))

    def board_after(self, file: pathlib.Path) -> dict:
        self.replay(file)
        return self.board()

    def test_a_board_that_is_killed_while_it_is_built_is_right_in_the_end(self) -> None:
        report = self.replay(self.generate(TRIPS, 11))
        rows = self.data / "consumers" / "data.mdb"
        killed = 0
        for kill in range(1, KILLS + 1):
            before = rows.stat().st_blocks if rows.exists() else 0
            child = subprocess.Popen([PROGRAM, "board", "--data", str(self.data)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while child.poll() is None:
                if rows.exists() and rows.stat().st_blocks > before:
                    child.send_signal(signal.SIGKILL)
                    break
            killed += child.wait() == -signal.SIGKILL
        self.assertGreater(killed, 0, "it always ended before it was killed")
        self.assert_board(self.board(), report)

    def test_rides_are_paid_or_cancelled_by_their_saga_and_once(self) -> None:
        for _ in range(2):
            done = self.trip("rides", "--data", str(self.data), "--json")
            rides = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([(r["phase"], r["payment"]) for r in rides],
                             [("paid", "account"), ("paid", "cash"), ("cancelled", "")])

    def test_malformed_rows_are_named_with_their_line_and_skipped(self) -> None:
        good = self.generate(3, 5).read_text().splitlines()
        bad = good[1].split(",")
        bad[0], bad[1] = bad[1], bad[0]  # the drop-off before the pick-up
        file = self.folder / "bad.csv"
        file.write_text("\n".join([good[0], good[1], ",".join(bad), good[2], "nonsense"]) + "\n")
        done = self.trip("replay", str(file), "--data", str(self.data), "--json")
        report = json.loads(done.stdout)
        self.assertEqual((report["rows"], report["skipped"], report["trips"]), (4, 2, 2))
        self.assertIn(":3: skipped:", done.stderr)
        self.assertIn(":5: skipped:", done.stderr)
        # The row keeps its number although the one before it was skipped.
        third = json.loads(self.trip("show", "trip-3", "--data", str(self.data), "--json").stdout)
        self.assertEqual(third["sequence"], 6 if good[2].split(",")[9] else 5)

    def test_a_trip_can_be_shown_as_it_is_and_as_it_was(self) -> None:
        self.replay(self.generate(50, 3))

        def show(*words: str) -> dict:
            return json.loads(
                self.trip("show", "trip-7", "--data", str(self.data), "--json", *words).stdout)

        self.assertEqual(show("--at", "0")["state"]["phase"], "none")
        self.assertEqual(show("--at", "2")["state"]["phase"], "assigned")
        self.assertIn(show()["state"]["phase"], ("completed", "paid"))

    def test_errors_say_what_to_do(self) -> None:
        self.assertIn("trip generate",
                      self.trip("replay", "/nonexistent.csv", "--data", str(self.data), code=4).stderr)
        self.assertIn("trip replay", self.trip("show", "trip-1", "--data", str(self.data), code=4).stderr)
        self.replay(self.generate(1, 1))
        self.assertIn("no trip", self.trip("show", "trip-99", "--data", str(self.data), code=1).stderr)
        self.assertIn("last is", self.trip("show", "trip-1", "--data", str(self.data), "--at", "99",
                                           code=4).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
