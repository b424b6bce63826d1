"""The record of every run, and all that shows it: page, admin, API, sockets.

The contract "The rooms of runs stand on floors" in pyproject.toml says which room may call which. Products (agents,
ingestion) register with `products`, start runs by `service`, and use `access`, `rules`, `pages.starting`, `terminal`.
"""
