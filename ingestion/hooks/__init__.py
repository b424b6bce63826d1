"""What `runs` calls of ours: how a reading is shown on its run's page, and what a site is when its run has ended.

The reading itself is left to `ingestion.steps`. `ingestion.apps` registers both; views may show the same facts.
"""
