"""What the engine costs and keeps, each figure beside its target: `python -m benchmarks.engine`. The measures are in
`measures`, what they are held against in `rivals`. What viewers get is `benchmarks.streams`, how it grows
`benchmarks.capacity`."""
