"""Addresses of posts."""

from django.urls import path

from agents import views
from agents.editing import views as editing
from agents.export import views as exporting
from agents.handover import views as handing
from agents.outlining import views as outlining
from agents.revising import views as revising

app_name = "agents"

urlpatterns = [
    path("", views.posts, name="list"),
    path("new", views.new, name="new"),
    path("<uuid:post_id>/", views.detail, name="detail"),
    path("<uuid:post_id>/post.md", exporting.export, {"form": "markdown"}, name="download"),
    path("<uuid:post_id>/as/<str:form>", exporting.export, name="export"),
    path("<uuid:post_id>/links", exporting.share, name="share"),
    path("<uuid:post_id>/links/<int:link_id>/revoke", exporting.revoke, name="unshare"),
    path("blogs/", handing.blogs, name="blogs"),
    path("blogs/<uuid:blog_id>/remove", handing.remove, name="remove_blog"),
    path("<uuid:post_id>/hand-over", handing.hand_over, name="hand_over"),
    path("<uuid:post_id>/check-links", handing.check_links, name="check_links"),
    path("shared/<str:token>/", exporting.shared, name="shared"),
    path("<uuid:post_id>/edit", editing.edit, name="edit"),
    path("<uuid:post_id>/outline", outlining.outline, name="outline"),
    path("<uuid:post_id>/versions", editing.history, name="versions"),
    path("<uuid:post_id>/versions/<int:number>/restore", editing.restore, name="restore"),
    path("<uuid:post_id>/revise", revising.revise, name="revise"),
    path("<uuid:post_id>/edits/<int:place>/<int:change>", editing.settle, name="settle"),
]
