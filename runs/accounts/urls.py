"""The addresses of what a person has beside runs: tokens, and wishes about mail."""

from django.urls import path

from runs.accounts import notice_views, token_views

app_name = "mine"

urlpatterns = [
    path("tokens/", token_views.mine, name="tokens"),
    path("tokens/<int:token_id>/revoke", token_views.revoke, name="revoke_token"),
    path("notices", notice_views.wish, name="wish"),
]
