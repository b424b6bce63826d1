"""For machines: `/metrics` in the formats of Prometheus, traces for a collector of OpenTelemetry, pods for Kubernetes.

Owns the numbers (`numbers`: what is asked of the other rooms), their names (`families`: pure), the door (`views`), and
runs as spans (`traces`), and what it costs to stop a pod (`pods`).
The dashboard for Grafana over these names is `deploy/grafana/genisys.json`.
"""
