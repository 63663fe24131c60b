#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Three nodes of a cluster on this machine, with certificates: rates, latencies, failover, idle cost.

    benchmarks/cluster_bench.py [--build-dir build/release] [--quick] > cluster.jsonl

One JSON object a line: {name, value, unit, floor, ratio}. Rates are acknowledged commands per second
of `trip load`; p50 and p99 have as floor the median of one fdatasync of 4 KiB, taken in the same
folder right before, and ratio is value over floor. Failover is the time from the kill -9 of the only
leader until the next acknowledged command, of a cluster of one partition under load; the history of
all of it is checked at the end. Idle cost is CPU time of each node in per cent of one core.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parent.parent
NAMES = ["n1", "n2", "n3"]


def say(name: str, value: float, unit: str, floor: float | None = None) -> None:
    ratio = None if floor is None else round(value / floor, 3)
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit,
                      "floor": None if floor is None else round(floor, 3), "ratio": ratio}),
          flush=True)


def fdatasync_us(folder: pathlib.Path) -> float:
    """The median of one fdatasync of 4 KiB."""
    took = []
    file = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for _ in range(200):
        os.write(file, b"x" * 4096)
        began = time.perf_counter()
        os.fdatasync(file)
        took.append((time.perf_counter() - began) * 1e6)
    os.close(file)
    return statistics.median(took)


class Cluster:
    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path, partitions: int) -> None:
        self.binaries = binaries
        self.folder = folder
        self.partitions = partitions
        held = [socket.socket() for _ in range(6)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in held]
        for one in held:
            one.close()
        self.links = dict(zip(NAMES, ports[:3]))
        self.clients = dict(zip(NAMES, ports[3:]))
        self.running: dict[str, subprocess.Popen] = {}
        subprocess.run([binaries / "reprise", "certs", "init", folder / "certs",
                        "--nodes", ",".join(NAMES)], check=True, capture_output=True)

    def shown(self, name: str) -> list[str]:
        certs = self.folder / "certs"
        return ["--ca", str(certs / "ca.crt"), "--cert", str(certs / f"{name}.crt"),
                "--key", str(certs / f"{name}.key")]

    def start(self, name: str) -> None:
        members = ",".join(f"{n}=127.0.0.1:{port}" for n, port in self.links.items())
        self.running[name] = subprocess.Popen(
            [self.binaries / "trip", "serve", "--name", name, "--data", self.folder / name,
             "--listen", f"127.0.0.1:{self.links[name]}",
             "--client", f"127.0.0.1:{self.clients[name]}", "--cluster", members,
             "--partitions", str(self.partitions), *self.shown(name)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.running[name].stdout.readline()

    def kill(self, name: str) -> int:
        """When it was killed, on the clock of histories."""
        process = self.running.pop(name)
        process.kill()
        killed = time.monotonic_ns()
        process.wait()
        return killed

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def words(self) -> list[str]:
        nodes = ",".join(f"{n}=127.0.0.1:{port}" for n, port in self.clients.items())
        return ["--nodes", nodes, *self.shown("client"), "--json"]

    def load(self, *more: str) -> subprocess.Popen:
        return subprocess.Popen([self.binaries / "trip", "load", *self.words(), *more],
                                stdout=subprocess.PIPE, text=True)

    def status(self) -> dict | None:
        for name in self.running:
            asked = subprocess.run(
                [self.binaries / "reprise", "--json", "--node",
                 f"{name}=127.0.0.1:{self.clients[name]}", *self.shown("client"),
                 "cluster", "status"], capture_output=True, text=True, check=False)
            if asked.stdout.strip():
                return json.loads(asked.stdout)
        return None

    def leader(self) -> str:
        """Of partition 0, once all nodes are there."""
        while True:
            status = self.status()
            if status and all(n["connected"] for n in status["nodes"]):
                leader = status["replicas"][0]["leader"]
                if leader:
                    return leader
            time.sleep(0.05)

    def cpu_seconds(self) -> float:
        ticks = 0
        for process in self.running.values():
            fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def rates(binaries: pathlib.Path, quick: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cluster = Cluster(binaries, folder, 64)
        for node in NAMES:
            cluster.start(node)
        cluster.leader()
        time.sleep(3)
        began, cpu = time.monotonic(), cluster.cpu_seconds()
        time.sleep(3 if quick else 10)
        idle = (cluster.cpu_seconds() - cpu) / (time.monotonic() - began) / 3 * 100
        say("cluster.idle-cpu.64-partitions", idle, "% of a core per node")
        for in_flight in (1, 64, 1024):
            runs = []
            floors = []
            for _ in range(1 if quick else 3):
                floors.append(fdatasync_us(folder))
                load = cluster.load("--trips", "0", "--seconds", "4" if quick else "8",
                                    "--in-flight", str(in_flight))
                runs.append(json.loads(load.communicate()[0]))
            floor = statistics.median(floors)
            middle = {key: statistics.median(run[key] for run in runs)
                      for key in ("commands_per_second", "p50_us", "p99_us")}
            say(f"cluster.ask.inflight-{in_flight}.rate", middle["commands_per_second"],
                "commands/s")
            say(f"cluster.ask.inflight-{in_flight}.p50", middle["p50_us"], "us", floor)
            say(f"cluster.ask.inflight-{in_flight}.p99", middle["p99_us"], "us", floor)
        cluster.close()


def failover(binaries: pathlib.Path, kills: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        history = folder / "history.jsonl"
        cluster = Cluster(binaries, folder, 1)
        for node in NAMES:
            cluster.start(node)
        cluster.leader()
        load = cluster.load("--trips", "0", "--seconds", str(15 + 4 * kills), "--in-flight", "32",
                            "--history", str(history))
        times = []
        for _ in range(kills):
            time.sleep(1)
            leader = cluster.leader()
            times.append(cluster.kill(leader))
            time.sleep(1.5)
            cluster.start(leader)
        load.communicate()
        returned = sorted(line["return_ns"] for line in map(json.loads, history.open())
                          if line["outcome"] == "ok")
        gaps = []
        for killed in times:
            # What the killed node had answered may still have been on its way.
            end = killed + 3_000_000_000
            near = [killed, *(at for at in returned if killed <= at <= end), end]
            gaps.append(max(later - earlier for earlier, later in zip(near, near[1:-1])) / 1e6)
        gaps.sort()
        checked = subprocess.run([binaries / "trip", "check", *cluster.words(),
                                  "--history", history], capture_output=True, text=True, check=False)
        say("cluster.failover.kills", len(gaps), "kills")
        say("cluster.failover.p50", statistics.median(gaps), "ms")
        say("cluster.failover.p99", gaps[min(len(gaps) - 1, int(len(gaps) * 0.99))], "ms")
        say("cluster.failover.contradictions", json.loads(checked.stdout)["violated"], "commands")
        cluster.close()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--build-dir", default=str(TREE / "build/release"), type=pathlib.Path)
    words.add_argument("--quick", action="store_true", help="under a minute, and noisier")
    given = words.parse_args()
    binaries = given.build_dir.resolve() / "bin"
    if not (binaries / "trip").exists():
        sys.exit(f"there is no {binaries}/trip; build it with: cmake --build --preset release")
    rates(binaries, given.quick)
    failover(binaries, 3 if given.quick else 30)


if __name__ == "__main__":
    main()
