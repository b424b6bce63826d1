"""`python -m genisys worker MODULE [MODULE ...] --redis URL`: a worker with no Django at all.

GENISYS_SECRET is what the runs' secrets are sealed with; several are separated by spaces, the newest first.
GENISYS_BLOBS, or --blobs, is the folder for the bytes that runs receive (images, speech, files).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys

import structlog

from .core.blobs import FolderBlobs, keep_blobs_in
from .fleet.lease_keeper import checked_lease
from .fleet.log_lines import HidingFormatter, hide_secrets
from .fleet.supervisor import run_worker
from .fleet.worker import HAND_OVER_S
from .redis_io.keys import LEASE_S


def write_plain_lines() -> None:
    """Log each event as one logfmt line: quick, and fit for files; structlog's own default is for a terminal."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
            hide_secrets,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(HidingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m genisys")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_arguments(commands.add_parser("worker", help="run the workflows of the given modules"))
    return parser


def _add_arguments(worker: argparse.ArgumentParser) -> None:
    worker.add_argument("modules", nargs="+", metavar="MODULE", help="a module that defines workflows")
    worker.add_argument("--redis", default=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"), metavar="URL")
    worker.add_argument("--deployment", default=os.environ.get("GENISYS_DEPLOYMENT", "dev"))
    worker.add_argument("--concurrency", type=int, default=10, help="runs at once in each process")
    worker.add_argument("--processes", type=int, default=1)
    worker.add_argument(
        "--hand-over-seconds", type=float, default=HAND_OVER_S, help="of a stopping worker's wait for step boundaries"
    )
    worker.add_argument(
        "--lease-seconds", type=float, default=LEASE_S, help="how long a worker that is heard of no more keeps its runs"
    )
    worker.add_argument(
        "--no-spare",
        action="store_true",
        help="keep no process ready to replace one that dies: less memory, a second more until its runs go on",
    )
    worker.add_argument("--per-owner", type=int, default=0, metavar="N", help="runs of one owner at once; 0: no limit")
    worker.add_argument(
        "--blobs",
        default=os.environ.get("GENISYS_BLOBS", ""),
        metavar="DIR",
        help="keeps the bytes that runs receive (images, speech, files); the same for all workers",
    )


def main() -> int:
    write_plain_lines()
    parser = _parser()
    given = parser.parse_args()
    try:
        checked_lease(given.lease_seconds)
    except ValueError as error:
        parser.error(str(error))
    if given.blobs:
        keep_blobs_in(FolderBlobs(given.blobs))
    return run_worker(
        redis_url=given.redis,
        deployment=given.deployment,
        modules=given.modules,
        concurrency=given.concurrency,
        processes=given.processes,
        hand_over_s=given.hand_over_seconds,
        lease_s=given.lease_seconds,
        spare=not given.no_spare,
        per_owner=given.per_owner,
        secret=os.environ.get("GENISYS_SECRET", "").split(),
    )


if __name__ == "__main__":
    sys.exit(main())
