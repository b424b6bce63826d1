"""`make conformance`: public conformance suites against our server, and docs/conformance.md made from what they say.

They are downloaded from their registries into `.conformance/`, in the versions named here. What is left out or known to
fail stands here with its reason; any other failure, and a known one that has begun to pass, makes the command fail.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genisys_site.launching import ports
from tests.conftest import Process, RedisServer, wait_until

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".conformance"
PAGE = ROOT / "docs" / "conformance.md"
PATIENCE_S = 1800

STREAMS, STREAMS_VERSION = "@durable-streams/server-conformance-tests", "0.3.6"
SOCKETS, SOCKETS_VERSION = "autobahntestsuite", "25.10.1"

STREAMS_LEFT_OUT = {
    "Fork - ": "a fork of a run shares its journal, not its log: it begins a log of its own",
    "Reserved subscription APIs": "optional in the protocol; the product tells others of a run's end in its own way",
}
SOCKETS_LEFT_OUT = {
    "9": "limits and speed with messages of up to 16 MB: the server refuses what is over 1 MiB, on purpose",
    "12": "compression, which the server does not negotiate",
    "13": "compression, which the server does not negotiate",
}
_NO_EMPTY = "Daphne sends no empty message, and the product has none to send"
SOCKETS_KNOWN = dict.fromkeys(("1.1.1", "1.2.1", "6.1.1", "6.1.2"), _NO_EMPTY)
SOCKETS_GROUPS = {
    "1": "Framing",
    "2": "Pings and pongs",
    "3": "Reserved bits",
    "4": "Opcodes",
    "5": "Fragmentation",
    "6": "UTF-8",
    "7": "Close handshake",
    "10": "Auto-fragmentation",
}

_RUNNER = f"""import {{ runConformanceTests }} from "{STREAMS}"
runConformanceTests({{ baseUrl: process.env.CONFORMANCE_TEST_URL }})
"""
_FUZZ = """import site, sys
site.addsitedir(sys.argv[1])
sys.path.insert(0, sys.argv[1])
sys.argv = ["wstest", "-m", "fuzzingclient", "-s", sys.argv[2]]
from autobahntestsuite.wstest import run
run()
"""


_PAGE = """# Conformance

Made by `make conformance`, which downloads the suites and runs them; do not edit. Run with
{versions}.

## {streams}

The suite speaks the Durable Streams protocol. `tests/suites/streams.py` puts that protocol over our log, and our own
server serves it: order, offsets, closing and live tails are those of `genisys` (`Store` and `Hub`); content types,
lifetimes, the writers' own sequences and the headers are the adapter's.

{streams_table}

Left out:

{streams_left_out}

## {sockets}

The client sends frames of every right and wrong shape to an echo application under our own server, which takes larger
messages here than in the product. "Not strict": what the server did is allowed, but it could have ended the connection
sooner.

{sockets_table}

Known to fail:

{sockets_known}

Left out:

{sockets_left_out}
"""


@dataclass
class Group:
    name: str
    passed: int = 0
    lenient: int = 0
    failed: int = 0
    left_out: int = 0


@dataclass
class Outcome:
    """What a suite said. `unexpected` are sentences; `why_not` says why it could not be run at all."""

    title: str
    groups: dict[str, Group] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    why_not: str = ""

    def group(self, name: str) -> Group:
        return self.groups.setdefault(name, Group(name))

    def total(self, what: str) -> int:
        return sum(getattr(group, what) for group in self.groups.values())


@contextmanager
def served(application: str, folder: Path, *arguments: str) -> Iterator[int]:
    """Run one of the suites' applications under our server; return its port."""
    port = ports.reserve()
    argv = [sys.executable, "-m", "tests.suites.serve", application, "--port", str(port), *arguments]
    process = Process(application, argv, folder / f"{application}.log", {"GENISYS_HOME": str(folder)})
    process.start()
    try:
        wait_until(lambda: "Listening" in process.said() or process.must_live(), f"{application} does not start")
        yield port
        process.stop()
    finally:
        process.kill()


