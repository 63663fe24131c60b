#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A store that one process wrote alone becomes that of a cluster of three, under load and kills.

    tests/examples/trip_lone_node_test.py TRIP-PROGRAM REPRISE-TOOL
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

from trip_nodes import SECONDS, TOOL, TRIP, ClusterTest

REPLAYED = 300


def events_in(store: pathlib.Path, folder: pathlib.Path) -> list[str]:
    """All that an export shows of each record: position, sequence, time, names and payload."""
    file = folder / f"{store.name}-{time.monotonic_ns()}.jsonl"
    subprocess.run([TOOL, "--data", store, "export", file], check=True, capture_output=True)
    return [line for line in file.read_text().splitlines() if '"kind":"event"' in line]


class TripLoneNode(ClusterTest):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.names = ["n1"]
        self.cluster.partitions = 64
        self.store = self.folder / "n1"
        rows = subprocess.run([TRIP, "generate", "--trips", str(REPLAYED)], check=True,
                              capture_output=True, text=True).stdout
        trips = self.folder / "trips.csv"
        trips.write_text(rows)
        subprocess.run([TRIP, "replay", trips, "--data", self.store], check=True,
                       capture_output=True)
        self.before = events_in(self.store, self.folder)
        self.assertGreater(len(self.before), REPLAYED)

    def assert_all_is_there(self, name: str) -> None:
        lost = set(self.before) - set(events_in(self.folder / name, self.folder))
        self.assertFalse(lost, f"{name} lacks {len(lost)} of {len(self.before)} events")

    def test_c_062_it_grows_to_three_under_load_while_nodes_are_killed(self) -> None:
        self.cluster.start("n1")
        self.assert_all_is_there("n1")
        load = self.start_load(trips=0, seconds=SECONDS)
        for new in ("n2", "n3"):
            self.await_progress(load, 200)
            self.cluster.start(new)
            self.cluster.kill(new)
            self.cluster.start(new)
            self.cluster.order("n1", "add", f"{new}={self.cluster.links[new]}")
        self.await_progress(load, 200)
        # What it wrote alone is nobody's alone any more.
        self.cluster.kill("n1")
        self.await_progress(load, 200)
        self.cluster.start("n1")
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assert_nothing_contradicts()
        for name in ("n1", "n2", "n3"):
            self.assert_all_is_there(name)
        trip = json.loads(self.before[0])["id"]
        shown = subprocess.run(
            [TOOL, "--node", self.cluster.clients["n3"], *self.cluster.shown("client"), "log",
             "trip", trip, "--json"], capture_output=True, text=True, check=True)
        self.assertEqual(len(shown.stdout.splitlines()),
                         sum(json.loads(line)["id"] == trip for line in self.before))

    def test_the_first_opening_may_be_killed_at_any_moment(self) -> None:
        kept = self.folder / "kept"
        self.store.rename(kept)
        for delay_ms in range(0, 60, 4):
            with self.subTest(delay_ms=delay_ms):
                shutil.rmtree(self.store, ignore_errors=True)
                shutil.copytree(kept, self.store)
                opening = self.cluster.spawn("n1")
                time.sleep(delay_ms / 1000)
                opening.kill()
                opening.communicate()
                self.assert_all_is_there("n1")
                self.cluster.start("n1")
                self.assert_all_is_there("n1")
                self.cluster.kill("n1")

    def test_several_founders_are_refused_and_it_stays_as_it_was(self) -> None:
        self.cluster.names = ["n1", "n2", "n3"]
        opening = self.cluster.spawn("n1", stderr=subprocess.PIPE)
        _, said = opening.communicate(timeout=60)
        self.assertNotEqual(opening.returncode, 0)
        self.assertIn("begin the cluster with this node as the only one", said)
        self.assertEqual(events_in(self.store, self.folder), self.before)
        # It can still stand alone.
        subprocess.run([TRIP, "board", "--data", self.store], check=True, capture_output=True)

    def test_it_never_stands_alone_again(self) -> None:
        self.cluster.start("n1")
        self.assertEqual(self.cluster.end("n1"), 0)
        alone = subprocess.run([TRIP, "board", "--data", self.store], capture_output=True,
                               text=True, check=False)
        self.assertNotEqual(alone.returncode, 0)
        self.assertIn("belongs to a node of a cluster", alone.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
