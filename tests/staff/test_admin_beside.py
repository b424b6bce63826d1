"""The admin leads to the dashboard, keeps its records, and narrows its list of runs without reading them all."""

from __future__ import annotations

from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.staff.conftest import MakeRun


def test_the_sidebar_leads_to_the_dashboard_and_to_every_record_that_one_may_see(viewer: Client) -> None:
    page = BeautifulSoup(viewer.get("/admin/").content, "html.parser")
    links = {link["href"] for link in page.select("#nav-sidebar-inner a[href]")}
    assert {"/staff/", "/staff/runs/", "/admin/runs/run/", "/admin/runs/auditentry/"} <= links
    assert "/admin/auth/user/" not in links, "a viewer may not see people"


def test_the_admins_list_asks_for_no_distinct_values_of_all_runs(viewer: Client, make_run: MakeRun) -> None:
    make_run()
    with CaptureQueriesContext(connection) as asked:
        assert viewer.get("/admin/runs/run/?workflow=test").status_code == 200
    assert not any("DISTINCT" in query["sql"] for query in asked)


def test_the_admins_list_is_narrowed_to_a_workflow(viewer: Client, make_run: MakeRun) -> None:
    make_run("This", workflow="ingest-site")
    make_run("Other", workflow="another")
    table = BeautifulSoup(viewer.get("/admin/runs/run/?workflow=ingest-site").content, "html.parser")
    assert "This" in table.select_one("#result_list").text
    assert "Other" not in table.select_one("#result_list").text
