"""For machines that watch: `/metrics` in the formats of Prometheus, and traces for a collector of OpenTelemetry.

Owns the numbers (`numbers`: what is asked of the other rooms), their names (`families`: pure), the door (`views`), and
runs as spans (`traces`).
The dashboard for Grafana over these names is `deploy/grafana/genisys.json`.
"""
