"""Posts a notice in plain words to the address that the settings name. Knows neither what failed nor what it is about."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request

WEBHOOK_TIMEOUT_SECONDS = 10.0


def trouble_posting(webhook: str, notice: str) -> str | None:
    """Post the notice; say what hindered it, or None. The address is a secret and is not said."""
    try:
        request = urllib.request.Request(
            webhook, data=json.dumps({"text": notice}).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return f"it answered {error.code} ({error.reason})."
    except urllib.error.URLError as error:
        return f"it cannot be reached ({error.reason})."
    except OSError as error:
        return f"it broke off ({type(error).__name__})."
    except (http.client.HTTPException, ValueError) as error:
        return f"its address or its answer is not HTTP ({type(error).__name__})."
