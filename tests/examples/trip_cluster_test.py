#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real nodes of a cluster of trips, killed, stopped and started again under load.

After each the history of the load is checked against what the cluster has stored.

    tests/examples/trip_cluster_test.py TRIP-PROGRAM REPRISE-TOOL
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TRIP = pathlib.Path(sys.argv[1]).resolve()
TOOL = pathlib.Path(sys.argv[2]).resolve()
TRIPS = int(os.environ.get("REPRISE_CLUSTER_TRIPS", "1500"))
ROUNDS = int(os.environ.get("REPRISE_CLUSTER_ROUNDS", "3"))
PATIENCE = 60.0


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago; all are held until all are known."""
    held = []
    for _ in range(count):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        held.append(one)
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def wait_until(what: str, holds) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"it did not come to be that {what}")
        time.sleep(0.01)


class Cluster:
    """Three nodes with certificates of their own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        ports = free_ports(6)
        self.names = ["n1", "n2", "n3"]
        self.links = dict(zip(self.names, ports[:3]))
        self.clients = dict(zip(self.names, ports[3:]))
        self.running: dict[str, subprocess.Popen] = {}
        self.certificates = folder / "certs"
        subprocess.run([TOOL, "certs", "init", self.certificates, "--nodes", ",".join(self.names)],
                       check=True, capture_output=True)

    def shown(self, name: str) -> list[str]:
        """What a node or a client shows of itself."""
        return ["--ca", str(self.certificates / "ca.crt"),
                "--cert", str(self.certificates / f"{name}.crt"),
                "--key", str(self.certificates / f"{name}.key")]

    def start(self, name: str) -> None:
        members = ",".join(f"{n}=127.0.0.1:{port}" for n, port in self.links.items())
        self.running[name] = subprocess.Popen(
            [TRIP, "serve", "--name", name, "--data", self.folder / name,
             "--listen", f"127.0.0.1:{self.links[name]}",
             "--client", f"127.0.0.1:{self.clients[name]}",
             "--cluster", members, "--partitions", "8", *self.shown(name)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.running[name].stdout.readline()
        if "serves clients" not in line:
            raise AssertionError(f"{name} does not serve: {line}")

    def start_all(self) -> None:
        for name in self.names:
            if name not in self.running:
                self.start(name)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()
        process.stdout.close()

    def end(self, name: str) -> int:
        process = self.running.pop(name)
        process.terminate()
        code = process.wait(timeout=PATIENCE)
        process.stdout.close()
        return code

    def signal(self, name: str, which: signal.Signals) -> None:
        self.running[name].send_signal(which)

    def close(self) -> None:
        for name in list(self.running):
            self.signal(name, signal.SIGCONT)
            self.kill(name)

    def client_words(self) -> list[str]:
        nodes = ",".join(f"{n}=127.0.0.1:{port}" for n, port in self.clients.items())
        return ["--nodes", nodes, *self.shown("client"), "--json"]


class TripCluster(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.cluster = Cluster(self.folder)
        self.history = self.folder / "history.jsonl"

    def tearDown(self) -> None:
        self.cluster.close()
        self._folder.cleanup()

    def start_load(self, trips: int = TRIPS, timeout_ms: int = 30_000) -> subprocess.Popen:
        return subprocess.Popen(
            [TRIP, "load", *self.cluster.client_words(), "--trips", str(trips),
             "--in-flight", "32", "--timeout", str(timeout_ms), "--history", self.history],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def acknowledged_so_far(self) -> int:
        if not self.history.exists():
            return 0
        return self.history.read_bytes().count(b'"outcome":"ok"')

    def await_progress(self, load: subprocess.Popen, commands: int) -> None:
        """So many more were acknowledged, or the load has ended."""
        wanted = self.acknowledged_so_far() + commands
        wait_until(f"{wanted} commands are acknowledged",
                   lambda: load.poll() is not None or self.acknowledged_so_far() >= wanted)

    def end_of(self, load: subprocess.Popen) -> dict:
        out, err = load.communicate(timeout=300)
        self.assertEqual(load.returncode, 0, out + err)
        return json.loads(out)

    def check(self) -> subprocess.CompletedProcess:
        return subprocess.run([TRIP, "check", *self.cluster.client_words(),
                               "--history", self.history],
                              capture_output=True, text=True, check=False, timeout=300)

    def assert_nothing_contradicts(self) -> dict:
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["violated"], 0)
        self.assertGreater(report["ok"], 0)
        return report

    def test_c_020_c_027_c_051_nodes_that_are_killed_lose_nothing(self) -> None:
        self.cluster.start_all()
        load = self.start_load()
        for turn in range(ROUNDS):
            name = self.cluster.names[turn % 3]
            self.await_progress(load, 500)
            self.cluster.kill(name)
            # The others go on without it.
            self.await_progress(load, 500)
            self.cluster.start(name)
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assertEqual(report["trips"] + report["unknown"], TRIPS)
        self.assert_nothing_contradicts()

    def test_c_021_all_nodes_killed_at_once_come_back_with_everything(self) -> None:
        self.cluster.start_all()
        load = self.start_load()
        for _ in range(ROUNDS):
            self.await_progress(load, 500)
            for name in self.cluster.names:
                self.cluster.kill(name)
            self.cluster.start_all()
        self.end_of(load)
        self.assert_nothing_contradicts()

    def test_c_045_c_091_c_092_a_node_that_stood_still_acknowledges_nothing_old(self) -> None:
        self.cluster.start_all()
        load = self.start_load()
        for turn in range(ROUNDS):
            name = self.cluster.names[turn % 3]
            self.await_progress(load, 300)
            self.cluster.signal(name, signal.SIGSTOP)
            self.await_progress(load, 300)
            self.cluster.signal(name, signal.SIGCONT)
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assert_nothing_contradicts()

    def test_c_057_c_072_c_107_a_rolling_restart_is_not_noticed_but_for_a_pause(self) -> None:
        self.cluster.start_all()
        load = self.start_load()
        for name in self.cluster.names:
            self.await_progress(load, 300)
            self.assertEqual(self.cluster.end(name), 0)
            self.await_progress(load, 300)
            self.cluster.start(name)
        report = self.end_of(load)
        self.assertEqual(report["errors"] + report["unknown"], 0)
        self.assertEqual(report["trips"], TRIPS)
        self.assert_nothing_contradicts()

    def test_c_001_c_054_a_minority_acknowledges_nothing(self) -> None:
        self.cluster.start("n1")
        load = self.start_load(trips=20, timeout_ms=5000)
        report = self.end_of(load)
        self.assertEqual(report["acknowledged"] + report["unknown"], 0)
        self.assertEqual(report["errors"], 20)
        self.cluster.start_all()
        # What failed was never handled.
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["events"], 0)

    def test_the_check_finds_what_is_wrong(self) -> None:
        self.cluster.start_all()
        self.end_of(self.start_load(trips=5))
        self.assert_nothing_contradicts()
        lines = [json.loads(line) for line in self.history.read_text().splitlines()]

        def write(changed: list[dict]) -> None:
            self.history.write_text("".join(json.dumps(line) + "\n" for line in changed))

        def assert_found(what: str) -> None:
            done = self.check()
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(what, done.stdout)

        write([{**line, "sequence": line["sequence"] + 1} if n == 3 else line
               for n, line in enumerate(lines)])
        assert_found("was told sequence")
        write(lines[1:])
        assert_found("was decided by no command")
        write([{**line, "outcome": "rejected", "sequence": 0} if n == 3 else line
               for n, line in enumerate(lines)])
        assert_found("stands in the log")
        write([*lines, {**lines[0], "command_id": "00" * 16}])
        assert_found("stands in the log 0 times")
        # The last command of a trip, asked after the first one was answered, cannot stand before it.
        latest = max(line["return_ns"] for line in lines)
        write([{**line, "invoke_ns": latest + 1, "return_ns": latest + 2}
               if line["command"] == "request" else line for line in lines])
        assert_found("stands before it")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
