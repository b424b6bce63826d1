"""Answers of model servers as data: read as they stream, mended where they came whole, kept beside the journal.

For `genisys.openai` alone. What a failed answer says of itself is `providers.error_words`.
"""
