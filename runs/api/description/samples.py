"""Code to copy for each operation of the API: curl, Python and JavaScript, with its real address and a fitting input.

The samples ask two variables for where the product is and who calls: `GENISYS` (https://genisys.example) and `TOKEN`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any


def of(path: str, method: str, operation: dict[str, Any], places: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the samples in the form of `x-codeSamples`: lang, label, source. `places` are what stands in the path."""
    for name, value in places.items():
        path = path.replace(f"{{{name}}}", value)
    body, says = _body(operation), "204" not in operation["responses"]
    return [
        {"lang": "Shell", "label": "curl", "source": _curl(path, method, body)},
        {"lang": "Python", "label": "Python", "source": _python(path, method, body, says)},
        {"lang": "JavaScript", "label": "JavaScript", "source": _javascript(path, method, body, says)},
    ]


def _body(operation: dict[str, Any]) -> Any:
    """Return the body to send; None where there need be none."""
    given = operation.get("requestBody")
    if given is None:
        return None
    return given["content"]["application/json"]["example"]


def _curl(path: str, method: str, body: Any) -> str:
    parts = [f'curl "$GENISYS{path}"', '-H "Authorization: Bearer $TOKEN"']
    if method in ("put", "delete") or (method == "post" and body is None):
        parts.append(f"-X {method.upper()}")
    if body is not None:
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}"]
    return " \\\n  ".join(parts)


def _python(path: str, method: str, body: Any, says: bool) -> str:
    last = "print(answer.raise_for_status().json())" if says else "answer.raise_for_status()"
    sent = "" if body is None else f"    json={body!r},\n"
    return (
        "import os\n\nimport httpx\n\n"
        f"answer = httpx.{method}(\n"
        f'    os.environ["GENISYS"] + "{path}",\n'
        '    headers={"Authorization": "Bearer " + os.environ["TOKEN"]},\n'
        f"{sent}"
        f")\n{last}"
    )


def _javascript(path: str, method: str, body: Any, says: bool) -> str:
    last = "await answer.json()" if says else "answer.status"
    headers = '"Authorization": `Bearer ${process.env.TOKEN}`'
    if body is not None:
        headers += ', "Content-Type": "application/json"'
    sent = "" if body is None else f"  body: JSON.stringify({json.dumps(body, ensure_ascii=False)}),\n"
    return (
        f"const answer = await fetch(`${{process.env.GENISYS}}{path}`, {{\n"
        f'  method: "{method.upper()}",\n'
        f"  headers: {{ {headers} }},\n"
        f"{sent}"
        f"}});\nconsole.log({last});"
    )
