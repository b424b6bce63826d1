"""Every workflow of the product. Workers import this module, and importing registers them."""

import agents.workflow
import ingestion.workflow

__all__ = ["agents", "ingestion"]
