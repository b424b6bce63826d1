"""The one way in which a launch command says that it cannot go on."""


class CannotStart(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do. The command exits with 2."""
