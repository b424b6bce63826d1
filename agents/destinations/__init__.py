"""The seam to blogs elsewhere: a draft is handed in, and what became of it comes back.

`destination` says what a destination can do, `wordpress` and `ghost` are the two that there are, each by its documented
API, `api_client` is how both ask. `delivery` hands a draft over without ever making two of it. Which blogs a person has
and which posts went there is left to `agents.handover`, which alone may call this room.
"""
