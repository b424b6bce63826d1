"""One attempt at a run: its scopes and steps, its waits, the writer of its log, its end.

Takes a lease that the fleet holds and a store to write to. Components and model clients open steps through
`steps.open_step`; they see the attempt as `run_context.RunContext`.
"""
