#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts nodes, and compares what `reprise cluster status` says of them with what is so.

    tests/cli/cluster_status_test.py REPRISE-PROGRAM TRIP-PROGRAM
"""

import json
import signal
import subprocess
import sys
import time
import unittest

from nodes import PARTITIONS, PATIENCE_S, Nodes


class Status(Nodes):
    def test_a_node_alone_leads_everything(self) -> None:
        self.start(1)
        table = self.await_status("n1", 0).stdout.splitlines()
        self.assertEqual(table[0], "cluster reprise, as n1 sees it")
        self.assertEqual(table[2].split(), ["NODE", "ADDRESS", "CONNECTED", "WISH", "COPIES",
                                            "VOTES", "LEADS"])
        address = f"127.0.0.1:{self.listens['n1']}"
        self.assertEqual(table[3].split(), ["n1", address, "yes", "voter", str(PARTITIONS),
                                            str(PARTITIONS), str(PARTITIONS)])
        self.assertEqual(table[5].split(), ["PARTITION", "LEADER", "TERM", "LAST", "COMMITTED",
                                            "LAG", "FAILURE"])
        self.assertEqual([line.split()[:2] for line in table[6:]],
                         [[str(i), "n1"] for i in range(PARTITIONS)])

        lines = self.status("n1", "--json").stdout.splitlines()
        self.assertEqual(len(lines), 1)
        said = json.loads(lines[0])
        self.assertEqual((said["node"], said["cluster"]), ("n1", "reprise"))
        self.assertEqual((said["partitions"], said["leads"]), (PARTITIONS, PARTITIONS))
        self.assertEqual(said["nodes"], [{"name": "n1", "address": address, "connected": True,
                                          "wish": "voter", "copies": "all",
                                          "votes": PARTITIONS, "learns": 0,
                                          "chosen": PARTITIONS}])
        self.assertEqual((said["takes_part"], said["voters"], said["invited"]), (True, 3, []))
        for number, replica in enumerate(said["replicas"]):
            self.assertEqual(replica["partition"], number)
            self.assertEqual((replica["leader"], replica["leads"], replica["held"]),
                             ("n1", True, True))
            self.assertEqual(replica["voters"], ["n1"])
            self.assertGreaterEqual(replica["last_index"], replica["committed_index"])

    def test_three_nodes_are_whole_until_one_is_gone(self) -> None:
        self.start(3)
        for name in self.names:
            said = json.loads(self.await_status(name, 0, words=("--json",)).stdout)
            self.assertEqual([n["name"] for n in said["nodes"]], self.names)
            self.assertTrue(all(n["connected"] for n in said["nodes"]))
            self.assertTrue(all(r["leader"] in self.names for r in said["replicas"]))

        self.kill("n3")
        table = self.await_status("n1", 6, "n3 is not connected to n1.").stdout
        self.assertRegex(table, r"\nn3 +\S+ +no +voter +\d+ +\d+ +\d+\n")
        # The others take over what it led.
        until = time.monotonic() + PATIENCE_S
        while True:
            said = json.loads(self.await_status("n1", 6, words=("--json",)).stdout)
            if all(r["leader"] in ("n1", "n2") for r in said["replicas"]):
                break
            self.assertLess(time.monotonic(), until, said)
        self.assertNotIn("knows no leader", self.await_status("n1", 6).stdout)
        gone = self.status("n3")
        self.assertEqual((gone.returncode, gone.stdout), (4, ""))
        self.assertIn(f"cannot ask the node at {self.at('n3')}", gone.stderr)
        self.assertIn("refused", gone.stderr)

        self.kill("n2")
        table = self.await_status("n1", 6, f"n1 knows no leader of {PARTITIONS} partitions.").stdout
        self.assertRegex(table, r"\n +0 +nobody ")

        for name in ("n2", "n3"):
            self.start_one(name)
        self.await_status("n1", 0)

    def test_a_node_that_lost_its_store_does_not_count(self) -> None:
        self.start(3)
        self.await_status("n1", 0)
        self.kill("n3")
        (self.folder / "n3").rename(self.folder / "lost")
        self.start_one("n3")
        self.assertIn("serves clients at", self.running["n3"].stdout.readline())
        # It is linked again, and refused for its store.
        until = time.monotonic() + PATIENCE_S
        while "node n3 is refused" not in (self.folder / "n1.log").read_text(encoding="utf-8"):
            self.assertLess(time.monotonic(), until)
        self.await_status("n1", 6, "n3 is not connected to n1.")
        self.await_status("n3", 6, f"n3 knows no leader of {PARTITIONS} partitions.")

    def test_a_node_that_does_not_answer_is_not_waited_for_without_end(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        self.running["n1"].send_signal(signal.SIGSTOP)
        self.refused(4, "cannot ask the node at", "--node", self.at("n1"), "cluster", "status")
        said = self.status("n1", "--json")
        self.assertEqual(said.returncode, 4)
        self.assertEqual(json.loads(said.stderr)["error"]["code"], "timed_out")

    def test_certificates_are_shown_and_checked(self) -> None:
        self.certificates = self.folder / "certs"
        stranger = self.folder / "stranger"
        for folder in (self.certificates, stranger):
            made = self.tool("certs", "init", str(folder), "--nodes", "n1")
            self.assertEqual(made.returncode, 0, made.stderr)
        self.start(1)
        asked = ("cluster", "status", *self.files("client"))
        for node in (self.at("n1"), f"n1={self.at('n1')}"):
            said = self.tool("--node", node, *asked)
            self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.refused(4, "cannot ask the node at", "--node", f"n2={self.at('n1')}", *asked)
        for files in ([], self.files("client", stranger)):
            self.refused(4, "cannot ask the node at", "--node", self.at("n1"), "cluster", "status",
                         *files)
        self.refused(4, "cannot read", "--node", self.at("n1"), "cluster", "status",
                     *self.files("nobody"))


class Members(Nodes):
    def order(self, at: str, *words: str) -> subprocess.CompletedProcess:
        return self.tool("--node", self.at(at), "cluster", *words)

    def done(self, said: subprocess.CompletedProcess, last_line: str) -> None:
        self.assertEqual((said.returncode, said.stderr), (0, ""), said.stdout)
        self.assertEqual(said.stdout.splitlines()[-1], last_line)

    def has_all(self, name: str, votes: int = PARTITIONS) -> str:
        return (f"{name} has copies of {PARTITIONS} of {PARTITIONS} partitions, "
                f"and votes in {votes} of {votes}")

    def address(self, name: str) -> str:
        return f"{name}=127.0.0.1:{self.listens[name]}"

    def test_a_node_alone_becomes_another_cluster_altogether(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        for name in ("n2", "n3"):
            self.join(name)
            self.await_status(name, 6, f"{name} takes no part in the cluster.")
            self.done(self.order("n1", "add", self.address(name)),
                      self.has_all(name))
        self.await_status("n3", 0)
        self.done(self.order("n2", "drain", "n1"), "n1 leads 0 and votes in 0 partitions")
        self.done(self.order("n2", "add", self.address("n1")),
                  self.has_all("n1"))

        self.done(self.order("n2", "remove", "n1", "--yes"), "n1 takes part in nothing")
        self.kill("n1")
        said = self.await_replicas("n2", lambda r: sorted(r["voters"]) == ["n2", "n3"])
        self.assertEqual([n["name"] for n in said["nodes"]], ["n2", "n3"])
        # With its store it is refused, with an empty one it is welcome.
        self.start_one("n1")
        self.await_status("n1", 6)
        self.kill("n1")
        (self.folder / "n1").rename(self.folder / "of-no-use")
        self.join("n1")
        self.done(self.order("n3", "add", self.address("n1")),
                  self.has_all("n1"))
        for name in self.names[:3]:
            self.await_status(name, 0)

    def test_three_of_four_vote_until_others_are_to(self) -> None:
        self.start(3)
        self.await_status("n1", 0)
        self.join("n4")
        self.await_status("n4", 6)
        said = self.order("n1", "add", self.address("n4"))
        self.assertEqual((said.returncode, said.stderr), (0, ""), said.stdout)
        self.await_status("n4", 0)
        for count in (4, 1, 3):
            self.done(self.order("n2", "voters", str(count)),
                      f"{count} node{'s' * (count != 1)} to vote in each partition; they do")
            # Whoever leads knows it first.
            said = self.await_replicas("n2", lambda r: len(r["voters"]) == count)
            self.assertEqual(said["voters"], count)
        self.refused(2, "1 to 7 nodes can vote", "--node", self.at("n1"), "cluster", "voters", "8")

    def test_a_lead_is_moved(self) -> None:
        self.start(2)
        self.await_status("n1", 0)
        self.await_status("n2", 0)
        for name in ("n1", "n2", "n1"):
            self.done(self.order("n1", "move", "2", name), f"{name} leads partition 2")

    def test_what_is_not_done_in_time_goes_on(self) -> None:
        self.start(1)
        self.await_status("n1", 0)
        said = self.order("n1", "add", "n2=127.0.0.1:9", "--wait", "1")
        self.assertEqual((said.returncode, said.stdout), (4, "n2 is not there yet; it is dialled\n"))
        self.assertIn("it is not done after 1 second; it goes on", said.stderr)
        said = self.order("n1", "add", "n2=127.0.0.1:9", "--wait", "0", "--json")
        self.assertEqual(said.returncode, 0)
        self.assertEqual(json.loads(said.stdout)["done"], False)
        self.await_status("n1", 0, "n2 was added, and is not there yet.")

    def test_orders_that_cannot_be_are_refused(self) -> None:
        self.start(2)
        self.await_status("n1", 0)
        node = ("--node", self.at("n1"), "cluster")
        for text, words in (("there is no node n9", ("drain", "n9")),
                            ("there is no node n9", ("move", "0", "n9")),
                            (f"there are {PARTITIONS} partitions", ("move", "99", "n1")),
                            ("say --yes", ("remove", "n2")),
                            ("ask another one", ("remove", "n1", "--yes")),
                            ('"n3" is no address', ("add", "n3")),
                            ("a node's name has 1 to 63 characters", ("add", "127.0.0.1:7003"))):
            self.refused(2, text, *node, *words)


class CommandLine(Nodes):
    def test_what_makes_no_sense_is_wrong_usage(self) -> None:
        status = ("cluster", "status")
        self.refused(2, "--node HOST:PORT", *status)
        self.refused(2, "leave --data out", "--node", "127.0.0.1:1", "--data", "/tmp", *status)
        for address in ("8001", "localhost", ":8001", "localhost:0", "localhost:65536",
                        "localhost:8001x", "=localhost:8001"):
            self.refused(2, f'"{address}" is no address', "--node", address, *status)
        self.refused(2, "without TLS only nodes on this machine", "--node", "192.0.2.1:8001",
                     *status)
        self.refused(2, "--cert", "--node", "127.0.0.1:1", "--ca", "ca.crt", *status)
        self.refused(2, "subcommand", "--node", "127.0.0.1:1", "cluster")
        for why, words in (("say --yes", ("projection", "rebuild", "board", "1")),
                           ("`reprise export` writes all", ("backup", "/tmp", "/tmp/never-made")),
                           ("this makes files, here", ("certs", "init", "/tmp/never-made", "--nodes",
                                                       "a"))):
            self.refused(2, why, "--node", "127.0.0.1:1", *words)
        self.refused(2, "a store, or a node?", "--node", "127.0.0.1:1", "--data", "/tmp", "types")
        self.refused(2, "--node HOST:PORT", "--ca", "a", "--cert", "b", "--key", "c", "types")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
