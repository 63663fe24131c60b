#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that every public header compiles alone, with nothing but the standard library.

    scripts/check_headers.py COMPILER... [--include FOLDER]

Each header below include/reprise is the only include of a program; the only include path is
include/. What generated code includes (include/reprise/generated/) needs Cap'n Proto and is left
out. The exit code is 1 if a header does not compile.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
         "-Werror", "-x", "c++", "-"]


def complaint_of(compiler: str, include: Path, header: str) -> str:
    """What the compiler says about a program that includes the header twice; empty if nothing."""
    program = f"#include <{header}>\n#include <{header}>\nint main() {{}}\n"
    done = subprocess.run([compiler, f"-I{include}", *FLAGS], input=program, text=True,
                          capture_output=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("compilers", nargs="+", metavar="COMPILER")
    parser.add_argument("--include", type=Path, default=Path(__file__).parent.parent / "include")
    arguments = parser.parse_args()

    headers = sorted(path.relative_to(arguments.include).as_posix()
                     for path in arguments.include.rglob("*.hpp"))
    headers = [h for h in headers if not h.startswith("reprise/generated/")]
    jobs = [(compiler, header) for compiler in arguments.compilers for header in headers]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(pool.map(lambda job: complaint_of(job[0], arguments.include, job[1]), jobs))
    bad = 0
    for (compiler, header), complaint in zip(jobs, complaints):
        if complaint:
            bad += 1
            print(f"<{header}> does not compile alone with {compiler}:\n{complaint}")
    print(f"headers: {len(headers)} headers, {len(arguments.compilers)} compilers, {bad} complaints")
    return 1 if bad or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
