#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns runs of the benchmarks into the tables and charts of docs/performance.md.

    build/release/bin/journal_bench > journal.jsonl
    build/release/bin/command_bench > command.jsonl
    scripts/performance.py journal.jsonl command.jsonl

Writes what stands between `<!-- figures -->` and `<!-- end of figures -->` in docs/performance.md,
and docs/charts/*.svg. A figure that has a bar in the design is marked as met or missed.
"""

import json
import math
import os
import platform
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
DOCUMENT = TREE / "docs/performance.md"
CHARTS = TREE / "docs/charts"
FIGURES = re.compile(r"(<!-- figures -->\n).*(<!-- end of figures -->)", flags=re.DOTALL)

# What the design asks for: the name, what is compared, and the bar.
BARS = [
    ("journal.append.batch-1.104B.1M.default", "ratio", ">=", 0.45),
    ("journal.append.batch-16.104B.1M.default", "ratio", ">=", 0.40),
    ("journal.append.batch-256.104B.1M.default", "ratio", ">=", 0.33),
    ("journal.append.batch-256.104B.1M.default", "value", ">=", 700e3),
    ("journal.append.batch-4096.104B.1M.default", "value", ">=", 1.2e6),
    ("journal.write-amplification.batch-256", "ratio", "<=", 3),
    ("journal.bytes-per-event", "value", "<=", 150),
    ("journal.ack.open-100k.p50", "ratio", "<=", 5),
    ("journal.ack.open-100k.p99", "ratio", "<=", 10),
    ("journal.scan.warm", "value", ">=", 20e6),
    ("journal.replay.100k.warm", "value", ">=", 0.8e6),
    ("journal.restart.10M", "value", "<=", 250),
    ("journal.memory.idle", "value", "<=", 64),
    ("journal.memory.active", "value", "<=", 500),
    ("command.ask.inflight-1024.rate", "value", ">=", 200e3),
    ("command.ask.inflight-1.p50", "ratio", "<=", 2.5),
    ("command.ask.hot-aggregate.rate", "value", ">=", 50e3),
    ("command.ask.memory-journal.rate", "ratio", ">=", 0.6),
]


def number(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    if value >= 1000:
        return f"{value / 1000:.1f} k"
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def is_met(figure: dict, what: str, how: str, bar: float) -> bool:
    return figure[what] >= bar if how == ">=" else figure[what] <= bar


def bar_text(figure: dict) -> str:
    told = []
    for name, what, how, bar in BARS:
        if name == figure["name"]:
            verdict = "met" if is_met(figure, what, how, bar) else "**missed**"
            told.append(f"{what} {'≥' if how == '>=' else '≤'} {number(bar)}: {verdict}")
    return "; ".join(told)


def table(figures: list[dict]) -> str:
    lines = ["| name | value | floor | ratio | bar |", "|---|---|---|---|---|"]
    for f in figures:
        ratio = "" if f["ratio"] is None else f"{f['ratio']:.2f}"
        lines.append(
            f"| `{f['name']}` | {number(f['value'])} {f['unit']} | {number(f['floor'])} | {ratio} |"
            f" {bar_text(f)} |"
        )
    return "\n".join(lines) + "\n"


def output_of(*command: str) -> str:
    return subprocess.run(command, text=True, capture_output=True, check=True, cwd=TREE).stdout.strip()


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    compiler = output_of("c++", "--version").splitlines()[0]
    changed = " and changes" if output_of("git", "status", "--porcelain", "--untracked-files=no") else ""
    return (
        f"{os.cpu_count()} cores of {processor()}, {memory:.0f} GiB, {platform.system()}"
        f" {platform.release()}, {compiler}, preset `release`, commit"
        f" {output_of('git', 'rev-parse', '--short', 'HEAD')}{changed}, {date.today()}.\n"
    )


# Charts: bars on a logarithmic scale, grouped, with their values on them.

COLOURS = ["#b8b8b8", "#2f6f9f", "#c8742c"]
WIDTH, ROW, LEFT, RIGHT = 760, 18, 170, 90


def chart(title: str, groups: list[tuple[str, list[float]]], series: list[str]) -> str:
    values = [v for _, row in groups for v in row if v]
    low, high = 10 ** math.floor(math.log10(min(values))), max(values)

    def width_of(value: float) -> float:
        return (WIDTH - LEFT - RIGHT) * math.log(value / low) / math.log(high / low)

    y = 56
    parts = []
    for group, row in groups:
        parts.append(f'<text x="{LEFT - 8}" y="{y + ROW * len(row) / 2 + 4}" text-anchor="end">{group}</text>')
        for colour, value in zip(COLOURS, row):
            if value:
                parts.append(
                    f'<rect x="{LEFT}" y="{y}" width="{width_of(value):.1f}" height="{ROW - 3}" fill="{colour}"/>'
                    f'<text x="{LEFT + width_of(value) + 5:.1f}" y="{y + 12}">{number(value)}</text>'
                )
            y += ROW
        y += 8
    legend = "".join(
        f'<rect x="{LEFT + 150 * i}" y="28" width="12" height="12" fill="{c}"/>'
        f'<text x="{LEFT + 150 * i + 17}" y="39">{s}</text>'
        for i, (c, s) in enumerate(zip(COLOURS, series))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 8}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>'
        f'<text x="{LEFT}" y="18" font-weight="bold">{title}</text>{legend}{"".join(parts)}</svg>\n'
    )


def append_chart(by_name: dict[str, dict], size: str, aggregates: str) -> str:
    groups = []
    for batch in (1, 16, 256, 4096):
        names = [f"journal.append.batch-{batch}.{size}.{aggregates}.{d}" for d in ("default", "lagged")]
        if all(n in by_name for n in names):
            first, second = (by_name[n] for n in names)
            groups.append((f"batch {batch}", [first["floor"], first["value"], second["value"]]))
    title = f"Durable events per second, {size}, {aggregates} aggregates (logarithmic)"
    return chart(title, groups, ["append + fdatasync", "default", "lagged"]) if groups else ""


def ask_chart(by_name: dict[str, dict]) -> str:
    groups = []
    for in_flight in (1, 64, 1024, 8192):
        figure = by_name.get(f"command.ask.inflight-{in_flight}.rate")
        if figure:
            groups.append((f"{in_flight} in flight", [figure["floor"], figure["value"]]))
    title = "Durable commands per second through ask (logarithmic)"
    return chart(title, groups, ["one fdatasync each", "Reprise"]) if groups else ""


def charts(figures: list[dict]) -> list[str]:
    by_name = {f["name"]: f for f in figures}
    drawn = {
        "append-104B-1M.svg": append_chart(by_name, "104B", "1M"),
        "append-1000B-1M.svg": append_chart(by_name, "1000B", "1M"),
        "ask.svg": ask_chart(by_name),
    }
    CHARTS.mkdir(exist_ok=True)
    for name, text in drawn.items():
        if text:
            (CHARTS / name).write_text(text, encoding="utf-8")
    return [name for name, text in drawn.items() if text]


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    figures = []
    for path in sys.argv[1:]:
        figures += [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    images = "".join(f"![{n}](charts/{n})\n\n" for n in charts(figures))
    text = DOCUMENT.read_text(encoding="utf-8")
    if not FIGURES.search(text):
        sys.exit(f"{DOCUMENT} has no place for figures")
    filled = FIGURES.sub(lambda m: f"{m[1]}\n{machine()}\n{images}{table(figures)}\n{m[2]}", text)
    DOCUMENT.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
