"""How fast a site is read, and what is lost or done twice, beside Scrapy: `python -m benchmarks.ingestion`. What is
taken from a page is measured by `benchmarks.extraction`."""
