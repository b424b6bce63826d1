"""Webhooks: a person's own servers are told how their runs go.

`models` holds whom to tell and what was told; `outbox` writes a delivery together with the record that it tells of;
`sender`, a part of control, sends what is due; `message` is the form in which it is sent; the rest is the pages.
"""
