"""What `deploy/` holds is valid by the published schemas, and fits the product: its commands, settings and times."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from genisys_site.configuration.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").rglob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").iterdir())
PROGRAMS = Path(sys.executable).parent
COMMANDS = {"serve", "worker", "control", "migrate", "collectstatic"}
_NOT_OURS = {"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def _documents(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def _resources(kind: str = "") -> list[dict[str, Any]]:
    """Every resource of Kubernetes' own kinds, or those of one kind."""
    found = [each for path in KUBERNETES for each in _documents(path)]
    return [
        each
        for each in found
        if (each["kind"] == kind if kind else each["kind"] not in {"Kustomization", "Component", "ScaledObject"})
    ]


@pytest.mark.parametrize("resource", _resources(), ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_each_resource_is_valid_by_kubernetes_schema(resource: dict[str, Any]) -> None:
    kubernetes_validate.validate(resource, "1.37", strict=True)


def test_a_field_that_kubernetes_does_not_know_is_refused() -> None:
    deployment = _resources("Deployment")[0]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment | {"spec": {**deployment["spec"], "replica": 2}}, "1.37", strict=True)


def test_each_kustomization_names_files_that_are_there_and_leaves_none_out() -> None:
    for path in KUBERNETES:
        if path.name == "kustomization.yaml":
            named = set(_documents(path)[0]["resources"])
            assert named == {each.name for each in path.parent.glob("*.yaml")} - {path.name}


@pytest.mark.parametrize("deployment", _resources("Deployment"), ids=lambda each: each["metadata"]["name"])
def test_a_pod_runs_as_nobody_on_a_root_that_is_read_only_and_is_never_the_last_to_go(
    deployment: dict[str, Any],
) -> None:
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == int(_instructions("USER")[0])
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert "memory" in container["resources"]["limits"]
    name = deployment["metadata"]["name"]
    budgets = [each["spec"]["selector"]["matchLabels"] for each in _resources("PodDisruptionBudget")]
    assert {"app.kubernetes.io/name": name} in budgets


def test_control_may_change_pods_and_nothing_else_and_no_other_process_has_a_key() -> None:
    (role,) = _resources("Role")
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["patch"]}]
    (binding,) = _resources("RoleBinding")
    (account,) = _resources("ServiceAccount")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert [each["name"] for each in binding["subjects"]] == [account["metadata"]["name"]]
    pods = [each["spec"]["template"]["spec"] for each in _resources("Deployment")]
    assert not any(pod["automountServiceAccountToken"] or "serviceAccountName" in pod for pod in pods)
    (component,) = [each for path in KUBERNETES for each in _documents(path) if each["kind"] == "Component"]
    (patch,) = component["patches"]
    assert patch["target"]["name"] == "genisys-control"
    given = {each["path"].rpartition("/")[2]: each["value"] for each in yaml.safe_load(patch["patch"])}
    assert given["serviceAccountName"] == account["metadata"]["name"]
    assert {each["name"] for each in given["env"]} <= set(Environment.model_fields)


def test_workers_are_given_longer_to_stop_than_their_hand_over_takes() -> None:
    (worker,) = [each for each in _resources("Deployment") if "worker" in each["metadata"]["name"]]
    pod = worker["spec"]["template"]["spec"]
    args = pod["containers"][0]["args"]
    hand_over = float(args[args.index("--hand-over-seconds") + 1])
    assert pod["terminationGracePeriodSeconds"] >= hand_over + 10
    unit = (DEPLOY / "systemd/genisys-worker@.service").read_text()
    told, stop = re.search(r"--hand-over-seconds (\d+)", unit), re.search(r"TimeoutStopSec=(\d+)", unit)
    assert told is not None
    assert stop is not None
    assert int(stop[1]) >= int(told[1]) + 10
    service = _documents(DEPLOY / "compose.yaml")[0]["services"]["worker"]
    assert int(service["stop_grace_period"].rstrip("s")) >= float(service["command"][-1]) + 10


def test_the_scaler_counts_what_a_worker_takes_and_aims_at_workers_that_there_are() -> None:
    (scaler,) = _resources("ScaledObject")
    (workers,) = [each for each in KUBERNETES if each.parent.name == "workers" and each.name == "kustomization.yaml"]
    suffix = _documents(workers)[0]["nameSuffix"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == f"genisys-worker{suffix}"
    (worker,) = [each for each in _resources("Deployment") if each["metadata"]["name"] == "genisys-worker"]
    args = worker["spec"]["template"]["spec"]["containers"][0]["args"]
    (trigger,) = scaler["spec"]["triggers"]
    asked = set(re.findall(r"genisys_\w+", trigger["metadata"]["query"]))
    measured = (ROOT / "staff/machines/families.py").read_text()
    assert asked
    assert {name for name in asked if f'"{name.removeprefix("genisys_")}"' not in measured} == set()
    assert trigger["metadata"]["threshold"] == args[args.index("--concurrency") + 1]


def test_compose_is_valid_by_its_schema() -> None:
    _succeeds(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_the_dockerfile_has_no_fault_that_hadolint_knows() -> None:
    _succeeds(PROGRAMS / "hadolint", DEPLOY / "Dockerfile")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_the_units_are_valid(tmp_path: Path) -> None:
    for unit in UNITS:
        # Where it will be installed, there is nothing on this machine.
        (tmp_path / unit.name).write_text(re.sub(r"/opt/genisys/\S+/python", "/usr/bin/env", unit.read_text()))
    names = [each.name.replace("@.", "@v42.") for each in UNITS]
    said = _succeeds("systemd-analyze", "verify", *(f"./{name}" for name in names), cwd=tmp_path)
    assert not re.search(r"genisys\S*:", said), said


def test_every_command_that_is_started_there_is() -> None:
    told = set(re.findall(r"manage\.py ([a-z]+)", (ROOT / "Procfile").read_text()))
    for unit in UNITS:
        told |= set(re.findall(r"manage\.py ([a-z]+)", unit.read_text().partition("[Service]")[2]))
    told |= {each["spec"]["template"]["spec"]["containers"][0]["args"][0] for each in _resources("Deployment")}
    told |= {each["spec"]["template"]["spec"]["containers"][0]["args"][0] for each in _resources("Job")}
    services = _documents(DEPLOY / "compose.yaml")[0]["services"]
    built = [each for each in services.values() if "build" in each]
    told |= {each["command"][0] for each in built if "command" in each}
    assert told == COMMANDS
    _succeeds(sys.executable, "manage.py", "help", "serve", cwd=ROOT)


def test_every_setting_that_is_given_there_is() -> None:
    known = set(Environment.model_fields) | _NOT_OURS
    given = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE))
    given |= {name for each in _resources("ConfigMap") for name in each["data"]}
    for line in _instructions("ENV"):
        given |= set(re.findall(r"([A-Z_]+)=", line))
    for service in _documents(DEPLOY / "compose.yaml")[0]["services"].values():
        given |= set(service.get("environment", {}))
    assert given <= known, given - known


def _instructions(name: str) -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def _succeeds(*argv: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run([*map(str, argv)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