def run(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, text=True, timeout=PATIENCE_S, check=False, **options)


def durable_streams(folder: Path) -> Outcome:
    outcome = Outcome(f"Durable Streams server conformance ({STREAMS} {STREAMS_VERSION})")
    if shutil.which("npm") is None:
        outcome.why_not = "npm is not on PATH"
        return outcome
    suite = CACHE / "node"
    suite.mkdir(parents=True, exist_ok=True)
    (suite / "suite.test.js").write_text(_RUNNER)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(suite)]
    if run([*install, f"{STREAMS}@{STREAMS_VERSION}"], stdout=subprocess.DEVNULL).returncode != 0:
        outcome.why_not = "npm could not install it"
        return outcome
    report = folder / "streams.json"
    redis = RedisServer(folder)
    redis.start()
    left_out = "|".join(STREAMS_LEFT_OUT)
    try:
        with served("streams", folder, "--redis", redis.url) as port:
            run(
                [
                    str(suite / "node_modules" / ".bin" / "vitest"),
                    *("run", "--no-coverage", "--reporter=json", f"--outputFile={report}"),
                    f"--testNamePattern=^(?!{left_out})",
                    # One case compares 100 KB byte by byte, which takes a busy machine longer than the usual 5 s.
                    "--testTimeout=60000",
                ],
                cwd=suite,
                env={**os.environ, "CONFORMANCE_TEST_URL": f"http://127.0.0.1:{port}"},
                stdout=subprocess.DEVNULL,
            )
    finally:
        redis.process.kill()
    read_streams(json.loads(report.read_text()), outcome)
    return outcome


def read_streams(report: dict[str, Any], outcome: Outcome) -> None:
    for case in (case for file in report["testResults"] for case in file["assertionResults"]):
        name = case["ancestorTitles"][0]
        group = outcome.group(name)
        if case["status"] == "passed":
            group.passed += 1
        elif case["status"] in ("skipped", "pending") and name.startswith(tuple(STREAMS_LEFT_OUT)):
            group.left_out += 1
        else:
            group.failed += 1
            why = (case.get("failureMessages") or [case["status"]])[0].strip().partition("\n")[0]
            outcome.unexpected.append(f"{case['fullName']}: {why}")


