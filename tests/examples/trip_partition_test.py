#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nodes in network namespaces of their own, whose cables are pulled under load.

    tests/examples/trip_partition_test.py TRIP-PROGRAM REPRISE-TOOL

Where namespaces cannot be made (no root, no `ip`) it ends with 77, which means skipped.
"""

import itertools
import os
import subprocess
import sys
import unittest

from trip_nodes import ROUNDS, ClusterTest, wait_until

SKIPPED = 77
NETWORK = "10.77.0"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Namespaces:
    """A namespace for each node and one for clients, all at a bridge that is in another one.

    Nothing of it is seen from outside, and nothing gets out of it.
    """

    def __init__(self) -> None:
        self._names = ["n1", "n2", "n3", "client"]
        self._prefix = f"reprise-{os.getpid()}"
        self._switch = f"{self._prefix}-switch"
        self._ports: dict[str, int] = {}
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self._switch, "link", "set", "bridge", "up")
        for name in self._names:
            self._add(name)

    def _space(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def host(self, name: str) -> str:
        return f"{NETWORK}.{self._names.index(name) + 1}"

    def _add(self, name: str) -> None:
        space = self._space(name)
        ip("netns", "add", space)
        ip("-n", space, "link", "add", "cable", "type", "veth", "peer", "name", name,
           "netns", self._switch)
        ip("-n", self._switch, "link", "set", name, "master", "bridge", "up")
        ip("-n", space, "addr", "add", f"{self.host(name)}/24", "dev", "cable")
        for device in ("lo", "cable"):
            ip("-n", space, "link", "set", device, "up")

    def address(self, name: str) -> str:
        # Those that are never started have no place.
        host = self.host(name) if name in self._names else "127.0.0.1"
        self._ports[name] = self._ports.get(name, 7000) + 1
        return f"{host}:{self._ports[name]}"

    def within(self, name: str) -> list[str]:
        return ["ip", "netns", "exec", self._space(name)]

    def pull(self, name: str) -> None:
        """The cable stays up at its end; what goes into it goes nowhere."""
        ip("-n", self._switch, "link", "set", name, "nomaster")

    def plug(self, name: str) -> None:
        ip("-n", self._switch, "link", "set", name, "master", "bridge")

    def cut(self, sender: str, receiver: str) -> None:
        """One way: what the receiver sends arrives, and is not even acknowledged."""
        ip("-n", self._space(sender), "route", "add", "blackhole", f"{self.host(receiver)}/32")

    def mend(self, sender: str, receiver: str) -> None:
        ip("-n", self._space(sender), "route", "del", "blackhole", f"{self.host(receiver)}/32")

    def close(self) -> None:
        for name in [*self._names, "switch"]:
            subprocess.run(["ip", "netns", "del", self._space(name)], check=False,
                           capture_output=True)


class Partitions(ClusterTest):
    place = Namespaces

    def setUp(self) -> None:
        super().setUp()
        self.network = self.cluster.place
        self.cluster.start_all()

    def survives(self, break_off, heal) -> None:
        """Each node in turn is in the middle of it, while a load goes on."""
        load = self.start_load(trips=0, seconds=4 * ROUNDS, reads=8)
        for turn in range(ROUNDS):
            one, *others = [self.cluster.names[(turn + i) % 3] for i in range(3)]
            self.await_progress(load, 300)
            break_off(one, others)
            self.await_progress(load, 300)
            heal(one, others)
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assert_nothing_contradicts()

    def test_c_075_the_majority_goes_on_whoever_is_apart(self) -> None:
        self.survives(lambda one, _: self.network.pull(one), lambda one, _: self.network.plug(one))

    def test_c_080_who_is_heard_by_nobody_stops_nobody(self) -> None:
        self.survives(lambda one, others: [self.network.cut(one, other) for other in others],
                      lambda one, others: [self.network.mend(one, other) for other in others])

    def test_c_081_who_hears_nobody_stops_nobody(self) -> None:
        self.survives(lambda one, others: [self.network.cut(other, one) for other in others],
                      lambda one, others: [self.network.mend(other, one) for other in others])

    def test_c_082_two_that_cannot_talk_are_led_by_the_third(self) -> None:
        def pairs(others: list[str]) -> list[tuple[str, str]]:
            return [(others[0], others[1]), (others[1], others[0])]

        self.survives(lambda _, others: [self.network.cut(*pair) for pair in pairs(others)],
                      lambda _, others: [self.network.mend(*pair) for pair in pairs(others)])

    def test_c_076_three_apart_acknowledge_nothing_and_go_on_once_they_meet(self) -> None:
        load = self.start_load()
        self.await_progress(load, 300)
        pairs = list(itertools.permutations(self.cluster.names, 2))
        for pair in pairs:
            self.network.cut(*pair)
        for name in self.cluster.names:
            wait_until(f"{name} knows no leader",
                       lambda name=name: "knows no leader of 8 partitions" in self.status(name))
        # Clients reach all of them.
        alone = self.start_load(trips=5, timeout_ms=2000, history=self.folder / "alone.jsonl")
        report = self.end_of(alone)
        self.assertEqual(report["acknowledged"], 0)
        for pair in pairs:
            self.network.mend(*pair)
        self.end_of(load)
        self.assert_nothing_contradicts()

    def status(self, name: str) -> str:
        return self.cluster.tool(name, "cluster", "status").stdout


def can_make_namespaces() -> bool:
    probe = f"reprise-{os.getpid()}-probe"
    try:
        ip("netns", "add", probe)
        ip("-n", probe, "link", "add", "bridge", "type", "bridge")
        ip("netns", "del", probe)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


if __name__ == "__main__":
    if not can_make_namespaces():
        print("network namespaces cannot be made here")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
