"""Where the lines of all processes of `manage.py up` go: to the terminal, by name and colour, and to files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from genisys_site.configuration.masking import Mask

_COLOURS = (36, 33, 35, 32, 34, 31)
_WIDTH = 8
_ROTATE_BYTES = 10_000_000


class Console:
    """`say` is for `up` itself; `line` for its children. A full disk costs the files, never the processes.

    The files get what the terminal shows with `mask` over it: the sign-in link, and the mails that a child prints, are
    for whoever sits there now.
    """

    def __init__(self, log_dir: Path, out: TextIO | None = None, mask: Callable[[str], str] | None = None) -> None:
        self._log_dir = log_dir
        self._mask = mask or Mask()
        self._out = out or sys.stdout
        self._coloured = self._out.isatty()
        self._colours: dict[str, int] = {}
        self._files: dict[str, TextIO] = {}
        self._files_failed = False

    def say(self, text: str) -> None:
        for line in text.splitlines() or [""]:
            self.line("up", line)

    def line(self, name: str, text: str) -> None:
        self._print(name, text)
        if not self._files_failed:
            try:
                self._file(name).write(self._mask(text) + "\n")
            except OSError as exc:
                self._files_failed = True
                self._print("up", f"{self._log_dir} cannot be written ({exc.strerror}): logs go to the terminal only.")

    def close(self) -> None:
        for file in self._files.values():
            try:
                file.close()
            except OSError:
                continue
        self._files.clear()

    def _print(self, name: str, text: str) -> None:
        prefix = f"{name:<{_WIDTH}}|"
        if self._coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            print(f"{prefix} {text}", file=self._out, flush=True)
        except (BrokenPipeError, ValueError):
            self._out = open("/dev/null", "w")  # noqa: SIM115 - the terminal is gone; the files go on

    def _file(self, name: str) -> TextIO:
        if name not in self._files:
            self._log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._log_dir / f"{name}.log"
            if path.exists() and path.stat().st_size > _ROTATE_BYTES:
                path.replace(path.with_suffix(".log.1"))
            self._files[name] = path.open("a", encoding="utf-8", buffering=1)
        return self._files[name]
