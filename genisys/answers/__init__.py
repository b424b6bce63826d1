"""Answers of model servers as data: read as they stream, turned into a stream where they came whole, stored.

Only `genisys.openai` calls it. What a failed answer says is read in `providers.error_words`.
"""
