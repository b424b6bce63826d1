"""The addresses of the pages that start a run."""

from django.urls import path

from runs.pages import new

app_name = "new"

urlpatterns = [
    path("", new.catalogue, name="catalogue"),
    path("<str:name>/", new.workflow, name="workflow"),
]
