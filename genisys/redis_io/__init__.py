"""Access to Redis: names of keys, scripts, connections, and what its client raises.

With `limits` and `store` the only room that imports Redis's client (apart from docket's own). Knows keys and commands;
the store knows what they mean for a run.
"""
