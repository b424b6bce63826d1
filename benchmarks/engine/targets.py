"""The figures of the engine and their targets."""

from __future__ import annotations

from ..harness.figures import Target

TARGETS = (
    Target("fsync_step_vs_dbos_sqlite", 5, True, "durable step, fsync on every write: times as fast as DBOS on SQLite"),
    Target("fsync_step_vs_floor", 1.5, False, "the same: times the bare Redis floor"),
    Target("default_step_vs_dbos_sqlite", 10, True, "step at our default: times as fast as DBOS on SQLite"),
    Target("concurrent_vs_dbos_sqlite", 15, True, "100 runs of 10 steps at once: times DBOS's steps per second"),
    Target("cluster_vs_one", 0.9, True, "steps a second, three masters beside one server, one worker a core"),
    Target("start_p50_ms", 10, False, "request to first step running, median"),
    Target("start_p99_ms", 40, False, "request to first step running, 99th percentile"),
    Target("api_start_adds_ms", 10, False, "start over the API: what it adds to the engine's own, median"),
    Target("resume_10k_s", 0.5, False, "resume of a 10,000-step run, acquire to the next new step"),
    Target("recover_child_s", 2, False, "child killed -9 to the next step"),
    Target("recover_host_s", 12, False, "host lost to the next step: the lease and 2 s"),
    Target("handover_50_s", 5, False, "SIGTERM with 50 runs held: all moved"),
    Target("cancel_s", 2, False, "cancel in mid-step to run.cancelled, worker draining or not"),
    Target("fair_s", 1, False, "one person starts 200 runs, then another starts one: to its first step"),
)
