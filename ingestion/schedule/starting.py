"""How a reading of a site is started: by a form, by its page, over the API, by its schedule. Each site is read by one
run at a time: while it is being read, that run is the answer.
"""

from __future__ import annotations

from django.conf import settings

from genisys import UserError
from ingestion.access import own_sites
from ingestion.models import LeftOutPage, Page, Site
from ingestion.requests import IngestRequest
from ingestion.web.addresses import addresses_to_try
from runs.access import Person, own_runs
from runs.models import OPEN_STATUSES, Run
from runs.service.starting import start_run_sync

WORKFLOW = "ingest-site"


def read_site(user: Person, request: IngestRequest, once: str = "") -> Run:
    """Make or find the site's row and start its run. `once` names the request: given twice, it is the same run.

    Raises UserError, QuotaReached among them, where it cannot be started; then nothing is kept.
    """
    address = addresses_to_try(request.url, settings.INGEST_ALLOWED_PRIVATE_HOSTS)[0]
    mine = own_sites(user.pk)
    site, is_new = mine.get_or_create(url=address, defaults={"owner_id": user.pk})
    if (going := under_way(site)) is not None:
        return going
    try:
        run: Run = start_run_sync(
            user=user,
            workflow=WORKFLOW,
            input=request.model_copy(update={"site_id": str(site.pk)}),
            title=f"Read {site.host}",
            idempotency_key=f"site:{user.pk}:{once}" if once else "",
        )
    except UserError:
        if is_new:
            mine.filter(pk=site.pk, run_id="").delete()
        raise
    mine.filter(pk=site.pk).update(run_id=run.pk)
    return run


def read_again(user: Person, site: Site, once: str = "") -> Run:
    """Start a reading of the site as its last one was asked for. Raises as `read_site`."""
    return read_site(user, IngestRequest(**{**site.options, "url": site.url}), once)


def retry_failed(user: Person, site: Site) -> Run:
    """Read the site again, the pages that failed first. Raises as `read_site`."""
    failed = site.pages.filter(outcome=Page.Outcome.FAILED).values_list("url", flat=True)
    for url in failed:
        site.left_out.get_or_create(url=url, defaults={"reason": LeftOutPage.TRY_AGAIN, "wish": LeftOutPage.Wish.TAKE})
    return read_again(user, site)


def under_way(site: Site) -> Run | None:
    """Return the run that reads the site just now, one of its owner's."""
    if not site.run_id or site.owner is None:
        return None
    return own_runs(site.owner).filter(pk=site.run_id, status__in=OPEN_STATUSES).first()
