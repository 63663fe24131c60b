#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums the paid trips of a taxi file by the borough of the pick-up, in cents.

Shares nothing with the C++ reader, so that a test can compare the two. Reads the file named as the
first argument, or standard input; prints one line `CENTS BOROUGH` for each borough, by name.
"""

import csv
import sys
from collections import Counter
from decimal import Decimal


def main() -> None:
    source = open(sys.argv[1], newline="", encoding="utf-8") if len(sys.argv) > 1 else sys.stdin
    totals: Counter[str] = Counter()
    with source:
        for row in csv.DictReader(source):
            if row["payment"]:
                cents = Decimal(row["total"]) * 100
                assert cents == int(cents), row
                totals[row["pickup_borough"] or "unknown"] += int(cents)
    for borough in sorted(totals):
        print(totals[borough], borough)


if __name__ == "__main__":
    main()
