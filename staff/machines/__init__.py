"""For machines that watch: `/metrics` in the formats of Prometheus.

Owns the numbers (`numbers`: what is asked of the other rooms), their names (`families`: pure) and the door (`views`).
The dashboard for Grafana over these names is `deploy/grafana/genisys.json`.
"""
