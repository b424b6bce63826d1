"""The way to Redis: names of keys, scripts, connections, and what its client raises.

With `limits` and `store` the only room that imports Redis's client (docket's own aside). Knows keys and commands;
what they mean for a run is the store's matter.
"""
