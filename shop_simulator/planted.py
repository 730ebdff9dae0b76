"""Works out what the KPIs must come to because of what is planted, and says so in the words of the marts."""

from __future__ import annotations

from shop_simulator.world import World


def planted_truths(world: World) -> list[dict[str, object]]:
    """The truths."""
    return []
