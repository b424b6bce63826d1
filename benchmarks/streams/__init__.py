"""What viewers of runs get, how soon and at what cost: `python -m benchmarks.streams`. It owns the viewers, the
writer, the check of what arrived and the rival applications; the measures themselves are in `measures`."""
