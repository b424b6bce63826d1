"""How much of a provider's quota is used, and what its outage costs runs: `python -m benchmarks.limits`. The providers
are scripted. How fast the engine is without limits is `benchmarks.engine`."""
