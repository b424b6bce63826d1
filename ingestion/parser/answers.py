"""What the parsing process answers, and in what time: known to it and to those who ask, who load no parser."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from ingestion.content.extracted import Extracted
from ingestion.web import robots, sitemap

CPU_S = 10
"""Processor time that one answer may take; a page of 3 MB, as large as any is read, takes a third of it."""

ANSWERS: dict[str, TypeAdapter[Any]] = {
    "page": TypeAdapter(Extracted),
    "rules": TypeAdapter(robots.Robots),
    "addresses": TypeAdapter(sitemap.Sitemap),
}
