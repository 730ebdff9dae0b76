"""The command ``aftersales``: asks, waits and renders. What it shows comes from elsewhere; it decides no number."""
