#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nodes whose disks become full or slow under load.

    tests/examples/trip_disk_test.py TRIP-PROGRAM REPRISE-TOOL SLOW-DISK-LIBRARY

Where file systems cannot be mounted (no root) it ends with 77, which means skipped.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from trip_nodes import ClusterTest, wait_until

SKIPPED = 77
SLOW_DISK = pathlib.Path(sys.argv[3]).resolve()
DISK_BYTES = 256 << 20
# A node refuses appends while less than 32 MiB are left.
LEFT_BYTES = 8 << 20


def mount_disk(folder: pathlib.Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", folder],
                   check=True, capture_output=True)


def unmount(folder: pathlib.Path) -> None:
    subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)


def can_mount() -> bool:
    with tempfile.TemporaryDirectory() as name:
        try:
            mount_disk(pathlib.Path(name))
        except (OSError, subprocess.CalledProcessError):
            return False
        unmount(pathlib.Path(name))
        return True


class TripDisks(ClusterTest):
    def setUp(self) -> None:
        super().setUp()
        self.disks: list[pathlib.Path] = []

    def tearDown(self) -> None:
        self.cluster.close()
        for disk in self.disks:
            unmount(disk)
        super().tearDown()

    def give_disk(self, name: str) -> None:
        disk = self.folder / name
        disk.mkdir()
        mount_disk(disk)
        self.disks.append(disk)

    def fill_disk(self, name: str) -> None:
        disk = self.folder / name
        room = os.statvfs(disk)
        with (disk / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, room.f_bavail * room.f_frsize - LEFT_BYTES)

    def empty_disk(self, name: str) -> None:
        (self.folder / name / "ballast").unlink()

    def status(self, asked: str) -> dict:
        done = self.cluster.tool(asked, "--json", "cluster", "status")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def led_by(self, name: str) -> int:
        return sum(replica["leader"] == name for replica in self.status("n2").get("replicas", []))

    def has_caught_up(self, name: str, other: str) -> bool:
        ends = []
        for each in (name, other):
            replicas = self.status(each).get("replicas")
            if not replicas:
                return False
            ends.append([replica["committed_index"] for replica in replicas])
        return ends[0] == ends[1]

    def test_c_097_a_node_whose_disk_is_full_leads_nothing_and_catches_up_later(self) -> None:
        self.give_disk("n1")
        self.cluster.start_all()
        wait_until("n1 leads something", lambda: self.led_by("n1") > 0)
        load = self.start_load(trips=0, seconds=8)
        self.await_progress(load, 500)
        self.fill_disk("n1")
        wait_until("n1 leads nothing", lambda: self.led_by("n1") == 0)
        self.await_progress(load, 500)
        self.empty_disk("n1")
        self.end_of(load)
        wait_until("n1 has caught up", lambda: self.has_caught_up("n1", "n2"))
        self.assert_nothing_contradicts()

    def test_c_099_commands_go_on_without_a_restart_when_full_disks_have_room_again(self) -> None:
        for name in self.cluster.names:
            self.give_disk(name)
        self.cluster.start_all()
        before = self.start_load(trips=0, seconds=1)
        self.end_of(before)
        for name in self.cluster.names:
            self.fill_disk(name)
        wait_until("all is refused", self.all_is_refused)
        for name in self.cluster.names:
            self.empty_disk(name)
        load = self.start_load(trips=100)
        self.assertEqual(self.end_of(load)["trips"], 100)
        self.assert_nothing_contradicts()

    def all_is_refused(self) -> bool:
        history = self.folder / "refused.jsonl"
        out, _ = self.start_load(trips=8, timeout_ms=300, history=history).communicate(timeout=60)
        report = json.loads(out)
        return report["trips"] == 0 and report["errors"] == 8

    def test_a_node_with_a_slow_disk_holds_up_nobody_for_long(self) -> None:
        # AddressSanitizer wants to be loaded first.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        slow = {**os.environ, "LD_PRELOAD": str(SLOW_DISK), "ASAN_OPTIONS": sanitizer}
        self.cluster.start("n1", environment=slow)
        loaded = pathlib.Path(f"/proc/{self.cluster.running['n1'].pid}/maps").read_text()
        self.assertIn(str(SLOW_DISK), loaded)
        self.cluster.start_all()
        load = self.start_load(trips=0, seconds=8)
        report = self.end_of(load)
        self.assertEqual(report["errors"], 0)
        self.assertGreater(report["trips"], 0)
        # Most commands wait for the two other disks only.
        self.assertLess(report["p50_us"], 200_000)
        self.assert_nothing_contradicts()


if __name__ == "__main__":
    if not can_mount():
        print("no file systems can be mounted here")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
