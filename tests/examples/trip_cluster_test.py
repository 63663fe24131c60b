#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real nodes of a cluster of trips, killed, stopped and started again under load.

After each the history of the load is checked against what the cluster has stored.

    tests/examples/trip_cluster_test.py TRIP-PROGRAM REPRISE-TOOL
"""

import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import unittest

from trip_nodes import ROUNDS, SECONDS, TRIPS, ClusterTest, wait_until


class TripCluster(ClusterTest):
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

    def test_c_045_c_046_c_091_c_092_a_node_that_stood_still_acknowledges_nothing_old(self) -> None:
        self.cluster.start_all()
        load = self.start_load(reads=16)
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

    def test_c_066_all_nodes_are_replaced_under_load_and_some_killed_meanwhile(self) -> None:
        self.cluster.start_all()
        load = self.start_load(trips=0, seconds=SECONDS)
        for old, new, killed in (("n1", "n4", "n2"), ("n2", "n5", "n3"), ("n3", "n6", "n4")):
            self.await_progress(load, 300)
            self.cluster.start(new)
            self.cluster.order(killed, "add", f"{new}={self.cluster.links[new]}")
            self.cluster.kill(killed)
            self.await_progress(load, 300)
            self.cluster.start(killed)
            self.cluster.order(new, "remove", old, "--yes")
            self.cluster.kill(old)
        self.await_progress(load, 300)
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assert_nothing_contradicts()

    def test_five_nodes_with_three_copies_of_each_partition_lose_nothing(self) -> None:
        self.cluster.names = ["n1", "n2", "n3", "n4", "n5"]
        self.cluster.copies = "chosen"
        self.cluster.start_all()
        load = self.start_load(reads=4)
        for turn in range(ROUNDS):
            name = self.cluster.names[turn % 5]
            self.await_progress(load, 500)
            self.cluster.kill(name)
            self.await_progress(load, 500)
            self.cluster.start(name)
        self.end_of(load)
        # The history of each trip is told by who has it.
        self.assert_nothing_contradicts()

    def test_clients_do_not_disturb_each_other_and_one_may_be_killed(self) -> None:
        self.cluster.start_all()
        others = self.folder / "others.jsonl"
        killed = self.start_load(trips=0, seconds=300, history=self.folder / "killed.jsonl")
        other = self.start_load(history=others)
        load = self.start_load()
        self.await_progress(load, 500)
        killed.kill()
        killed.communicate()
        self.cluster.kill("n2")
        self.await_progress(load, 500)
        self.cluster.start("n2")
        for each in (load, other):
            report = self.end_of(each)
            self.assertEqual(report["errors"], 0)
            self.assertEqual(report["trips"] + report["unknown"], TRIPS)
        self.assert_nothing_contradicts()
        self.history = others
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

    def serial(self, name: str) -> str:
        """Number of the certificate that a node shows to clients now."""
        host, port = self.cluster.clients[name].rsplit(":", 1)
        certs = self.cluster.certificates
        context = ssl.create_default_context(cafile=str(certs / "ca.crt"))
        context.load_cert_chain(certs / "client.crt", certs / "client.key")
        with (socket.create_connection((host, int(port))) as plain,
              context.wrap_socket(plain, server_hostname=name) as secured):
            return secured.getpeercert()["serialNumber"]

    def renew(self, name: str) -> None:
        """As the manual says."""
        certs = self.cluster.certificates
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                        "-keyout", self.folder / "new.key", "-out", self.folder / "new.csr"],
                       check=True, capture_output=True)
        extensions = self.folder / "extensions"
        extensions.write_text("basicConstraints=critical,CA:FALSE\n"
                              "keyUsage=critical,digitalSignature\n"
                              "extendedKeyUsage=serverAuth,clientAuth\n"
                              f"subjectAltName=DNS:{name},DNS:node.reprise\n")
        subprocess.run(["openssl", "x509", "-req", "-in", self.folder / "new.csr",
                        "-CA", certs / "ca.crt", "-CAkey", certs / "ca.key", "-CAcreateserial",
                        "-days", "365", "-out", self.folder / "new.crt",
                        "-extfile", extensions], check=True, capture_output=True)
        (self.folder / "new.crt").replace(certs / f"{name}.crt")
        (self.folder / "new.key").replace(certs / f"{name}.key")

    @unittest.skipUnless(shutil.which("openssl"), "there is no openssl here")
    def test_new_certificates_are_used_without_a_restart(self) -> None:
        self.cluster.start_all()
        load = self.start_load()
        for name in self.cluster.names:
            before = self.serial(name)
            self.renew(name)
            wait_until(f"{name} shows its new certificate",
                       lambda name=name, before=before: self.serial(name) != before)
        # Links that are made from now on are made with the new ones.
        self.cluster.kill("n2")
        self.cluster.start("n2")
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assert_nothing_contradicts()

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
        # A read that was asked when all was answered, and one that was answered before all.
        trip = lines[0]["aggregate"]
        read = {**lines[0], "command_id": "0" * 31 + "1", "command": "get"}
        of_trip = [line for line in lines if line["aggregate"] == trip]
        late = of_trip[-1]["return_ns"] + 1
        write([*lines, {**read, "invoke_ns": late, "return_ns": late + 1, "sequence": 5}])
        assert_found("saw sequence 5, and was asked after")
        early = of_trip[0]["invoke_ns"] - 2
        write([*lines, {**read, "invoke_ns": early - 1, "return_ns": early, "sequence": 1}])
        assert_found("was answered, and stands before it")
        write([*lines, {**read, "sequence": 7, "return_ns": late, "invoke_ns": early}])
        assert_found("which is not stored")
        write([*lines, {**read, "sequence": 6, "invoke_ns": late, "return_ns": late + 1}])
        self.assert_nothing_contradicts()
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
