"""Genisys: durable, streaming workflows of AI work, made of components. See docs/ for the guide.

This is the face for authors of workflows. The others:

    genisys.openai    the OpenAI SDK with its own surface, each call a step
    genisys.net       the guarded HTTP client, for addresses from strangers
    genisys.testing   whole workflows in memory, crashes, a scripted provider
    genisys.client    follow a run over HTTP from any process
    genisys.host      for whoever runs the platform: engine, workers, hub, deployments, logs

Everything else is private, and may change with any release.
"""

from .authoring.component import Component, component
from .authoring.context import (
    Used,
    attempt,
    now,
    progress,
    publish,
    random,
    record_usage,
    run_id,
    status,
    used,
    uuid7,
)
from .authoring.fan_out import Done, gather, map_concurrent
from .authoring.input import request_input
from .authoring.objects import publish_object
from .authoring.sleep import sleep, sleep_until
from .authoring.text import Text, text
from .authoring.workflow import Workflow, find_workflow, workflow, workflows
from .errors import (
    DeploymentInUse,
    EncodingError,
    GenisysError,
    InputExpired,
    InputRefused,
    Interrupt,
    LeaseLost,
    NotAwaited,
    RestoredTooOften,
    RunCancelled,
    RunHandedOver,
    RunNotFound,
    RunNotOpen,
    RunSuspended,
    SecretError,
    StepFailed,
    StepNotFound,
    StepTimeout,
    UnknownDeployment,
    UnknownWorker,
    UnknownWorkflow,
    UserError,
    ValueTooLarge,
)
from .execution.checkpoint import Checkpoint, checkpoint
from .policies.cache import Cache
from .policies.concurrency import Concurrency
from .policies.heartbeat import heartbeat
from .policies.host_pace import HostAway, HostPace
from .policies.policy import Call, Policy, Proceed
from .policies.retry import Retry
from .providers.provider import Price, Provider

__all__ = [
    "Cache",
    "Call",
    "Checkpoint",
    "Component",
    "Concurrency",
    "DeploymentInUse",
    "Done",
    "EncodingError",
    "GenisysError",
    "HostAway",
    "HostPace",
    "InputExpired",
    "InputRefused",
    "Interrupt",
    "LeaseLost",
    "NotAwaited",
    "Policy",
    "Price",
    "Proceed",
    "Provider",
    "RestoredTooOften",
    "Retry",
    "RunCancelled",
    "RunHandedOver",
    "RunNotFound",
    "RunNotOpen",
    "RunSuspended",
    "SecretError",
    "StepFailed",
    "StepNotFound",
    "StepTimeout",
    "Text",
    "UnknownDeployment",
    "UnknownWorker",
    "UnknownWorkflow",
    "Used",
    "UserError",
    "ValueTooLarge",
    "Workflow",
    "attempt",
    "checkpoint",
    "component",
    "find_workflow",
    "gather",
    "heartbeat",
    "map_concurrent",
    "now",
    "progress",
    "publish",
    "publish_object",
    "random",
    "record_usage",
    "request_input",
    "run_id",
    "sleep",
    "sleep_until",
    "status",
    "text",
    "used",
    "uuid7",
    "workflow",
    "workflows",
]
