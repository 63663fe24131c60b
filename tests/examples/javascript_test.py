#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The client in JavaScript, with real nodes: asks, rejections, events, and nodes that die meanwhile.

    tests/examples/javascript_test.py TRIP-PROGRAM REPRISE-TOOL FOLDER

FOLDER is where the client is copied to and its npm packages are put. Where there is no Node.js of
version 18.3 or later, or npm cannot get the packages, it ends with 77, which means skipped.
"""

import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from trip_nodes import PATIENCE, TOOL, Cluster, ClusterTest, OneMachine

SKIPPED = 77
NODE_NEEDED = (18, 3)
NPM_PATIENCE = 120.0
TREE = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = TREE / "examples" / "javascript"
CLIENT = pathlib.Path(sys.argv[3]).resolve()
RIDE = (("request", "--rider", "ann", "--pickup", "SoHo", "--passengers", "2"), ("assign", "--driver", "bob"),
        ("arrive",), ("start",), ("complete", "--fare", "1250", "--tip", "200", "--miles", "2.5"),
        ("pay", "--method", "cash"))
EVENTS = ["requested", "assigned", "arrived", "started", "completed", "paid"]
# A program of its own that uses the client.
OVERLAPPING = """
import { Aggregate } from "./aggregate.mjs";
import { Client } from "./client.mjs";
import { Trip } from "./schemas/trip.js";

const [host, port] = process.argv[1].split(":");
const client = new Client([{ host, port }]);
const trips = Array.from({ length: 300 }, (_, n) => new Aggregate(client, Trip, `ride-${n}`));
await Promise.all(trips.map((trip, n) => trip.ask("request", { rider: `rider-${n}` })));
const answers = await Promise.all(trips.map((trip) => trip.ask("get")));
console.log(JSON.stringify(answers.map(({ result }) => result.rider)));
client.close();
"""


def words_for(cluster: Cluster, *names: str) -> list[str]:
    nodes = ",".join(f"{name}={cluster.clients[name]}" for name in names or cluster.names)
    return ["--nodes", nodes, *cluster.shown("client")]


def trip(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["node", CLIENT / "trip.mjs", *words], check=False, capture_output=True,
                          stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE)


class Follower:
    """`trip.mjs follow`, whose lines are read as they come."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(["node", CLIENT / "trip.mjs", *words], text=True,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE)
        self._watch = threading.Timer(PATIENCE, self._process.kill)
        self._watch.start()

    def next(self, count: int) -> list[dict]:
        lines = [self._process.stdout.readline() for _ in range(count)]
        if not all(lines):
            raise AssertionError(f"there are no more events after {lines}: {self._process.stderr.read()}")
        return [json.loads(line) for line in lines]

    def interrupt(self) -> int:
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=PATIENCE)

    def close(self) -> None:
        self._watch.cancel()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()


class LosesAnswers:
    """Stands before a node. What the node says after it was told of a trip goes nowhere."""

    def __init__(self, node: str, trip_id: str) -> None:
        host, port = node.split(":")
        self._node = (host, int(port))
        self._trip_id = trip_id.encode()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            node = socket.create_connection(self._node)
            told = threading.Event()
            for work in (self._to_node, self._to_client):
                threading.Thread(target=work, args=(client, node, told), daemon=True).start()

    def _to_node(self, client: socket.socket, node: socket.socket, told: threading.Event) -> None:
        said = b""
        while some := self._receive(client):
            said += some
            if self._trip_id in said:
                told.set()
            node.sendall(some)
        node.close()

    def _to_client(self, client: socket.socket, node: socket.socket, told: threading.Event) -> None:
        while some := self._receive(node):
            if told.is_set():
                self.lost += 1
                break
            client.sendall(some)
        client.shutdown(socket.SHUT_RDWR)
        client.close()

    @staticmethod
    def _receive(from_: socket.socket) -> bytes:
        try:
            return from_.recv(1 << 16)
        except OSError:
            return b""

    def close(self) -> None:
        self._listening.close()


