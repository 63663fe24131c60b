# SPDX-License-Identifier: Apache-2.0
"""Nodes of one cluster as processes, and the tool to ask them; for tests that are given the programs
`reprise` and `trip`, in that order."""

import json
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

REPRISE = pathlib.Path(sys.argv[1]).resolve()
TRIP = pathlib.Path(sys.argv[2]).resolve()
PATIENCE_S = 120
PARTITIONS = 4


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at, below those that the system gives to connections."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


class Nodes(unittest.TestCase):
    """Nodes n1, n2, ... of one cluster; those that are left end with the test."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.running: dict[str, subprocess.Popen] = {}
        self.certificates: pathlib.Path | None = None

    def tearDown(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
            process.stdout.close()
        self._folder.cleanup()

    def start(self, count: int, *more: str) -> None:
        ports = free_ports(2 * count)
        self.names = [f"n{i + 1}" for i in range(count)]
        self.listens = dict(zip(self.names, ports[:count]))
        self.serves = dict(zip(self.names, ports[count:]))
        for name in self.names:
            self.start_one(name, *more)
        for name in self.names:
            line = self.running[name].stdout.readline()
            said = (self.folder / f"{name}.log").read_text(encoding="utf-8")
            self.assertIn("serves clients at", line, said)

    def join(self, name: str) -> None:
        self.names.append(name)
        self.listens[name], self.serves[name] = free_ports(2)
        self.start_one(name, "--join")
        self.assertIn("serves clients at", self.running[name].stdout.readline())

    def start_one(self, name: str, *more: str) -> None:
        cluster = ",".join(f"{n}=127.0.0.1:{port}" for n, port in self.listens.items())
        own = ["--insecure"] if self.certificates is None else self.files(name)
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            self.running[name] = subprocess.Popen(
                [TRIP, "serve", "--name", name, "--data", str(self.folder / name),
                 "--listen", f"127.0.0.1:{self.listens[name]}",
                 "--client", f"127.0.0.1:{self.serves[name]}",
                 "--cluster", cluster, "--partitions", str(PARTITIONS), *own, *more],
                stdout=subprocess.PIPE, stderr=log, text=True)

    def files(self, name: str, folder: pathlib.Path | None = None) -> list[str]:
        at = folder or self.certificates
        return ["--ca", str(at / "ca.crt"), "--cert", str(at / f"{name}.crt"),
                "--key", str(at / f"{name}.key")]

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 0)
        process.stdout.close()

    def at(self, name: str) -> str:
        return f"127.0.0.1:{self.serves[name]}"

    def tool(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([REPRISE, *words], capture_output=True, text=True, check=False)

    def status(self, name: str, *words: str) -> subprocess.CompletedProcess:
        return self.tool("--node", self.at(name), "cluster", "status", *words)

    def await_status(self, name: str, code: int, text: str = "",
                     words: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        until = time.monotonic() + PATIENCE_S
        while True:
            said = self.status(name, *words)
            if said.returncode == code and text in said.stdout:
                return said
            self.assertLess(time.monotonic(), until, said.stdout + said.stderr)

    def await_replicas(self, name: str, holds) -> dict:
        """What this node says of itself once `holds` is so of each replica that it knows of."""
        until = time.monotonic() + PATIENCE_S
        while True:
            said = json.loads(self.await_status(name, 0, words=("--json",)).stdout)
            if all(holds(r) for r in said["replicas"]):
                return said
            self.assertLess(time.monotonic(), until, said)

    def refused(self, code: int, text: str, *words: str) -> None:
        said = self.tool(*words)
        self.assertEqual(said.returncode, code, said.stdout + said.stderr)
        self.assertEqual(said.stdout, "")
        self.assertIn(text, said.stderr)
