"""What is wrong with a setting, as one kind of error. Checks nothing: that is done in ``settings`` and ``connections``."""

from __future__ import annotations

import os

WHAT_TO_DO = "Correct it where it is set (on a server: /etc/aftersales.env), or take it away to have the default, then run again."


class SettingError(RuntimeError):
    """A setting that cannot be used. The message says which one, its value unless that is secret, and what is expected."""

    @classmethod
    def of(cls, variable: str, expected: str) -> SettingError:
        """The error of an environment variable whose value may be shown; ``expected`` ends the sentence *it has to be …*."""
        return cls(f"{variable} is {os.environ.get(variable, '')!r}; it has to be {expected}. {WHAT_TO_DO}")
