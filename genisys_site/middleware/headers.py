"""The headers of every response, errors included: what a page may load, run and ask for, and who may keep it."""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from genisys_site.middleware.inline import Inline


class ContentSecurityPolicy(Inline, CSPMiddleware):
    """Gives each response its policy: the admin's, that of static files, and a strict one for all others.

    Stands before the middleware that serves static files: a worker, and an SVG that is opened, go by the policy of
    their own file.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only:
            if request.path_info.startswith(reverse("admin:index")):
                parts.config = settings.ADMIN_CONTENT_SECURITY_POLICY
            elif request.path_info.startswith(settings.STATIC_URL):
                parts.config = settings.STATIC_CONTENT_SECURITY_POLICY
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Reporting-Endpoints", f'csp="{settings.CSP_REPORT_PATH}"')
        return response


PUBLIC = frozenset({"favicon", "recorded", "healthz", "readyz", "api:openapi-json"})
"""Addresses, by name, that answer everybody alike. Any other address is taken for private."""


class KeptByNobody(Inline):
    """Says of each response that depends on who asks that no cache may keep it: neither a proxy's, which would hand it
    to others, nor a browser's, which would show it to whoever sits there next.

    Static files and PUBLIC are excepted. What a view says beyond that stays (`no-transform` of a stream).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        match = request.resolver_match
        if request.path_info.startswith(settings.STATIC_URL) or (match is not None and match.view_name in PUBLIC):
            return response
        said = {part.strip() for part in response.headers.get("Cache-Control", "").split(",")}
        if not {"no-store", "private"} <= said:
            kept = ["no-transform"] if "no-transform" in said else []
            response.headers["Cache-Control"] = ", ".join(["no-store", "private", *kept])
        return response
