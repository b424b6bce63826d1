"""What people do with runs: start, fork, cancel, retry, pause, limit, answer; each is audited.

Pages, API, admin and commands all come through here. Who may do it is `runs.access`; how a row follows its log is the
control plane's. Raises UserError with a sentence for people.
"""
