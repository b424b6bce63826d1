"""`manage.py up`: every process of the product on one machine, started, watched and stopped in order.

Owns the embedded Redis and the local model. Leaves what each process does to its own command. Only the commands of
this project call it.
"""
