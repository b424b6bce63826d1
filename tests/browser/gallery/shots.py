"""Every page and state that is pictured, and every address that has no page of its own.

A path may name what the installation holds: `{done}` is its run that is done. `at` are the themes and widths that it is
pictured in; `ready` is what has to be seen before, as some things are drawn by a script.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.gallery.installation import GUARDED, OPERATOR, OWNER, VIEWER

LIGHT, DARK, PHONE = "", "dark", "phone"
ONCE = (LIGHT,)
TWICE = (LIGHT, PHONE)
ALL = (LIGHT, DARK, PHONE)


@dataclass(frozen=True)
class Shot:
    """One page in one state. `live` needs what runs now, `act` is a scene that does something on the page first."""

    name: str
    path: str
    who: str | None = OWNER
    at: tuple[str, ...] = ONCE
    status: int = 200
    live: bool = False
    act: str = ""
    ready: str = "main"


_UNDER_WAY = [
    Shot("run-writing", "/runs/{writing}/", at=ALL, live=True, ready="[data-tail]"),
    Shot("run-reading", "/runs/{reading}/", at=TWICE, live=True, ready="table.rows tbody tr"),
]
"""The first ones: after a minute without news their pages say that there are none."""
_STRANGERS = [
    Shot("home-stranger", "/", None, ALL),
    Shot("sign-in", "/accounts/login/", None, TWICE),
    Shot("sign-in-wrong", "/accounts/login/", None, act="sign_in_wrong"),
    Shot("sign-up", "/accounts/signup/", None),
    Shot("reset", "/accounts/password/reset/", None),
    Shot("reset-sent", "/accounts/password/reset/done/", None),
    Shot("reset-key", "/accounts/password/reset/key/1-nothing/", None),
    Shot("reset-key-done", "/accounts/password/reset/key/done/", None),
    Shot("confirm-email", "/accounts/confirm-email/nothing/", None),
    Shot("confirm-email-sent", "/accounts/confirm-email/", None),
    Shot("inactive", "/accounts/inactive/", None),
    Shot("enter-refused", "/enter/nothing", None, status=410),
    Shot("shared-run", "/s/{secret}/", None, TWICE),
    Shot("shared-nothing", "/s/nothing/", None, status=404),
    Shot("shared-post", "/posts/shared/{secret}/", None, TWICE),
]
_PEOPLE = [
    Shot("home", "/", at=ALL, live=True),
    Shot("new", "/new/", at=TWICE),
    Shot("new-workflow", "/new/order-report/", at=TWICE, live=True),
    Shot("new-workflow-wrong", "/new/order-report/", live=True, act="order_wrong"),
    Shot("new-post", "/posts/new", at=TWICE),
    Shot("new-post-open", "/posts/new", act="unfold"),
    Shot("new-site", "/sites/new", at=TWICE),
    Shot("new-site-open", "/sites/new", act="unfold"),
    Shot("runs", "/runs/", at=ALL, live=True),
    Shot("runs-nothing", "/runs/?q=nothing-is-called-this"),
    Shot("run-queued", "/runs/{queued}/", live=True),
    Shot("run-asks", "/runs/{asking}/", at=TWICE, live=True, ready=".ask"),
    Shot("run-outline", "/runs/{outline}/", at=ALL, live=True, ready="[data-outline]"),
    Shot("run-paused", "/runs/{paused}/", live=True),
    Shot("run-retrying", "/runs/{retrying}/", live=True),
    Shot("run-failed", "/runs/{broken}/", at=TWICE, live=True),
    Shot("run-failed-long-ago", "/runs/{failed}/"),
    Shot("run-cancelled", "/runs/{stopped}/", at=TWICE),
    Shot("run-done", "/runs/{done}/", at=ALL),
    Shot("run-read", "/runs/{read}/", at=TWICE),
    Shot("run-ordered", "/runs/{ordered}/", at=TWICE, live=True),
    Shot("run-big", "/runs/{big}/", at=TWICE),
    Shot("run-big-steps", "/runs/{big}/steps?name=read_page"),
    Shot("run-share", "/runs/{done}/", act="share"),
    Shot("sites", "/sites/", at=TWICE),
    Shot("site", "/sites/{site}/", at=ALL),
    Shot("site-search", "/sites/{site}/?q=night+tariff"),
    Shot("site-found", "/sites/{site}/found"),
    Shot("site-changes", "/sites/{site}/changes"),
    Shot("site-versions", "/sites/{site}/versions"),
    Shot("site-delete", "/sites/{site}/delete"),
    Shot("posts", "/posts/", at=TWICE),
    Shot("post", "/posts/{post}/", at=ALL),
    Shot("post-edit", "/posts/{post}/edit"),
    Shot("post-outline", "/posts/{post}/outline", at=TWICE),
    Shot("post-versions", "/posts/{post}/versions"),
    Shot("account", "/account/", at=TWICE),
    Shot("tokens", "/account/tokens/"),
    Shot("blogs", "/posts/blogs/"),
    Shot("webhooks", "/account/webhooks/"),
    Shot("webhook", "/account/webhooks/{hook}/"),
    Shot("email", "/accounts/email/"),
    Shot("password", "/accounts/password/change/"),
    Shot("mfa", "/accounts/2fa/"),
    Shot("mfa-on", "/accounts/2fa/", GUARDED),
    Shot("mfa-activate", "/accounts/2fa/totp/activate/"),
    Shot("mfa-deactivate", "/accounts/2fa/totp/deactivate/", GUARDED),
    Shot("mfa-codes", "/accounts/2fa/recovery-codes/", GUARDED),
    Shot("mfa-codes-anew", "/accounts/2fa/recovery-codes/generate/", GUARDED),
    Shot("mfa-reauthenticate", "/accounts/2fa/reauthenticate/", GUARDED),
    Shot("mfa-authenticate", "/accounts/2fa/authenticate/", None, act="sign_in_guarded"),
    Shot("reauthenticate", "/accounts/reauthenticate/"),
    Shot("sign-out", "/accounts/logout/"),
    Shot("error-404", "/nothing-here", at=TWICE, status=404),
    Shot("error-403", "/staff/fleet/workers/nothing/drain", VIEWER, status=403),
    Shot("error-429", "/accounts/login/", None, act="sign_in_too_often"),
]
_STAFF = [
    Shot("staff-overview", "/staff/", at=ALL, live=True),
    Shot("staff-runs", "/staff/runs/", at=ALL, live=True),
    Shot("staff-runs-filtered", "/staff/runs/?status=failed&since=7d&workflow=write-post&cost=0.01"),
    Shot("staff-runs-wrong", "/staff/runs/?age=old&status=broken"),
    Shot("staff-runs-nothing", "/staff/runs/?q=nothing-is-called-this"),
    Shot("staff-causes", "/staff/runs/causes", at=TWICE),
    Shot("staff-bulk-preview", "/staff/bulk/new?act=retry&all=1&status=failed", at=TWICE),
    Shot("staff-bulk-cancel", "/staff/bulk/new?act=cancel&all=1&status=waiting", live=True),
    Shot("staff-bulk-nothing", "/staff/bulk/new?act=cancel&all=1&status=completed"),
    Shot("staff-bulk-progress", "/staff/bulk/{acting}/", at=TWICE),
    Shot("staff-bulk-done", "/staff/bulk/{act}/"),
    Shot("staff-bulk", "/staff/bulk/"),
    Shot("staff-run", "/staff/runs/{done}/", at=ALL),
    Shot("staff-run-step", "/staff/runs/{done}/?step=section-2.chat", at=ALL),
    Shot("staff-run-conversation", "/staff/runs/{done}/steps/section-2.chat/conversation"),
    Shot("staff-run-failed", "/staff/runs/{failed}/?step=section-2.chat", at=TWICE),
    Shot("staff-run-flame", "/staff/runs/{done}/?view=flame", at=TWICE),
    Shot("staff-run-flame-found", "/staff/runs/{done}/?view=flame&q=gpt"),
    Shot("staff-run-log", "/staff/runs/{done}/?view=log"),
    Shot("staff-run-values", "/staff/runs/{done}/?view=values"),
    Shot("staff-run-origin", "/staff/runs/{done}/?view=origin"),
    Shot("staff-run-fork", "/staff/runs/{broken}/fork", at=TWICE, live=True, ready="main textarea"),
    Shot("staff-run-fork-late", "/staff/runs/{earlier}/fork?step=outline"),
    Shot("staff-run-big", "/staff/runs/{big}/", at=TWICE),
    Shot("staff-run-live", "/staff/runs/{writing}/", live=True),
    Shot("staff-run-asks", "/staff/runs/{asking}/", live=True),
    Shot("staff-compare", "/staff/compare?a={done}&b={earlier}", at=TWICE),
    Shot("staff-compare-ask", "/staff/compare?a={done}"),
    Shot("staff-fleet", "/staff/fleet/", at=ALL, live=True),
    Shot("staff-worker-drain", "/staff/fleet/workers/{worker}/drain", live=True),
    Shot("staff-worker-take", "/staff/fleet/workers/{worker}/take", live=True),
    Shot("staff-promote", "/staff/fleet/deployments/dev/promote", live=True),
    Shot("staff-deployment-drain", "/staff/fleet/deployments/v42/drain", live=True),
    Shot("staff-provider-pause", "/staff/fleet/providers/{gate}/pause", live=True),
    Shot("staff-fleet-trouble", "/staff/fleet/", at=TWICE, live=True, act="trouble_in_the_fleet"),
    Shot("staff-provider-resume", "/staff/fleet/providers/{gate}/resume", live=True),
    Shot("staff-cost", "/staff/money/", at=ALL),
    Shot("staff-cost-months", "/staff/money/?since=90d"),
    Shot("staff-alerts", "/staff/alerts/", at=TWICE),
    Shot("admin", "/admin/", at=(LIGHT, DARK), ready="body"),
    Shot("admin-runs", "/admin/runs/run/", ready="#changelist", live=True),
    Shot("admin-run", "/admin/runs/run/{done}/change/", ready="body"),
    Shot("api-docs", "/api/docs", None, ALL, ready="main"),
]
_LAST = [Shot("error-500", "/posts/", status=500, act="break_posts", live=True)]
"""After it the installation is of no more use."""

SHOTS = [
    *_UNDER_WAY,
    *_STRANGERS,
    *_PEOPLE,
    *(Shot(**{**vars(shot), "who": OPERATOR}) if shot.who == OWNER else shot for shot in _STAFF),
    *_LAST,
]

WITHOUT_A_PAGE = {
    "parts of pages": """staff:overview_fragment staff:runs_rows staff:fleet_fragment staff:bulk_fragment
        staff:run_fragment runs:fragment runs:steps_fragment shared_fragment recorded""",
    "only posted to": """staff:view_save staff:view_remove staff:bulk_stop staff:run_cancel staff:run_retry
        staff:run_pause staff:run_resume staff:run_restart runs:cancel runs:retry runs:pause runs:resume
        runs:tell runs:share runs:unshare ingestion:profile ingestion:approve ingestion:wish ingestion:read
        ingestion:schedule agents:share agents:unshare agents:restore agents:revise agents:settle agents:hand_over
        agents:remove_blog agents:check_links mine:revoke_token
        mine:wish webhooks:test webhooks:enable webhooks:remove webhooks:redeliver theme csp_report""",
    "files": """staff:runs_csv staff:runs_json staff:run_log staff:run_part runs:output runs:published
        ingestion:export agents:download agents:export favicon mfa_download_recovery_codes""",
    "for machines": "healthz readyz metrics",
    "lead on to one that is pictured": """runs:question runs:limit staff:run_limit account_set_password
        account_confirm_login_code""",
}
"""The named addresses that no shot shows, by why."""
