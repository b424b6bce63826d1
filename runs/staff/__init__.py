"""For whoever operates the installation: runs in the admin, their traces, and the checks of its settings.

All that is shown is untrusted. Acts by the service and the control plane's `again`, and is audited. Django's admin and
system checks call it, nobody else.
"""
