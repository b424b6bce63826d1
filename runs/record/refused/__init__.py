"""What the database or a decoder refused of one run: told from faults that pass, and put aside with its cause.

Leaves trying again to the control plane and the service, which may call it, as may whoever reads or sends what a run
left behind.
"""
