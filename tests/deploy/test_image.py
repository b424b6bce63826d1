"""The image's steps, done for once, and each plane of the product out of it: as nobody, on a root that is read-only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from genisys_site.launching import ports
from tests.conftest import wait_until
from tests.deploy.image import Image, build

pytestmark = [
    pytest.mark.full,  # minutes, and a root of Debian's packages; `test_manifests` reads the file for each commit
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("debootstrap"), reason="needs root and debootstrap to make a root"
    ),
]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder = tmp_path_factory.mktemp("image")
    base = folder / "debian"
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(base)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    yield build(base, folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def volumes(tmp_path: Path) -> dict[str, Path]:
    found = {"/var/lib/genisys/home": tmp_path / "home", "/var/lib/genisys/blobs": tmp_path / "blobs", "/tmp": tmp_path}
    for each in found.values():
        each.mkdir(exist_ok=True)
        os.chown(each, 10001, 10001)
    return found


@contextmanager
def _plane(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command)
    yield process
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) in (0, -signal.SIGTERM)


def test_every_plane_runs_as_nobody_on_a_root_that_cannot_be_written(
    image: Image, volumes: dict[str, Path], redis_url: str
) -> None:
    port = ports.reserve()
    given = {
        "SECRET_KEY": "a key for this test alone, which is long enough to be one",
        "GENISYS_DEPLOYMENT": "v1",
        "ALLOWED_HOSTS": "localhost",
        "REDIS_URL": redis_url,
        "PORT": str(port),
    }

    def command(*argv: str) -> list[str]:
        return image.start(list(argv), given=given, writable=volumes)

    assert image.user != "0"
    denied = [*command()[: -len(image.entrypoint)], "sh", "-c", "touch /opt/genisys/x || touch /etc/x"]
    assert subprocess.run(denied, check=False, stderr=subprocess.DEVNULL).returncode != 0
    subprocess.run(command("migrate", "--noinput", "--verbosity", "0"), check=True)
    url = f"http://localhost:{port}"
    with _plane(command("serve", "--host", "127.0.0.1")), _plane(command("worker")), _plane(command("control")):
        wait_until(lambda: httpx.get(f"{url}/readyz", trust_env=False).json() == {"status": "ok"}, "not ready", 120)
        page = httpx.get(f"{url}/accounts/login/", trust_env=False)
        assert page.status_code == 200
        style = page.text.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
        assert "/static/" in style
        assert httpx.get(url + style, trust_env=False).status_code == 200


def test_nothing_that_builds_is_left_in_the_image(image: Image) -> None:
    found = subprocess.run(
        ["chroot", str(image.root), "sh", "-c", "command -v gcc cc make pip3"], capture_output=True, check=False
    )
    assert found.stdout == b""
