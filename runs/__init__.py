"""The record of every run, and all that shows it: page, admin, API, sockets."""
