"""Assembles the inbound suites: one per declared feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from expectations.inbound.contents import content_rules
from expectations.inbound.deliveries import delivery_rules
from expectations.inbound.feed import Feed
from expectations.suites import Suite


def inbound_suites(feeds: Sequence[Feed], as_of: datetime | None = None) -> list[Suite]:
    """What has to hold of every feed after loading; ``as_of`` (UTC) is the moment the marts will speak of, None for the newest row."""
    return [
        Suite(
            subject=feed.subject,
            meaning=f"Accepted rows and deliveries of the feed {feed.name} of {feed.source_system}.",
            rules=(*content_rules(feed), *delivery_rules(feed, feeds, as_of)),
        )
        for feed in feeds
    ]
