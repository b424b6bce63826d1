"""The dashboard of those who operate the installation: what runs, why it does not, what it costs, and how to mend it.

Knows `runs` and no product: every workflow is shown alike. Everything on its pages is untrusted, so they stand under
the site's strict policy and not under the admin's, which keeps plain editing of records. Acts by the services of
`runs` alone, and what it does is audited there.
"""
