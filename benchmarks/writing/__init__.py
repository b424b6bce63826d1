"""How well posts are written, checked and paid for, by a scripted model: `python -m benchmarks.writing`. Briefs and
sites stand in `data`. Single claims are measured by `benchmarks.claims`."""
