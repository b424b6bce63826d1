"""An installation as queues, fed by what `benchmarks.capacity` measured: how many of what a load needs, and what breaks
first. `against` holds its predictions against this machine. It measures no cost itself."""
