#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each case of cluster.md is named by a test, in whichever program, or declared here with a reason.

    tests/project/cluster_cases_test.py TREE

A test names a case where its name begins with the id: `C-001 ...` of Catch2, `test_c_001_...` of
Python. The list of all ids is checked against the case file where there is one.
"""

import os
import re
import sys
from pathlib import Path

ALL = """
001 002 004 005 006 007 009 010 011 012 014 015 016 017 019 020 021 022 024 025 026 027 029 030 031
032 034 035 036 037 038 040 041 042 044 045 046 047 049 050 051 052 054 055 056 057 059 060 061 062
064 065 066 067 069 070 071 072 074 075 076 077 079 080 081 082 084 085 086 087 089 090 091 092 094
095 096 097 099 100 101 102 104 105 106 107 109 110 111 112 114 115 116 117 119 120 121 122 124 125
126 127 129 130 131 132 133 135 136 137 139 140 141 142 144 145
"""

CAMPAIGNS = "in the campaigns of tests/cluster/campaign_test.cpp, among everything else that goes wrong"
NO_SINGLES = "nothing is kept active, and there are no single owners beside partitions"

DECLARED = {
    "012": CAMPAIGNS,
    "049": "a node that does not lead refuses instead of passing a command on, so there is no loop",
    "059": "tests/persistence/recovery_test.cpp reads a store of an earlier version by its partitions",
    "087": "no group keeps a map: each leader tells who leads its partition, and in which term",
    "101": "a store cannot tear: what is damaged at the end is refused like anything else",
    "105": "commands and linearizable reads are simulated with clocks a day apart (C-037); a deadline "
           "is a date, which only the node that leads compares with its own",
    "109": "there is one version so far",
    "111": "there is one version so far",
    "114": "two leads move at a time; how many asks wait is not measured",
    "116": NO_SINGLES,
    "117": NO_SINGLES,
    "135": "nothing shuts itself down for being few",
    "136": "no decision about a partition of the network is remembered",
    "140": NO_SINGLES,
    "144": NO_SINGLES,
}


def named_by_tests(tree: Path) -> set[str]:
    found: set[str] = set()
    for file in (tree / "tests").rglob("*.cpp"):
        for name in re.findall(r'TEST_CASE\(\s*"((?:C-\d{3} )+)', file.read_text()):
            found.update(re.findall(r"C-(\d{3})", name))
    for file in (tree / "tests").rglob("*.py"):
        for name in re.findall(r"def test((?:_c_\d{3})+)", file.read_text()):
            found.update(re.findall(r"c_(\d{3})", name))
    return found


def main() -> int:
    tree = Path(sys.argv[1]).resolve()
    known = ALL.split()
    tested = named_by_tests(tree)
    wrong = [f"C-{n} is neither tested nor declared"
             for n in known if n not in tested and n not in DECLARED]
    wrong += [f"C-{n} is declared, and tested" for n in DECLARED if n in tested]
    wrong += [f"C-{n} is no case" for n in (tested | DECLARED.keys()) - set(known)]
    folder = Path(os.environ.get("REPRISE_CONFORMANCE", tree / "../shared/conformance"))
    if (folder / "cluster.md").exists():
        listed = re.findall(r"^- \*\*C-(\d{3})\*\*", (folder / "cluster.md").read_text(), re.M)
        wrong += [f"C-{n} is not as in the case file" for n in sorted(set(listed) ^ set(known))]
    for each in wrong:
        print(each)
    print(f"{len(tested & set(known))} of {len(known)} cases have a test, {len(DECLARED)} a reason")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
