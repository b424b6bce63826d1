"""What a person has beside runs: tokens for the API, and wishes to be told by e-mail.

Signing in itself is allauth's.
"""
