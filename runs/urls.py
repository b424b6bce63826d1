"""The addresses of runs' pages."""

from django.urls import path

from runs.accounts import notice_views
from runs.pages import answers, big_runs, results, views
from runs.pages.sharing import share_views

app_name = "runs"

urlpatterns = [
    path("", views.runs_list, name="list"),
    path("<str:run_id>/", views.detail, name="detail"),
    path("<str:run_id>/fragment", views.fragment, name="fragment"),
    path("<str:run_id>/steps", big_runs.steps, name="steps"),
    path("<str:run_id>/steps/fragment", big_runs.steps_fragment, name="steps_fragment"),
    path("<str:run_id>/output", results.output, name="output"),
    path("<str:run_id>/published", results.published, name="published"),
    path("<str:run_id>/cancel", views.cancel, name="cancel"),
    path("<str:run_id>/retry", views.retry, name="retry"),
    path("<str:run_id>/pause", views.pause, name="pause"),
    path("<str:run_id>/resume", views.resume, name="resume"),
    path("<str:run_id>/limit", views.limit, name="limit"),
    path("<str:run_id>/inputs/<str:token>", answers.answer, name="question"),
    path("<str:run_id>/tell", notice_views.notify, name="tell"),
    path("<str:run_id>/links", share_views.make, name="share"),
    path("<str:run_id>/links/<int:link_id>/revoke", share_views.revoke, name="unshare"),
]
