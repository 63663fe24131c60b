#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tool's help into its document, below each `<!-- help: COMMAND -->`.

    tests/cli/write_help.py build/dev/bin/reprise docs/tool.md
"""

import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"<!-- help: ?([\w ]*?) ?-->\n+(?:```text\n.*?```\n)?", flags=re.DOTALL)


def main() -> None:
    program, document = sys.argv[1:]

    def fresh(block: re.Match) -> str:
        words = [*block[1].split(), "--help"]
        shown = subprocess.run([program, *words], text=True, capture_output=True, check=True).stdout
        return f"{block[0].splitlines()[0]}\n```text\n$ reprise {' '.join(words)}\n{shown}```\n"

    path = Path(document)
    path.write_text(BLOCK.sub(fresh, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
