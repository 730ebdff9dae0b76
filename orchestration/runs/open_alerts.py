"""Tells of open alerts that readers see: in the log of the run, and once each at the webhook.

Which ones the webhook has taken stands in a file beside the warehouse, so that neither a restart nor a rebuilt warehouse tells them again.
What could not be posted is posted by the next refresh, also by one that finds nothing new. An alert is forgotten when it closes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from orchestration.home import Home
from orchestration.runs.webhook import trouble_posting
from orchestration.settings import WEBHOOK_URL
from reading import figures
from reading.manifest import AlertEntry, read_manifest
from reading.versions import current_version

_MOST_LINES = 20


def tell_open_alerts(home: Home) -> tuple[Sequence[str], str | None]:
    """Post what the webhook was not told yet. Returns a line for each open alert, for the log, and what hindered the post, or None."""
    version = current_version(home.published)
    alerts = () if version is None else read_manifest(home.published / version).alerts
    told = _told(home) & {_key(alert) for alert in alerts}
    new = [alert for alert in alerts if _key(alert) not in told]
    webhook, trouble = WEBHOOK_URL.value, None
    if webhook and new:
        trouble = trouble_posting(webhook, notice(new, len(alerts)))
        if trouble is None:
            told |= {_key(alert) for alert in new}
    _keep(home, told)
    said = trouble and f"New alerts could not be posted to the configured webhook: {trouble} The next refresh tries again."
    return [in_words(alert) for alert in alerts], said


def notice(new: Sequence[AlertEntry], open_count: int) -> str:
    """What the webhook is told: the new alerts, the worst first."""
    lines = [in_words(alert) for alert in new[:_MOST_LINES]]
    more = [f"and {len(new) - _MOST_LINES} more"] if len(new) > _MOST_LINES else []
    return "\n".join([f"After-sales alerts: {len(new)} new, {open_count} open.", *lines, *more])


def in_words(alert: AlertEntry) -> str:
    """An alert in one line. Holds no customer's data: figures over everything, and names of channels, teams and the like."""
    expected = f"{figures.figure(alert.expected_low, alert.unit)} to {figures.figure(alert.expected_high, alert.unit)}"
    driver = f", mostly {alert.driver}" if alert.driver else ""
    return (
        f"{alert.level}: {alert.name} was {figures.figure(alert.value, alert.unit)} on {alert.judged_on}, expected {expected}; "
        f"open since {alert.since}{driver}."
    )


def _key(alert: AlertEntry) -> str:
    # Not since when: a late row may move that, and it is the same alert.
    return f"{alert.kpi_id} {alert.side}"


def _told(home: Home) -> set[str]:
    try:
        return {str(key) for key in json.loads(home.told_alerts.read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError):
        return set()


def _keep(home: Home, told: set[str]) -> None:
    if not told:
        home.told_alerts.unlink(missing_ok=True)
        return
    draft = home.told_alerts.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(sorted(told), indent=1), encoding="utf-8")
    draft.replace(home.told_alerts)
