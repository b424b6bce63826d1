"""What the engine costs and keeps, each figure beside its target: `python -m benchmarks.engine`. One module a measure;
what it is held against is in `rivals`. What viewers get is `benchmarks.streams`, how it grows `benchmarks.capacity`."""
