"""The steps of `ingest-site`. Each may run twice with the same outcome; each is recorded once.

Owns what is asked of the site, of the model and of the database; what follows from the answers is decided in plain
functions elsewhere. `ingestion.workflow` alone may call it. Names such as `_tell` are given to imports on purpose: a
component's version is a digest of its body, so a name changed there would make every run look as if its code had.
"""
