#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads stores through the nodes that have them open, and compares with what the files say.

    tests/cli/node_store_test.py REPRISE-PROGRAM TRIP-PROGRAM
"""

import json
import re
import signal
import subprocess
import sys
import time
import unittest

from nodes import PARTITIONS, PATIENCE_S, REPRISE, TRIP, Nodes


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
                    ("parked", "groups"), ("export", "-"),
                    ("export", "-", "--type", "Trip", "--id", trip)]
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
        self.refused(1, "group letters", *node, "parked", "retry", "letters", "--group", "--all")
        self.refused(1, "group letters", *node, "parked", "skip", "letters", "--group", "--all")
        self.refused(1, "projection board", *node, "parked", "retry", "board", "--all")
        self.refused(1, "of a projection board on that node", *node, "projection", "delete",
                     "board", "1", "--yes")
        # What is committed stands in the files when the node is closed.
        self.stop("n1")
        files = ("--data", str(self.folder / "n1"))
        for words, expected in zip(asked, through_node):
            with self.subTest(words=words):
                self.assertEqual(self.answer(*files, *words), expected)

    def test_a_node_counts_what_its_files_hold(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        self.load("--trips", "40", "--in-flight", "4")
        node = ("--node", self.at("n1"))
        stats = json.loads(self.answer(*node, "--json", "stats"))
        space = json.loads(self.answer(*node, "--json", "space", "--largest", "5"))
        tables = {line.split()[0] for line in self.answer(*node, "space").splitlines() if line}
        self.stop("n1")
        files = ("--data", str(self.folder / "n1"))
        same = ("store_id", "format_version", "records", "snapshots", "snapshot_bytes", "types",
                "partitions")
        closed = json.loads(self.answer(*files, "--json", "stats"))
        self.assertEqual([stats[k] for k in same], [closed[k] for k in same])
        self.assertEqual([f["name"] for f in stats["files"]], [f["name"] for f in closed["files"]])
        self.assertGreater(min(f["size_bytes"] for f in stats["files"] if "data" in f["name"]), 0)
        closed = json.loads(self.answer(*files, "--json", "space", "--largest", "5"))
        self.assertEqual([space[k] for k in ("types", "largest")],
                         [closed[k] for k in ("types", "largest")])
        rows = {t["name"]: t["rows"] for t in closed["tables"]}
        self.assertEqual([t["name"] for t in space["tables"]], list(rows))
        log = next(t for t in space["tables"] if t["name"] == "journal/log")
        self.assertGreater(log["rows"], 0)
        self.assertGreater(log["bytes"], 0)
        self.assertLessEqual({"TABLE", "journal/log", "journal/free", "snapshots/free"}, tables)

    def test_a_node_checks_its_own_store(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        self.load("--trips", "40", "--in-flight", "4", "--prefix", "t-")
        node = ("--node", self.at("n1"))
        found = json.loads(self.answer(*node, "--json", "verify"))
        self.assertEqual((found["clean"], found["partitions"], found["damages"]),
                         (True, PARTITIONS, []))
        self.assertGreaterEqual(found["records"], 40 * 6)
        self.assertIn("no damage.", self.answer(*node, "verify"))
        # One bit of each record of a trip, below the running node.
        event = json.loads(self.answer(*node, "--json", "tail", "--limit", "1"))
        log = self.folder / "n1" / "journal" / "data.mdb"
        stored = log.read_bytes()
        with log.open("r+b") as file:
            # Also in pages that are of no use any more.
            for found_at in re.finditer(re.escape(event["id"].encode()), stored):
                file.seek(found_at.start())
                file.write(bytes([stored[found_at.start()] ^ 1]))
        through_node = self.tool(*node, "--json", "verify")
        self.assertEqual(through_node.returncode, 3, through_node.stderr)
        damage = json.loads(through_node.stdout)["damages"][0]
        self.assertEqual(damage["partition"], event["partition"])
        said = self.tool(*node, "verify")
        self.assertEqual(said.returncode, 3)
        self.assertIn("reprise cluster remove", said.stdout)
        beside = self.tool("--data", str(self.folder / "n1"), "--json", "verify")
        self.assertEqual((beside.returncode, json.loads(beside.stdout)["damages"][0]["position"]),
                         (3, damage["position"]))
        self.load("--trips", "1", "--prefix", "u-")

    def rows_of_board(self, name: str) -> dict | None:
        """What the node says of its board once that holds all events, and nothing is left to fold."""
        until = time.monotonic() + PATIENCE_S
        while True:
            said = [json.loads(line) for line in
                    self.answer("--node", self.at(name), "--json", "projection", "list").splitlines()]
            if not said or (said[0]["built"] and said[0]["lag_events"] == 0):
                return said[0] if said else None
            self.assertLess(time.monotonic(), until, said)

    def test_a_node_builds_its_projection_anew_and_no_other_node_does(self) -> None:
        self.start(2, "--board")
        for name in self.names:
            self.await_status(name, 0)
        self.load("--trips", "40", "--in-flight", "4")
        before = {name: self.rows_of_board(name) for name in self.names}
        self.assertGreater(before["n1"]["rows"], 40)
        self.assertEqual(before["n1"]["rows"], before["n2"]["rows"])
        node = ("--node", self.at("n1"))
        # What was before the end of each partition is not in rows that are built of later events.
        ends = [json.loads(line) for line in
                self.answer(*node, "--json", "projection", "lag", "board").splitlines()]
        after = [word for each in ends
                 for word in ("--after", f"{each['partition']}:{each['end']}")]
        self.refused(2, "say --yes", *node, "projection", "rebuild", "board", "1")
        said = self.answer(*node, "projection", "rebuild", "board", "1", "--yes", *after)
        self.assertIn("is built anew by that node", said)
        self.assertEqual(self.rows_of_board("n1")["rows"], 0)
        self.assertEqual(self.rows_of_board("n2"), before["n2"])
        self.answer(*node, "projection", "delete", "board", "1", "--yes")
        self.assertEqual(self.rows_of_board("n1")["rows"], before["n1"]["rows"])
        self.refused(1, "version 2", *node, "projection", "delete", "board", "2", "--yes")
        self.refused(1, "ends at position", *node, "projection", "rebuild", "board", "1", "--yes",
                     "--after", "0:1000000")
        self.refused(1, "nothing that is meant is parked", *node, "parked", "retry", "board", "--all")
        trip = json.loads(self.answer(*node, "--json", "tail", "--limit", "1"))["id"]
        for words in (("skip",), ("edit", "--payload", "{}")):
            self.refused(1, "is parked in board.1", *node, "parked", words[0], "board", "Trip", trip,
                         "--reason", "none", *words[1:])
        # What was ordered is in the files.
        self.load("--trips", "2")
        count = self.rows_of_board("n1")["rows"]
        self.stop("n1")
        closed = json.loads(self.answer("--data", str(self.folder / "n1"), "--json", "projection",
                                        "list"))
        self.assertEqual(closed["rows"], count)

    def test_an_export_of_a_node_that_goes_away_leaves_no_file(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        self.load("--trips", "600")
        file = self.folder / "out.jsonl"
        part = self.folder / "out.jsonl.part"
        with subprocess.Popen([REPRISE, "--node", self.at("n1"), "export", str(file), "--rate", "1"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as exporting:
            while not (part.exists() and part.stat().st_size > 0):
                self.assertIsNone(exporting.poll(), "it ended before it was disturbed")
            self.kill("n1")
            said, why = exporting.communicate()
        self.assertEqual((exporting.returncode, said), (4, ""))
        self.assertIn("the export was cut short", why)
        self.assertFalse(file.exists() or part.exists())
        self.start_one("n1")
        self.assertIn("serves clients at", self.running["n1"].stdout.readline())
        self.assertIn("Exported", self.answer("--node", self.at("n1"), "export", str(file)))
        self.assertTrue(file.exists())

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

    def test_a_node_that_is_left_alone_shows_what_it_has_only_as_stale(self) -> None:
        self.start(2)
        for name in self.names:
            self.await_status(name, 0)
        self.load("--trips", "5", "--in-flight", "2")
        node = ("--node", self.at("n1"))
        before = self.answer(*node, "export", "-")
        self.kill("n2")
        self.refused(4, "partition 0: no leader with a majority behind it", *node, "export", "-")
        self.assertEqual(self.answer(*node, "--stale", "export", "-"), before)
        self.refused(2, "--stale requires --node", "--data", "nowhere", "--stale", "types")

    def test_what_a_node_does_not_serve_is_said(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        for words, why in ((("compact",), "stop the node"),
                           (("truncate", "--type", "trip", "--keep-events", "2"), "keeps all"),
                           (("backup", "x", "y"), "reprise export"),
                           (("restore", "x", "y"), "leave --node out"),
                           (("import", "x", "y"), "leave --node out"),
                           (("keys", "list"), "seals nothing"), (("forget", "x"), "seals nothing")):
            self.refused(2, why, "--node", self.at("n1"), *words)
        self.kill("n1")
        self.refused(4, "cannot ask the node at", "--node", self.at("n1"), "types")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
