"""For whoever operates the installation: runs in the admin, their traces, and the checks of its settings.

All that is shown is untrusted. Acts through the service, for the run's owner, and is written to the audit.
"""
