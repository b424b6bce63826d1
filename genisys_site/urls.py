"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from agents.api import blogs, posts
from agents.brief import api as angles
from agents.outlining import api as outlining
from genisys_site import health, theme, views
from genisys_site.accounts import account, door, records, sign_in
from genisys_site.middleware import csp_reports
from genisys_site.welcome import views as welcome
from ingestion.api import actions, sites
from runs.api import api
from runs.pages.sharing import share_views
from staff.machines import views as machines

api.add_router("/sites", sites.router)
api.add_router("/sites", actions.router)
api.add_router("/posts", posts.router)
api.add_router("/posts", outlining.router)
api.add_router("/posts", blogs.posts)
api.add_router("/blogs", blogs.blogs)
api.add_router("/sites", angles.router)
api.openapi_extra["tags"] += [
    {"name": "Sites", "description": "The sites that were read, their pages, and what is known from them."},
    {"name": "Posts", "description": "The posts that were written: text, evidence, versions, outline, hand-over."},
    {"name": "Blogs", "description": "The blogs of yours that posts can be handed over to."},
]

# Before the admin gives its addresses.
admin.site.login = door.admin_sign_in  # type: ignore[assignment,method-assign]
records.dress(admin.site)

urlpatterns = [
    path("", views.home, name="home"),
    path("recorded", welcome.recorded, name="recorded"),
    path("new/", include("runs.pages.new.urls")),
    path("sites/", include("ingestion.urls")),
    path("posts/", include("agents.urls")),
    path("runs/", include("runs.urls")),
    path("account/webhooks/", include("runs.webhooks.urls")),
    path("staff/", include("staff.urls")),
    path("api/", api.urls),
    path("s/<str:token>/", share_views.shared, name="shared"),
    path("s/<str:token>/fragment", share_views.shared_fragment, name="shared_fragment"),
    path("account/", account.overview, name="account"),
    path("account/", include("runs.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", views.favicon, name="favicon"),
    path("theme", theme.choose, name="theme"),
    path("enter/<str:token>", sign_in.enter, name="enter"),
    path("csp-report", csp_reports.take, name="csp_report"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", machines.metrics, name="metrics"),
]
