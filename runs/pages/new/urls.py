"""The addresses of the pages that start a run."""

from django.urls import path

from runs.pages.new import views

app_name = "new"

urlpatterns = [
    path("", views.catalogue, name="catalogue"),
    path("<str:name>/", views.workflow, name="workflow"),
]
