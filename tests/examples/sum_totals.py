#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums the paid trips of a taxi file by the borough of the pick-up, in cents.

Shares nothing with the C++ reader, so that a test can compare the two. Reads the file named as the
first argument, or standard input; prints one line `CENTS BOROUGH` for each borough, by name.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal


def rows_of(lines: Iterable[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(lines))


def totals_of(rows: Iterable[dict[str, str]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in rows:
        if row["payment"]:
            cents = Decimal(row["total"]) * 100
            assert cents == int(cents), row
            totals[row["pickup_borough"] or "unknown"] += int(cents)
    return totals


def main() -> None:
    source = open(sys.argv[1], newline="", encoding="utf-8") if len(sys.argv) > 1 else sys.stdin
    with source:
        totals = totals_of(rows_of(source))
    for borough in sorted(totals):
        print(totals[borough], borough)


if __name__ == "__main__":
    main()
