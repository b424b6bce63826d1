"""Providers of models: where they are, what they cost, how a call is routed, and what they say of failures.

`genisys.openai` has the SDK's surface, `answers` reads answers.
"""