class PlainNode(Cluster):
    """One node without certificates."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder, OneMachine())
        self.names = ["n1"]

    def shown(self, name: str) -> list[str]:
        return ["--insecure"]


class Client(unittest.TestCase):
    """What both kinds of clusters are asked with."""

    cluster: Cluster

    def done(self, *words: str) -> dict:
        """The line of a command that must succeed."""
        ended = trip(*words)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout)

    def assert_ends(self, code: int, what: str, *words: str) -> str:
        """`what` is a pattern of what it says on standard error."""
        ended = trip(*words)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        self.assertRegex(ended.stderr, what)
        self.assertEqual(ended.stdout, "")
        return ended.stderr

    def follow(self, *words: str) -> Follower:
        follower = Follower(*words)
        self.addCleanup(follower.close)
        return follower


class WithoutCertificates(Client):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cluster = PlainNode(pathlib.Path(folder.name))
        self.addCleanup(self.cluster.close)
        self.cluster.start("n1")
        self.words = words_for(self.cluster)

    def test_a_ride_is_asked_from_the_request_to_the_payment(self) -> None:
        for n, (command, *options) in enumerate(RIDE, start=1):
            answer = self.done(*self.words, command, "ride-1", *options)
            self.assertEqual(answer["sequence"], n)
        state = self.done(*self.words, "get", "ride-1")["state"]
        self.assertEqual(state["phase"], "paid")
        self.assertEqual(state["pickup"], {"zone": "SoHo", "borough": ""})
        self.assertEqual((state["rider"], state["driver"], state["payment"]), ("ann", "bob", "cash"))
        self.assertEqual((state["passengers"], state["totalCents"], state["distanceMiles"]), (2, 1450, 2.5))

    def test_a_rejection_is_told_with_its_code_and_has_an_exit_code_of_its_own(self) -> None:
        self.assert_ends(1, "wrong_phase: a trip that is none cannot be started", *self.words, "start", "ride-1")

    def test_events_are_followed_while_commands_go_on(self) -> None:
        first, *others = RIDE
        self.done(*self.words, first[0], "ride-1", *first[1:])
        follower = self.follow(*self.words, "follow", "ride-1")
        seen = follower.next(1)
        for command, *options in others:
            self.done(*self.words, command, "ride-1", *options)
        seen += follower.next(len(others))
        self.assertEqual([event["event"] for event in seen], EVENTS)
        self.assertEqual([event["sequence"] for event in seen], [1, 2, 3, 4, 5, 6])
        self.assertEqual((seen[0]["rider"], seen[1]["driver"], seen[4]["fareCents"]), ("ann", "bob", 1250))
        self.assertEqual(follower.interrupt(), 0)

    def test_events_are_followed_from_a_sequence_on(self) -> None:
        for command, *options in RIDE:
            self.done(*self.words, command, "ride-1", *options)
        follower = self.follow(*self.words, "follow", "ride-1", "--from", "4")
        self.assertEqual([event["event"] for event in follower.next(3)], EVENTS[3:])

    def test_what_is_too_long_for_one_read_arrives_whole(self) -> None:
        rider = "ä" * 60_000
        self.done(*self.words, "request", "ride-1", "--rider", rider)
        self.assertEqual(self.done(*self.words, "get", "ride-1")["state"]["rider"], rider)
        self.assertEqual(self.follow(*self.words, "follow", "ride-1").next(1)[0]["rider"], rider)

    def test_commands_overlap_on_one_connection(self) -> None:
        ended = subprocess.run(["node", "--input-type=module", "-e", OVERLAPPING, self.cluster.clients["n1"]],
                               check=True, cwd=CLIENT, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(json.loads(ended.stdout), [f"rider-{n}" for n in range(300)])

    def test_a_command_whose_answer_is_lost_is_done_once(self) -> None:
        before = LosesAnswers(self.cluster.clients["n1"], "ride-1")
        self.addCleanup(before.close)
        nodes = f"{before.address},{self.cluster.clients['n1']}"
        answer = self.done("--nodes", nodes, "--insecure", "request", "ride-1", "--rider", "ann")
        self.assertEqual(before.lost, 1)
        self.assertEqual(answer["sequence"], 1)

    def test_what_is_not_known_is_said_and_is_found_out_with_the_command_id(self) -> None:
        before = LosesAnswers(self.cluster.clients["n1"], "ride-1")
        self.addCleanup(before.close)
        request = ("request", "ride-1", "--rider", "ann")
        said = self.assert_ends(4, "timed_out: the command may have been carried out", "--nodes", before.address,
                                "--insecure", "--timeout", "1000", *request)
        again = re.search(r"--command-id [0-9a-f]{32}", said)[0].split()
        self.assertEqual(self.done(*self.words, *request, *again)["sequence"], 1)
        self.assert_ends(1, "wrong_phase", *self.words, *request)

    def test_a_node_that_is_not_there_is_named(self) -> None:
        self.cluster.kill("n1")
        self.assert_ends(4, f"unavailable: .*n1 at {self.cluster.clients['n1']}: .*ECONNREFUSED",
                         *self.words, "--timeout", "500", "get", "ride-1")

    def test_the_status_of_the_node_is_shown(self) -> None:
        self.assertEqual(self.done(*self.words, "status")["node"], "n1")

    def test_a_wrong_command_line_is_told(self) -> None:
        for what, *words in (
                ("a command is needed",),
                ("there is no command fly", "fly", "ride-1"),
                ("get needs the name of a trip", "get"),
                ("--rider is needed", "request", "ride-1"),
                ("start has no option --rider", "start", "ride-1", "--rider", "ann"),
                ("--fare is a whole number", "complete", "ride-1", "--fare", "much"),
                ("Unknown option '--speed'", "get", "ride-1", "--speed", "9")):
            self.assert_ends(2, what, *self.words, *words)
        self.assert_ends(2, "--nodes is needed", "--insecure", "get", "ride-1")
        self.assert_ends(2, "NAME=HOST:PORT", "--nodes", "n1", "--insecure", "get", "ride-1")
        self.assert_ends(2, "for nodes on this machine", "--nodes", "192.0.2.1:1", "--insecure", "get", "ride-1")
        self.assertIn("Exit codes:", trip("--help").stdout)


class WithCertificates(ClusterTest, Client):
    def setUp(self) -> None:
        super().setUp()
        self.words = words_for(self.cluster)

    def test_who_follows_goes_on_with_another_node_when_its_own_is_killed(self) -> None:
        self.cluster.start_all()
        first, *others = RIDE
        self.done(*self.words, first[0], "ride-1", *first[1:])
        # The first one in the list is the one that is asked.
        follower = self.follow(*self.words, "follow", "ride-1")
        seen = follower.next(1)
        self.cluster.kill("n1")
        for command, *options in others:
            self.done(*self.words, "--timeout", "30000", command, "ride-1", *options)
        seen += follower.next(len(others))
        self.assertEqual([event["event"] for event in seen], EVENTS)
        self.assertEqual([event["sequence"] for event in seen], [1, 2, 3, 4, 5, 6])

    def test_a_node_that_stands_still_is_passed_by(self) -> None:
        self.cluster.start_all()
        self.done(*self.words, "request", "ride-1", "--rider", "ann")
        self.cluster.signal("n1", signal.SIGSTOP)
        answer = self.done(*self.words, "--timeout", "30000", "assign", "ride-1", "--driver", "bob")
        self.assertEqual(answer["sequence"], 2)

    def test_certificates_that_do_not_fit_are_told_at_once(self) -> None:
        self.cluster.start("n1")
        strange = self.folder / "strange"
        subprocess.run([TOOL, "certs", "init", strange, "--nodes", "n1"], check=True, capture_output=True)
        ours = self.cluster.certificates
        n1 = self.cluster.clients["n1"]

        def pair(folder: pathlib.Path, key_of: pathlib.Path) -> list[str]:
            return ["--cert", str(folder / "client.crt"), "--key", str(key_of / "client.key")]

        # More time than the test has: nothing is tried again.
        def asked(node: str, *certificates: str) -> list[str]:
            return ["--nodes", node, *certificates, "--timeout", "600000", "get", "ride-1"]

        self.assert_ends(4, "it refuses the certificate of this client",
                         *asked(f"n1={n1}", "--ca", str(ours / "ca.crt"), *pair(strange, strange)))
        self.assert_ends(4, "its certificate is not accepted",
                         *asked(f"n1={n1}", "--ca", str(strange / "ca.crt"), *pair(ours, ours)))
        self.assert_ends(4, "its certificate is not accepted .*n2",
                         *asked(f"n2={n1}", "--ca", str(ours / "ca.crt"), *pair(ours, ours)))
        self.assert_ends(2, "these certificates cannot be used",
                         *asked(f"n1={n1}", "--ca", str(ours / "ca.crt"), *pair(ours, strange)))
        self.assert_ends(2, "no-such.crt cannot be read",
                         *asked(f"n1={n1}", "--ca", "no-such.crt", *pair(ours, ours)))
        self.assert_ends(4, "does it want certificates",
                         "--nodes", n1, "--insecure", "--timeout", "500", "get", "ride-1")


def has_node() -> bool:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout
    return tuple(int(part) for part in version.strip().lstrip("v").split(".")[:2]) >= NODE_NEEDED


def install() -> bool:
    """Copies the client to its folder, with its packages; False if these cannot be had."""
    wanted = (SOURCES / "package-lock.json").read_text(encoding="utf-8")
    # Written when all packages are there.
    done = CLIENT / "node_modules" / ".installed-lock.json"
    is_there = done.exists() and done.read_text(encoding="utf-8") == wanted
    shutil.copytree(SOURCES, CLIENT, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "schemas"))
    if is_there:
        return True
    try:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1"], cwd=CLIENT, check=True,
                       stdin=subprocess.DEVNULL, timeout=NPM_PATIENCE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        # So that the next run tries again.
        shutil.rmtree(CLIENT / "node_modules", ignore_errors=True)
        return False
    done.write_text(wanted, encoding="utf-8")
    return True


if __name__ == "__main__":
    if not has_node():
        print(f"there is no Node.js {'.'.join(map(str, NODE_NEEDED))} or later with npm here")
        sys.exit(SKIPPED)
    if not install():
        print("npm cannot get the packages of examples/javascript")
        sys.exit(SKIPPED)
    subprocess.run(["node", CLIENT / "compile_schemas.mjs", TREE], check=True, stdin=subprocess.DEVNULL)
    unittest.main(argv=sys.argv[:1], verbosity=2)
