"""Addresses of sites."""

from django.urls import path

from ingestion import views

app_name = "ingestion"

urlpatterns = [
    path("", views.sites, name="list"),
    path("new", views.new, name="new"),
    path("<uuid:site_id>/", views.detail, name="detail"),
    path("<uuid:site_id>/profile", views.profile, name="profile"),
    path("<uuid:site_id>/approve", views.approve, name="approve"),
    path("<uuid:site_id>/versions", views.versions, name="versions"),
    path("<uuid:site_id>/export", views.export, name="export"),
]
