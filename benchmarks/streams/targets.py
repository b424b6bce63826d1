"""The figures of the streams and their targets."""

from __future__ import annotations

from ..harness.figures import Target

TARGETS = (
    Target("lost", 0, False, "events that a viewer never got, in all measures"),
    Target("doubled", 0, False, "events that a viewer got twice"),
    Target("reordered", 0, False, "events that came after a later one"),
    Target("silent_gaps", 0, False, "holes of which the server did not say so"),
    Target("p50_ms", 50, False, "append to applied, median"),
    Target("p99_ms", 200, False, "append to applied, 99th percentile"),
    Target("redis_connections", 3, False, "connections of the web process to Redis"),
    Target("kb_per_viewer", 40, False, "memory of the web process for each viewer, many of them"),
    Target("storm_caught_up_s", 5, False, "new web process listening to 99 % caught up"),
    Target("first_paint_ratio", 2, False, "server time of the page of a run of 10,000 events over one of 100"),
    Target("wire_live", 6, False, "bytes on the wire for a byte of text, live at 100 tokens/s"),
    Target("wire_replay", 1.15, False, "the same for a reader who comes after the end"),
    Target("vs_xread_each", 3, True, "events/s at the same p99 over a connection with XREAD BLOCK for each viewer"),
    Target("vs_group_send", 3, True, "the same over group_send through channels_redis"),
    Target("vs_eventstream", 3, True, "the same over django-eventstream"),
)
