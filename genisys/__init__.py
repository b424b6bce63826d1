"""Genisys: durable, streaming workflows of AI work, made of components. See docs/ for the guide.

This is the whole public face, with `genisys.openai` (the OpenAI SDK, each call a step) and `genisys.testing`.
"""

from ._apart import apart
from ._blobs import BlobMissing, BlobNotKept, BlobStore, FolderBlobs, keep_blobs_in
from ._cache import Cache
from ._checkpoint import Checkpoint, checkpoint
from ._compact import compacted, contiguous, first_seq
from ._compactor import Compactor
from ._component import Component, Workflow, component, workflow
from ._concurrency import Concurrency
from ._cursor import LOG_ID, parse_cursor, write_cursor
from ._deployments import Deployment, Deployments
from ._engine import Engine
from ._fanout import Done, gather, map_concurrent
from ._fold import TERMINAL, canonical, fold, new_state
from ._follow import Following, follow
from ._heartbeat import heartbeat
from ._http import (
    FetchBlocked,
    Fetched,
    Fetcher,
    FetchError,
    FetchFailed,
    FetchTimeout,
    FetchTooLarge,
)
from ._hub import Hub, Viewer
from ._input import request_input
from ._log_lines import without_secrets
from ._objects import publish_object
from ._payments import PossibleDoublePayment, possible_double_payments
from ._places import Place
from ._policy import Call, Policy, Proceed
from ._preview import Fate
from ._providers import Price, Provider
from ._records import LogPage, RunMeta, StepRecord, WorkerInfo
from ._registry import find as find_workflow
from ._registry import workflows
from ._replay import Recording, replay
from ._retry import Retry
from ._say import attempt, now, progress, publish, random, record_usage, run_id, status, uuid7
from ._seal import KeyRing
from ._sealing import SealedInput
from ._sleep import sleep, sleep_until
from ._store import STORE_ERRORS, new_run_id, store_is_away
from ._supervise import run_worker
from ._text import Text, text
from ._watch import Change, Watch
from ._wire import BatchFrame, Frame
from ._worker import Worker
from .errors import (
    DeploymentInUse,
    EncodingError,
    FollowRefused,
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
    UnknownWorkflow,
    UserError,
    ValueTooLarge,
)

__all__ = [
    "LOG_ID",
    "STORE_ERRORS",
    "TERMINAL",
    "BatchFrame",
    "BlobMissing",
    "BlobNotKept",
    "BlobStore",
    "Cache",
    "Call",
    "Change",
    "Checkpoint",
    "Compactor",
    "Component",
    "Concurrency",
    "Deployment",
    "DeploymentInUse",
    "Deployments",
    "Done",
    "EncodingError",
    "Engine",
    "Fate",
    "FetchBlocked",
    "FetchError",
    "FetchFailed",
    "FetchTimeout",
    "FetchTooLarge",
    "Fetched",
    "Fetcher",
    "FolderBlobs",
    "FollowRefused",
    "Following",
    "Frame",
    "GenisysError",
    "Hub",
    "InputExpired",
    "InputRefused",
    "Interrupt",
    "KeyRing",
    "LeaseLost",
    "LogPage",
    "NotAwaited",
    "Place",
    "Policy",
    "PossibleDoublePayment",
    "Price",
    "Proceed",
    "Provider",
    "Recording",
    "RestoredTooOften",
    "Retry",
    "RunCancelled",
    "RunHandedOver",
    "RunMeta",
    "RunNotFound",
    "RunNotOpen",
    "RunSuspended",
    "SealedInput",
    "SecretError",
    "StepFailed",
    "StepNotFound",
    "StepRecord",
    "StepTimeout",
    "Text",
    "UnknownDeployment",
    "UnknownWorkflow",
    "UserError",
    "ValueTooLarge",
    "Viewer",
    "Watch",
    "Worker",
    "WorkerInfo",
    "Workflow",
    "apart",
    "attempt",
    "canonical",
    "checkpoint",
    "compacted",
    "component",
    "contiguous",
    "find_workflow",
    "first_seq",
    "fold",
    "follow",
    "gather",
    "heartbeat",
    "keep_blobs_in",
    "map_concurrent",
    "new_run_id",
    "new_state",
    "now",
    "parse_cursor",
    "possible_double_payments",
    "progress",
    "publish",
    "publish_object",
    "random",
    "record_usage",
    "replay",
    "request_input",
    "run_id",
    "run_worker",
    "sleep",
    "sleep_until",
    "status",
    "store_is_away",
    "text",
    "uuid7",
    "without_secrets",
    "workflow",
    "workflows",
    "write_cursor",
]
