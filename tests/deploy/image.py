"""Builds an image without Docker: a Dockerfile's steps, done in roots made of Debian's packages.

No registry of images is asked: whatever comes `FROM debian:<release>-slim` is made by debootstrap. Knows the few
instructions that `deploy/Dockerfile` has, and refuses any other.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy/Dockerfile"
_GIVEN = ("http_proxy", "https_proxy", "no_proxy", *(name for name in os.environ if name.startswith("PIP_")))
"""What a build gets of its surroundings: how packages are reached from here."""
_REACHED = ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf", "/etc/apt")
_MOUNTED = ("/opt/wheels",)


@dataclass(slots=True)
class Image:
    """A root, and what the instructions said of whoever runs in it."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"})
    folder: str = "/"
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list)

    def run(self, argv: list[str], *, given: Mapping[str, str] = {}) -> None:
        """Run a step of the build, as root, with the machine's way to its packages."""
        env = {**{name: os.environ[name] for name in _GIVEN if name in os.environ}, **self.env, **given}
        mounts = "".join(
            f"mkdir -p {self.root}{each} && mount --bind {each} {self.root}{each} && "
            for each in _MOUNTED
            if Path(each).exists()
        )
        inside = ["chroot", str(self.root), "env", "--chdir", self.folder, *argv]
        subprocess.run(["unshare", "--mount", "sh", "-c", f'{mounts}exec "$@"', "sh", *inside], env=env, check=True)

    def start(self, argv: list[str], *, given: Mapping[str, str], writable: Mapping[str, Path]) -> list[str]:
        """Return the command that runs `argv` as the image's user, on a root that nothing can be written to."""
        mounts = [f"mount --bind {self.root} {self.root}", f"mount -o remount,ro,bind {self.root}"]
        mounts += [f"mount --bind {here} {self.root}{there}" for there, here in writable.items()]
        env = [f"{name}={value}" for name, value in {**self.env, **given}.items()]
        chroot = ["chroot", f"--userspec={self.user}:{self.user}", str(self.root)]
        inside = [*chroot, "env", "-i", "--chdir", self.folder, *env, *self.entrypoint, *argv]
        return ["unshare", "--mount", "sh", "-c", f'{" && ".join(mounts)} && exec "$@"', "sh", *inside]


def build(base: Path, folder: Path) -> Image:
    """Return the image of the last stage. `base` is a root made by debootstrap; others are copies of it."""
    stages: dict[str, Image] = {}
    image = Image(base)
    for step in DockerfileParser(path=str(DOCKERFILE.parent), cache_content=True).structure:
        value = step["value"]
        match step["instruction"]:
            case "COMMENT":
                pass
            case "FROM":
                source, _, name = value.partition(" AS ")
                image = _copied(stages.get(source) or Image(base), folder / (name or "last"))
                stages[name] = image
            case "ENV":
                said = dict(part.split("=", 1) for part in value.split())
                image.env |= {key: word.replace("$PATH", image.env["PATH"]) for key, word in said.items()}
            case "RUN":
                image.run(["sh", "-c", value])
            case "COPY":
                _copy(value.split(), stages, image)
            case "WORKDIR":
                image.folder = value
                (image.root / value[1:]).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = value
            case "ENTRYPOINT":
                image.entrypoint = json.loads(value)
            case "EXPOSE" | "CMD":
                pass
            case other:
                raise NotImplementedError(f"{other}: not known here")
    return image


def _copied(image: Image, root: Path) -> Image:
    subprocess.run(["cp", "--archive", "--reflink=auto", str(image.root), str(root)], check=True)
    for each in _REACHED:
        if Path(each).is_dir():
            shutil.copytree(each, root / each[1:], dirs_exist_ok=True)
        elif Path(each).exists():
            shutil.copy(each, root / each[1:])
    return Image(root, dict(image.env), image.folder, image.user, list(image.entrypoint))


def _copy(words: list[str], stages: Mapping[str, Image], image: Image) -> None:
    *flags, source, target = words
    there = image.root / target[1:]
    if flags:
        from_stage = stages[flags[0].removeprefix("--from=")].root / source[1:]
        subprocess.run(["cp", "--archive", str(from_stage), str(there)], check=True)
    elif source == ".":
        _copy_context(there)
    else:
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, there)


def _copy_context(there: Path) -> None:
    """Copy what git knows, but for what the ignore file names at the top."""
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text().split()
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if name.partition("/")[0] not in ignored and (ROOT / name).is_file():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, there / name)
