"""Fail unless every test marked `postgres` ran: check_postgres_ran.py JUNIT_XML.

A run without a server skips those tests and is green; a build that must cover PostgreSQL asks
here afterwards. The marked tests are collected anew and looked up in the report by name.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

Case = tuple[str, str]


def marked_cases() -> set[Case]:
    collect = ["-m", "pytest", "--collect-only", "-q", "-m", "postgres and not stress"]
    run = subprocess.run([sys.executable, *collect], capture_output=True, text=True, check=False)
    if run.returncode not in (0, 5):  # 5: nothing collected
        raise SystemExit(f"collecting the postgres tests failed:\n{run.stdout}{run.stderr}")
    return {case_of(line) for line in run.stdout.splitlines() if "::" in line}


def case_of(node_id: str) -> Case:
    """The class and name that pytest's JUnit report gives to the test of this id."""
    path_and_names, bracket, parameters = node_id.partition("[")
    path, *names = path_and_names.split("::")
    module = path.removesuffix(".py").replace("/", ".")
    return ".".join([module, *names[:-1]]), names[-1] + bracket + parameters


def outcomes(report: Path) -> dict[Case, str]:
    # The report is our own pytest's, written a moment ago.
    root = ET.parse(report).getroot()  # noqa: S314
    return {
        (case.get("classname", ""), case.get("name", "")): (
            "skipped" if case.find("skipped") is not None else "ran"
        )
        for case in root.iter("testcase")
    }


def main(report: Path) -> int:
    marked = marked_cases()
    found = outcomes(report)
    missed = sorted(case for case in marked if found.get(case) != "ran")
    if not marked:
        print("PostgreSQL: no test is marked postgres", file=sys.stderr)
        return 1
    for case in missed:
        print(f"PostgreSQL: {'.'.join(case)} was {found.get(case, 'not run')}", file=sys.stderr)
    if missed:
        print(f"PostgreSQL: {len(missed)} of {len(marked)} tests did not run", file=sys.stderr)
        return 1
    print(f"PostgreSQL: all {len(marked)} tests ran")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
