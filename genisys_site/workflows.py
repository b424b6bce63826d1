"""Every workflow of the product: what `workflow.py` and `workflows.py` of the installed apps define.

Workers import this module, and importing registers them.
"""

from django.utils.module_loading import autodiscover_modules

autodiscover_modules("workflow", "workflows")
