"""Moves a row from the landing zone to the published marts: loading, scheduling, checking, publishing."""
