"""Whether walls, errors and shells are told from pages that look like them: `python -m benchmarks.walls`.
It owns the generated pages. The text of good ones is measured by `benchmarks.extraction`."""
