"""The OpenAPI description, completed: examples, and code to copy.

Leaves the operations themselves to Ninja. Called by `runs.api.application`; `examples` also by the list of workflows.
"""
