"""Addresses of posts."""

from django.urls import path

from agents import views

app_name = "agents"

urlpatterns = [
    path("", views.posts, name="list"),
    path("new", views.new, name="new"),
    path("<uuid:post_id>/", views.detail, name="detail"),
    path("<uuid:post_id>/post.md", views.download, name="download"),
]
