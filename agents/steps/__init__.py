"""The steps of `write-post`: recorded once each, tried again where they fail.

Owns what is asked of the model and the database, and when; what follows from the answers is decided in pure rooms.
`agents.workflow` alone may call it. Names such as `_said` are given to imports on purpose: a component's version is a
digest of its body, so a name changed there would make every run under way look as if its code had changed.
"""
