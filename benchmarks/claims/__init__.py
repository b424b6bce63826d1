"""How often false claims are let pass and true ones refused: `python -m benchmarks.claims`. The pairs stand in `data`.
How whole posts fare is `benchmarks.writing`."""
