"""The fleet: workers, deployments and their queues, providers, Redis and the database, and what operators do there.

Owns the page, the look at all of it (`look`), its rows (`rows`: pure), and the deeds with their audit (`deeds`). How a
worker drains or a provider is paused is the engine's. Only `staff.urls` calls it, and the rooms of the dashboard that
tell of the fleet elsewhere read `look`.
"""
