#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads stores through the nodes that have them open, and compares with what the files say.

    tests/cli/node_store_test.py REPRISE-PROGRAM TRIP-PROGRAM
"""

import json
import signal
import subprocess
import sys
import unittest

from nodes import PARTITIONS, REPRISE, TRIP, Nodes


class Reading(Nodes):
    def load(self, *words: str) -> None:
        files = [] if self.certificates is None else self.files("client")
        done = subprocess.run(
            [TRIP, "load", "--nodes", ",".join(self.at(name) for name in self.running), *files,
             *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def answer(self, *words: str) -> str:
        said = self.tool(*words)
        self.assertEqual((said.returncode, said.stderr), (0, ""), said.stdout)
        return said.stdout

    def test_a_node_shows_what_its_files_hold(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        self.load("--trips", "40", "--in-flight", "4", "--prefix", "t-")
        node = ("--node", self.at("n1"))
        event = json.loads(self.answer(*node, "--json", "tail", "--limit", "1"))
        trip = event["id"]
        commands = [("types",), ("schema", "show"), ("log", "trip", trip),
                    ("log", "trip", trip, "--from", "2", "--limit", "2"), ("get", "trip", trip),
                    ("get", "trip", trip, "--at", "2"), ("tail",), ("tail", "--limit", "7"),
                    ("tail", "--from", "1", "--partition", str(PARTITIONS - 1)),
                    ("tail", "--from", "3", "--type", "Trip.assigned"),
                    ("why", event["event_id"]), ("saga", "list"), ("projection", "list"),
                    ("parked", "groups")]
        asked = [(*form, *words) for words in commands for form in ((), ("--json",))]
        through_node = [self.answer(*node, *words) for words in asked]
        self.refused(1, "nobody", *node, "log", "trip", "nobody")
        self.refused(1, "taxi", *node, "log", "taxi", "nobody")
        self.refused(1, "there is no saga ride", *node, "saga", "show", "ride", "r-1")
        self.refused(1, "there is no saga ride", *node, "saga", "retry", "ride", "r-1")
        self.refused(1, "there is no saga ride", *node, "saga", "cancel", "ride", "r-1", "--reason",
                     "none")
        self.refused(1, "projection board", *node, "projection", "lag", "board")
        self.refused(1, "projection board", *node, "parked", "list", "board")
        self.refused(1, "group letters", *node, "parked", "list", "letters", "--group")
        # What is committed stands in the files when the node is closed.
        self.stop("n1")
        files = ("--data", str(self.folder / "n1"))
        for words, expected in zip(asked, through_node):
            with self.subTest(words=words):
                self.assertEqual(self.answer(*files, *words), expected)

    def test_what_is_committed_is_followed(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        self.load("--trips", "2", "--in-flight", "1")
        with subprocess.Popen([REPRISE, "--node", self.at("n1"), "--json", "tail", "--from", "1",
                               "--follow"], stdout=subprocess.PIPE, text=True) as following:
            self.load("--trips", "5", "--in-flight", "2")
            trips: dict[str, list[int]] = {}
            while sum(len(seen) for seen in trips.values()) < 7 * 6:
                event = json.loads(following.stdout.readline())
                trips.setdefault(event["id"], []).append(event["sequence"])
            following.send_signal(signal.SIGINT)
            self.assertEqual(following.wait(), 0)
        self.assertEqual(sorted(trips.values()), [[1, 2, 3, 4, 5, 6]] * 7)

    def test_certificates_are_needed_to_read(self) -> None:
        self.certificates = self.folder / "certs"
        made = self.tool("certs", "init", str(self.certificates), "--nodes", "n1")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.start(1)
        self.load("--trips", "1")
        shown = self.answer("--node", self.at("n1"), "types", *self.files("client"))
        self.assertIn("Trip", shown)
        self.refused(4, "cannot ask the node at", "--node", self.at("n1"), "types")

    def test_what_a_node_does_not_serve_is_said(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        for words in (("stats",), ("space",), ("verify",)):
            self.refused(2, "a node does not serve this", "--node", self.at("n1"), *words)
        self.kill("n1")
        self.refused(4, "cannot ask the node at", "--node", self.at("n1"), "types")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
