"""Addresses of sites."""

from django.urls import path

from ingestion import views
from ingestion.knowledge import views as knowledge

app_name = "ingestion"

urlpatterns = [
    path("", views.sites, name="list"),
    path("new", views.new, name="new"),
    path("<uuid:site_id>/", views.detail, name="detail"),
    path("<uuid:site_id>/profile", views.profile, name="profile"),
    path("<uuid:site_id>/approve", views.approve, name="approve"),
    path("<uuid:site_id>/versions", views.versions, name="versions"),
    path("<uuid:site_id>/export", views.export, name="export"),
    path("<uuid:site_id>/found", knowledge.found, name="found"),
    path("<uuid:site_id>/changes", knowledge.changes, name="changes"),
    path("<uuid:site_id>/wish", knowledge.wish, name="wish"),
    path("<uuid:site_id>/read", knowledge.read, name="read"),
    path("<uuid:site_id>/schedule", knowledge.schedule, name="schedule"),
    path("<uuid:site_id>/delete", knowledge.delete, name="delete"),
]
