"""The pages. Each module has ``show``, which writes one page; what they share is in ``portal.parts`` and ``portal.charts``."""
