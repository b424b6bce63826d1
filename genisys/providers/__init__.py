"""Providers of models: where they are, what they cost, the way of a call through them, and what they say of failures.

Leaves the SDK's surface to `genisys.openai`, and the reading of answers to `answers`.
"""
