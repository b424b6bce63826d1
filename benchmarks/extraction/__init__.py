"""What is taken from labelled pages, beside other extractors: `python -m benchmarks.extraction`; `training` learns the
trees. Which pages are none is `benchmarks.walls`, how fast a site is read `benchmarks.ingestion`."""
