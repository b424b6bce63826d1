"""How often the page that answers a question is found: `python -m benchmarks.retrieval`. Sites and questions stand in
`data`; `benchmarks.writing` has a digest written over one of the sites."""
