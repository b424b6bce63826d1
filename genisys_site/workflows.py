"""Every workflow of the product: what `workflow.py` and `workflows.py` of the installed apps define.

Workers import this module, and importing registers them.
"""

from importlib import import_module

from django.utils.module_loading import autodiscover_modules

autodiscover_modules("workflow", "workflows")

# Other workflows of the app, each in a room of its own.
import_module("agents.revising.workflow")
import_module("agents.handover.workflow")
import_module("agents.linking.steps")
