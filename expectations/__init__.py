"""What has to hold of the data that comes in and of the marts that go out, as Great Expectations suites.

Suites are pure functions of the feed declarations and the mart descriptions. They are run by ``runner``, which alone makes
a Great Expectations context. Nothing here knows Dagster, and nothing here stops a refresh: that follows from a severity.
"""
