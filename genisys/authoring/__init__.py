"""What a workflow's author writes with: components, text, objects, questions, sleep, fan-out, status.

`genisys` is its face. Everything here also works outside a run. The fleet runs the workflows.
"""
