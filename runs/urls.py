"""The addresses of runs' pages."""

from django.urls import path

from runs import views

app_name = "runs"

urlpatterns = [
    path("", views.runs_list, name="list"),
    path("<str:run_id>/", views.detail, name="detail"),
    path("<str:run_id>/fragment", views.fragment, name="fragment"),
    path("<str:run_id>/cancel", views.cancel, name="cancel"),
    path("<str:run_id>/retry", views.retry, name="retry"),
]
