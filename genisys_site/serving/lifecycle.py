"""Whether this process is on its way out. Set by `server.py`, shown by `/readyz`."""

import threading

draining = threading.Event()
