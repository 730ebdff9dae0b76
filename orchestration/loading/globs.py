"""What a file glob of a declaration matches. Which files lie in a landing zone is found in ``discovery``."""

from __future__ import annotations

import re


def glob_pattern(glob: str) -> str:
    """The regular expression of a glob in which ``*`` stays within a folder and ``**`` does not."""
    pattern = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", glob):
        pattern += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or (
            part.replace("[!", "[^") if len(part) > 1 else re.escape(part)
        )
    return pattern
