"""The OpenAPI description, completed with examples and code to copy, and the page that shows it.

Leaves the operations themselves to Ninja. Called by `runs.api.application`; `examples` also by the list of workflows.
"""
