"""Webhooks: a person's own servers are notified of how their runs go.

`models` holds whom to notify and what was sent; `outbox` writes a delivery together with the record that it announces;
`sender`, driven by control, sends what is due; `message` is the form in which it is sent; the rest is the pages.
Service and control plane call `outbox`.
"""
