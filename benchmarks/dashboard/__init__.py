"""How fast pages are over 200,000 runs, and how soon a large run opens: `python -m benchmarks.dashboard`. It fills the
databases and asks the pages. What forgetting old runs costs is `benchmarks.retention`."""
