#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster that is lost is made anew of what was exported of it.

    tests/examples/trip_export_test.py TRIP-PROGRAM REPRISE-TOOL
"""

import pathlib
import subprocess
import sys
import unittest

from trip_nodes import SECONDS, TOOL, ClusterTest


def events_of(export: pathlib.Path) -> list[str]:
    return [line for line in export.read_text().splitlines() if '"kind":"event"' in line]


class TripExport(ClusterTest):
    def export(self, name: str) -> pathlib.Path:
        file = self.folder / "exported.jsonl"
        subprocess.run([TOOL, "--node", self.cluster.clients[name],
                        *self.cluster.shown("client"), "export", file, "--force"],
                       check=True, capture_output=True)
        return file

    def loaded(self, seconds: int) -> None:
        report = self.end_of(self.start_load(trips=0, seconds=seconds, reads=50))
        self.assertEqual(report["errors"], 0)

    def test_a_cluster_grows_anew_of_the_export_of_a_lost_one(self) -> None:
        self.cluster.start_all()
        load = self.start_load(trips=0, seconds=SECONDS, reads=50)
        # Each leader that comes writes an entry of its own between those of the trips.
        for name in self.cluster.names:
            self.await_progress(load, 100)
            self.cluster.kill(name)
            self.await_progress(load, 100)
            self.cluster.start(name)
        self.assertEqual(self.end_of(load)["errors"], 0)
        lost = events_of(self.export("n1"))
        for name in self.cluster.names:
            self.cluster.kill(name)
            (self.folder / name).rename(self.folder / f"lost-{name}")
        made = self.folder / "n1"
        subprocess.run([TOOL, "import", self.folder / "exported.jsonl", made],
                       check=True, capture_output=True)
        subprocess.run([TOOL, "--data", made, "verify"], check=True, capture_output=True)
        self.cluster.names = ["n1"]
        self.cluster.start("n1")
        self.assertEqual(events_of(self.export("n1")), lost)
        for new in ("n2", "n3"):
            self.cluster.start(new)
            self.cluster.order("n1", "add", f"{new}={self.cluster.links[new]}")
        self.assertEqual(events_of(self.export("n3")), lost)
        # What was acknowledged by the lost one, and what is from now on.
        self.assert_nothing_contradicts()
        self.history = self.folder / "afterwards.jsonl"
        self.loaded(seconds=2)
        self.assert_nothing_contradicts()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
