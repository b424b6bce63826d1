"""For whoever runs the platform: the engine, the workers, the hub, deployments, and logs as they are kept and read."""

from .core.blobs import BlobMissing, BlobNotKept, BlobStore, FolderBlobs, blobs, keep_blobs_in
from .core.ids import new_run_id
from .core.json_schema import misfits
from .engine.engine import Engine
from .engine.owner_queue import Place
from .engine.wakeups import preload
from .execution.execution import MOST_ATTEMPTS_WITHOUT_PROGRESS
from .fleet.compactor import Compactor
from .fleet.deployments import Deployment, Deployments
from .fleet.log_lines import HidingFormatter, hide_secrets, without_secrets
from .fleet.manifest import Manifest, manifest_here
from .fleet.preview import MUST_STAY, PAYS_AGAIN, RESUMES, Fate
from .fleet.standing import Workers, worker_state
from .fleet.supervisor import run_worker
from .fleet.watch import Change, Watch
from .fleet.worker import Worker
from .journal.step_record import StepRecord
from .limits.gates import GateState, Use
from .log.compaction import compacted, contiguous, first_seq
from .log.cursor import LOG_ID, parse_cursor, write_cursor
from .log.fold import TERMINAL, canonical, fold, new_state
from .log.frames import BatchFrame, Frame
from .log.page import LogPage
from .log.payments import PossibleDoublePayment, possible_double_payments
from .log.replay import Recording, replay
from .log.timeline import StepTimes, Timeline, follow
from .redis_io.address import RedisAddress, parse_address
from .redis_io.errors import STORE_ERRORS, store_is_away
from .redis_io.one_by_one import apart
from .redis_io.server import ServerFacts
from .redis_io.server import look_at as look_at_redis
from .secrets.keyring import KeyRing
from .secrets.sealed_input import SealedInput
from .store.records import RunMeta, WorkerInfo
from .streaming.hub import Hub
from .streaming.viewer import Viewer

__all__ = [
    "LOG_ID",
    "MOST_ATTEMPTS_WITHOUT_PROGRESS",
    "MUST_STAY",
    "PAYS_AGAIN",
    "RESUMES",
    "STORE_ERRORS",
    "TERMINAL",
    "BatchFrame",
    "BlobMissing",
    "BlobNotKept",
    "BlobStore",
    "Change",
    "Compactor",
    "Deployment",
    "Deployments",
    "Engine",
    "Fate",
    "FolderBlobs",
    "Frame",
    "GateState",
    "HidingFormatter",
    "Hub",
    "KeyRing",
    "LogPage",
    "Manifest",
    "Place",
    "PossibleDoublePayment",
    "Recording",
    "RedisAddress",
    "RunMeta",
    "SealedInput",
    "ServerFacts",
    "StepRecord",
    "StepTimes",
    "Timeline",
    "Use",
    "Viewer",
    "Watch",
    "Worker",
    "WorkerInfo",
    "Workers",
    "apart",
    "blobs",
    "canonical",
    "compacted",
    "contiguous",
    "first_seq",
    "fold",
    "follow",
    "hide_secrets",
    "keep_blobs_in",
    "look_at_redis",
    "manifest_here",
    "misfits",
    "new_run_id",
    "new_state",
    "parse_address",
    "parse_cursor",
    "possible_double_payments",
    "preload",
    "replay",
    "run_worker",
    "store_is_away",
    "without_secrets",
    "worker_state",
    "write_cursor",
]
