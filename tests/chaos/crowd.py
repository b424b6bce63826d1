"""One person's poisonous site, read beside the runs of other people, on the whole product.

`Crowd(stack).run(...)` gives the account: what became of each innocent run and of each poison page, how long the web
process took for a page meanwhile, and how much memory each process held, while it went on and afterwards.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos import poison

PASSWORD = "a long enough password"
PEOPLE = 4
EMAILS = [*(f"person-{n}@example.org" for n in range(PEOPLE)), "stranger@example.org"]
MOST_SECONDS = 900.0
QUIET_S = 15.0 if poison.ALL else 3.0
LOOK_S = 0.25
ENDED = ("completed", "failed", "cancelled")
PATHS = ("/", "/runs/", "/sites/", "/readyz", "/" + "a." * 8_000)

_MAKE = """
from django.contrib.auth import get_user_model
from runs.accounts import tokens
for email in {emails!r}:
    user = get_user_model().objects.create_user(username=email, email=email, password={password!r})
    print(tokens.issue(user, name="crowd", scopes=list(tokens.ApiToken.SCOPES))[1])
"""


@dataclass(slots=True)
class Account:
    """What came of it. Times in seconds, memory in MB by process."""

    innocent: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    poison_status: str = ""
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)
    seconds: float = 0.0
    pages: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    most_mb: dict[str, float] = field(default_factory=dict)
    after_mb: dict[str, tuple[float, float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ordered = sorted(self.pages)
        told = [
            f"innocent runs: {dict(self.innocent)}, attempts {dict(self.attempts)}, in {self.seconds:.0f} s",
            f"web process: {len(ordered)} pages, median {ordered[len(ordered) // 2] * 1000:.0f} ms, "
            f"slowest {ordered[-1] * 1000:.0f} ms, refused {dict(self.refused)}",
            f"poison run: {self.poison_status}",
            *(f"  {kind}: {stage}: {note}" for kind, (stage, note) in sorted(self.outcomes.items())),
            *(
                f"{name}: at most {most:.0f} MB, afterwards {self.after_mb.get(name, (0, 0))[0]:.0f} "
                f"and {QUIET_S:.0f} s later {self.after_mb.get(name, (0, 0))[1]:.0f}"
                for name, most in sorted(self.most_mb.items())
            ),
            *self.errors,
        ]
        return "\n".join(told)


class Crowd:
    """The people, what they start, and whoever looks on."""

    def __init__(self, stack: Any) -> None:
        self._stack = stack
        self.account = Account()

    def run(self, innocent: int) -> Account:
        """Read the poisonous site beside so many innocent runs, until all have ended."""
        *people, stranger = self._people()
        with poison.served() as bad, poison.served() as good, self._looking_on():
            begun = time.monotonic()
            poisoned = self._start(stranger, url=f"{bad}/", max_pages=len(poison.POISONS) + 1)
            runs = [
                (people[n % PEOPLE], self._start(people[n % PEOPLE], url=f"{good}/book-{n}/0", max_pages=4))
                for n in range(innocent)
            ]
            for person, run_id in runs:
                run = self._ended(person, run_id)
                self.account.innocent[run["status"]] += 1
                self.account.attempts[run["attempt"]] += 1
                if run["status"] != "completed":
                    self.account.errors.append(f"{run_id}: {run.get('error')}")
            self.account.seconds = time.monotonic() - begun
            self.account.poison_status = self._ended(stranger, poisoned)["status"]
            self._note_outcomes(stranger, poisoned)
        before = _memory(self._pids())
        time.sleep(QUIET_S)
        after = _memory(self._pids())
        self.account.after_mb = {name: (before.get(name, 0.0), after[name]) for name in after}
        for person in [*people, stranger]:
            person.close()
        return self.account

    # The people

    def _people(self) -> list[httpx.Client]:
        """Make the people by one command, since each command takes seconds, and return a client of each."""
        said = self._stack.manage("shell", "--verbosity", "0", "-c", _MAKE.format(emails=EMAILS, password=PASSWORD))
        return [
            httpx.Client(
                base_url=self._stack.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60
            )
            for token in re.findall(r"gen_\S+", said)
        ]

    def _start(self, person: httpx.Client, **input: Any) -> str:
        answer = person.post("/api/workflows/ingest-site/start", json=input)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def _ended(self, person: httpx.Client, run_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline:
            run: dict[str, Any] = person.get(f"/api/runs/{run_id}").json()
            if run["status"] in ENDED:
                return run
            time.sleep(LOOK_S)
        return {"status": "not ended", "attempt": run["attempt"], "error": run.get("waiting")}

    def _note_outcomes(self, person: httpx.Client, run_id: str) -> None:
        """Keep the last that the run said of each page."""
        after = 0
        while True:
            page = person.get(f"/api/runs/{run_id}/events", params={"after": after, "limit": 1000}).json()
            for event in page["events"]:
                after = event["seq"]
                row = event.get("data") if event["type"] == "event" and event.get("name") == "page" else None
                if row and "/poison/" in row["url"]:
                    self.account.outcomes[row["url"].rsplit("/", 1)[-1]] = (row["stage"], row["note"])
            if page["up_to_date"]:
                return

    # Whoever looks on

    @contextmanager
    def _looking_on(self) -> Iterator[None]:
        over = threading.Event()
        session = self._signed_in(EMAILS[0])

        def look() -> None:
            while not over.wait(LOOK_S):
                for path in PATHS:
                    begun = time.monotonic()
                    try:
                        status = session.get(path).status_code
                    except httpx.HTTPError as error:
                        self.account.refused[type(error).__name__] += 1
                        continue
                    self.account.pages.append(time.monotonic() - begun)
                    if status >= 500:
                        self.account.refused[f"{path[:20]}: {status}"] += 1
                for name, megabytes in _memory(self._pids()).items():
                    self.account.most_mb[name] = max(megabytes, self.account.most_mb.get(name, 0.0))

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(60)
            session.close()

    def _signed_in(self, email: str) -> httpx.Client:
        session = httpx.Client(base_url=self._stack.url, trust_env=False, timeout=60, follow_redirects=True)
        page = session.get("/accounts/login/").text
        csrf = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
        form = {"csrfmiddlewaretoken": csrf, "login": email, "password": PASSWORD}
        session.post("/accounts/login/", data=form, headers={"Referer": self._stack.url})
        return session

    def _pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in self._stack.processes if process.running is not None}


def _memory(roots: dict[str, int]) -> dict[str, float]:
    """The resident memory in MB of each of these processes with all below it."""
    parents: dict[int, int] = {}
    resident: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in stat.read_text().splitlines() if ":" in line)
            parents[int(told["Pid"])] = int(told["PPid"])
            resident[int(told["Pid"])] = int(told.get("VmRSS", "0 kB").split()[0]) / 1024
        except (OSError, ValueError, KeyError):
            continue  # it ended while it was looked at
    return {name: sum(resident[pid] for pid in _with_children(root, parents)) for name, root in roots.items()}


def _with_children(root: int, parents: dict[int, int]) -> list[int]:
    found = [root] if root in parents else []
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found
