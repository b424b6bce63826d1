"""`python -m benchmarks.examples`: the posts of docs/examples, made anew from scripted replies over real documentation.

Owns the scripts (`data`) and the server that speaks them. Search, sources, rules, quotes and numbers are the product's.
"""