def websockets(folder: Path) -> Outcome:
    outcome = Outcome(f"Autobahn|Testsuite, fuzzing client ({SOCKETS} {SOCKETS_VERSION})")
    python = python2()
    if python is None:
        outcome.why_not = "it is written for Python 2.7, and none is here (AUTOBAHN_PYTHON names one)"
        return outcome
    suite = CACHE / "python2"
    if not (suite / SOCKETS).exists():
        install = [python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--target", str(suite)]
        if run([*install, f"{SOCKETS}=={SOCKETS_VERSION}"], stderr=subprocess.DEVNULL).returncode != 0:
            outcome.why_not = "pip could not install it"
            return outcome
    reports = folder / "reports"
    with served("echo", folder) as port:
        server = {"agent": "genisys", "url": f"ws://127.0.0.1:{port}"}
        spec = {
            "outdir": str(reports),
            "servers": [server],
            "cases": ["*"],
            "exclude-cases": [f"{number}.*" for number in SOCKETS_LEFT_OUT],
            "exclude-agent-cases": {},
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        run(
            [python, "-c", _FUZZ, str(suite), str(folder / "spec.json")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
    read_websockets(json.loads((reports / "index.json").read_text())["genisys"], outcome)
    return outcome


def read_websockets(report: dict[str, dict[str, Any]], outcome: Outcome) -> None:
    for case in sorted(report, key=lambda name: [int(part) for part in name.split(".")]):
        number = case.partition(".")[0]
        group = outcome.group(f"{number} {SOCKETS_GROUPS.get(number, '')}".strip())
        verdicts = {report[case]["behavior"], report[case]["behaviorClose"]}
        good = verdicts <= {"OK", "INFORMATIONAL", "NON-STRICT"}
        if not good:
            group.failed += 1
            if case in SOCKETS_KNOWN:
                outcome.known[case] = SOCKETS_KNOWN[case]
            else:
                outcome.unexpected.append(f"case {case}: {', '.join(sorted(verdicts))}")
        elif "NON-STRICT" in verdicts:
            group.lenient += 1
        else:
            group.passed += 1
    fixed = [case for case in SOCKETS_KNOWN if case not in outcome.known]
    outcome.unexpected += [f"case {case} is known to fail, and did not" for case in fixed]


def python2() -> str | None:
    """Return a Python 2.7 with pip, if there is one."""
    known = sorted(Path.home().glob(".pyenv/versions/2.7*/bin/python"))
    named = (os.environ.get("AUTOBAHN_PYTHON"), shutil.which("python2.7"), shutil.which("python2"), *map(str, known))
    for candidate in filter(None, named):
        asked = run([candidate, "-c", "import pip, sys; print(sys.version_info[0])"], capture_output=True)
        if asked.stdout.strip() == "2":
            return candidate
    return None


def table(outcome: Outcome, columns: dict[str, str]) -> str:
    rows = [[group.name, *(str(getattr(group, name)) for name in columns)] for group in outcome.groups.values()]
    rows.append(["**all**", *(f"**{outcome.total(name)}**" for name in columns)])
    head = [["group", *columns.values()], ["---"] * (len(columns) + 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in head + rows)


def bullets(reasons: dict[str, str]) -> str:
    return "\n".join(f"- {name.strip(' -')}: {why}." for name, why in reasons.items())


def page(streams: Outcome, sockets: Outcome) -> str:
    """Write the page of documentation."""
    return _PAGE.format(
        versions=f"Python {platform.python_version()}, Daphne {version('daphne')}, Twisted {version('twisted')}",
        streams=streams.title,
        streams_table=table(streams, {"passed": "passed", "failed": "failed", "left_out": "left out"}),
        streams_left_out=bullets(STREAMS_LEFT_OUT),
        sockets=sockets.title,
        sockets_table=table(sockets, {"passed": "passed", "lenient": "not strict", "failed": "failed"}),
        sockets_known=bullets({f"case {case}": why for case, why in sockets.known.items()}),
        sockets_left_out=bullets({f"group {number}": why for number, why in SOCKETS_LEFT_OUT.items()}),
    )


def main() -> int:
    suites: tuple[Callable[[Path], Outcome], ...] = (durable_streams, websockets)
    outcomes = []
    for suite in suites:
        with tempfile.TemporaryDirectory() as folder:
            outcome = suite(Path(folder))
        outcomes.append(outcome)
        print(f"\n{outcome.title}")
        if outcome.why_not:
            print(f"  not run: {outcome.why_not}")
        for group in outcome.groups.values():
            counts = ("passed", "lenient", "failed", "left_out")
            said = [f"{n} {name.replace('_', ' ')}" for name in counts if (n := getattr(group, name))]
            print(f"  {group.name}: {', '.join(said)}")
        for sentence in outcome.unexpected:
            print(f"  unexpected: {sentence}")
    if not any(outcome.why_not for outcome in outcomes):
        PAGE.write_text(page(*outcomes))
    unexpected = sum(len(outcome.unexpected) for outcome in outcomes)
    passed = sum(outcome.total("passed") + outcome.total("lenient") for outcome in outcomes)
    known = sum(len(outcome.known) for outcome in outcomes)
    left_out = sum(outcome.total("left_out") for outcome in outcomes)
    print(f"\n{known} known to fail, for reasons given in docs/conformance.md")
    print(f"{passed} passed, {unexpected} failed, {left_out + known} skipped")
    return 1 if unexpected or any(not outcome.groups and not outcome.why_not for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
