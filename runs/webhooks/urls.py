"""The addresses of a person's webhooks."""

from django.urls import path

from runs.webhooks import views

app_name = "webhooks"

urlpatterns = [
    path("", views.webhooks, name="list"),
    path("<uuid:webhook_id>/", views.detail, name="detail"),
    path("<uuid:webhook_id>/test", views.test, name="test"),
    path("<uuid:webhook_id>/enable", views.enable, name="enable"),
    path("<uuid:webhook_id>/remove", views.remove, name="remove"),
    path("<uuid:webhook_id>/deliveries/<int:delivery_id>/redeliver", views.redeliver, name="redeliver"),
]
