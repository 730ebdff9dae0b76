"""What can go wrong when a snapshot is published, as errors whose message a person can act on."""

from __future__ import annotations


class PublishingError(RuntimeError):
    """Base of everything that publishing refuses to do."""


class SelectionError(PublishingError):
    """The dbt manifest does not say clearly what may be published."""


class CustomerKeyError(PublishingError):
    """The key of the customer pseudonyms is missing, too weak, or open to others."""


class GateNotPassed(PublishingError):
    """The run's recorded checks do not allow publishing."""


class SpoiltSnapshot(PublishingError):
    """A snapshot was changed after it was built, so that what was checked is not what would be published."""
