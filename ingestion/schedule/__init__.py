"""When a site is read: how a reading is started, by whomever, and when the site's schedule says that it is time.

Leaves the run itself to `runs.service`, and what came of it to `ingestion.history`. The pages, the API, commands and
the control plane's clock may call it; `times` is pure.
"""
