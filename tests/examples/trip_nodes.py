# SPDX-License-Identifier: Apache-2.0
"""Nodes of a cluster of trips as processes, a load that drives trips through them, and its check.

For tests whose command line is TRIP-PROGRAM REPRISE-TOOL.
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
SECONDS = int(os.environ.get("REPRISE_CLUSTER_SECONDS", "10"))
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


class OneMachine:
    """Where nodes, and the client, run: all at one address."""

    def __init__(self) -> None:
        self._ports = iter(free_ports(12))

    def address(self, _name: str) -> str:
        return f"127.0.0.1:{next(self._ports)}"

    def within(self, _name: str) -> list[str]:
        """What a command line begins with so that it runs there."""
        return []

    def close(self) -> None:
        pass


class Cluster:
    """Three nodes with certificates of their own, and three more that may join them."""

    def __init__(self, folder: pathlib.Path, place) -> None:
        self.folder = folder
        self.place = place
        self.names = ["n1", "n2", "n3"]
        self.partitions = 8
        everybody = [*self.names, "n4", "n5", "n6"]
        self.links = {name: place.address(name) for name in everybody}
        self.clients = {name: place.address(name) for name in everybody}
        self.running: dict[str, subprocess.Popen] = {}
        self.copies = "all"
        self.certificates = folder / "certs"
        subprocess.run([TOOL, "certs", "init", self.certificates, "--nodes", ",".join(everybody)],
                       check=True, capture_output=True)

    def shown(self, name: str) -> list[str]:
        """What a node or a client shows of itself."""
        return ["--ca", str(self.certificates / "ca.crt"),
                "--cert", str(self.certificates / f"{name}.crt"),
                "--key", str(self.certificates / f"{name}.key")]

    def spawn(self, name: str, stderr: int = subprocess.DEVNULL,
              environment: dict[str, str] | None = None) -> subprocess.Popen:
        """A node that nobody looks after but the caller."""
        joins = name not in self.names
        told = [*self.running, name] if joins else self.names
        members = ",".join(f"{n}={self.links[n]}" for n in told)
        return subprocess.Popen(
            [*self.place.within(name), TRIP, "serve", "--name", name, "--data", self.folder / name,
             "--listen", self.links[name],
             "--client", self.clients[name],
             "--cluster", members, *(["--join"] if joins else []),
             "--partitions", str(self.partitions), "--copies", self.copies, *self.shown(name)],
            stdout=subprocess.PIPE, stderr=stderr, env=environment, text=True)

    def start(self, name: str, environment: dict[str, str] | None = None) -> None:
        self.running[name] = self.spawn(name, environment=environment)
        line = self.running[name].stdout.readline()
        if "serves clients" not in line:
            raise AssertionError(f"{name} does not serve: {line}")

    def tool(self, asked: str, *words: str) -> subprocess.CompletedProcess:
        """The tool, through one of the nodes."""
        return subprocess.run(
            [*self.place.within("client"), TOOL, "--node", self.clients[asked], *self.shown("client"),
             *words], capture_output=True, text=True, check=False)

    def order(self, asked: str, *words: str) -> None:
        """Waits until it is done."""
        done = self.tool(asked, "cluster", *words, "--wait", str(int(PATIENCE)))
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}")

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
        nodes = ",".join(f"{name}={address}" for name, address in self.clients.items())
        return ["--nodes", nodes, *self.shown("client"), "--json"]


class ClusterTest(unittest.TestCase):
    """Each test begins with a cluster that is not started yet."""

    place = OneMachine

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.cluster = Cluster(self.folder, self.place())
        self.history = self.folder / "history.jsonl"

    def tearDown(self) -> None:
        self.cluster.close()
        self.cluster.place.close()
        self._folder.cleanup()

    def start_load(self, trips: int = TRIPS, timeout_ms: int = 30_000,
                   seconds: int = 0, history: pathlib.Path | None = None,
                   reads: int = 0) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.cluster.place.within("client"), TRIP, "load", *self.cluster.client_words(), "--trips", str(trips),
             "--in-flight", "32", "--timeout", str(timeout_ms), "--seconds", str(seconds),
             "--history", history or self.history, "--reads", str(reads)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def acknowledged_so_far(self) -> int:
        if not self.history.exists():
            return 0
        history = self.history.read_bytes()
        # Reads are no commands; those that failed make it a little less than it is.
        return history.count(b'"outcome":"ok"') - history.count(b'"command":"get"')

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
        return subprocess.run([*self.cluster.place.within("client"), TRIP, "check",
                               *self.cluster.client_words(), "--history", self.history],
                              capture_output=True, text=True, check=False, timeout=300)

    def assert_nothing_contradicts(self) -> dict:
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["violated"], 0)
        self.assertGreater(report["ok"], 0)
        return report
