"""Spares dbt the events that nobody hears: it makes several for each statement, in full, before it looks whether anything listens.

They are a tenth of what a build of small tables costs. Two patches, which tests/unit/orchestration/runs/test_unheard_events.py watches.
"""

from __future__ import annotations

from typing import Any

from dbt.tracking import track_behavior_change_warn
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

_LOW = (EventLevel.DEBUG, EventLevel.TEST)
_GIVEN = "_given"

_made: Any = BaseEvent.__init__
_fired: Any = EventManager.fire_event


def spare_unheard_events() -> None:
    """Make an event when somebody looks at it, and let those below the level of every log pass. A second call changes nothing."""
    patches: dict[Any, dict[str, Any]] = {
        BaseEvent: {"__init__": _remember, "__getattr__": _look, "__setattr__": _set},
        EventManager: {"fire_event": _fire},
    }
    for patched, methods in patches.items():
        for name, method in methods.items():
            setattr(patched, name, method)


def _remember(event: BaseEvent, *arguments: Any, **options: Any) -> None:
    object.__setattr__(event, _GIVEN, (arguments, options))


def _look(event: BaseEvent, name: str) -> Any:
    if name == "pb_msg":
        arguments, options = object.__getattribute__(event, _GIVEN)
        _made(event, *arguments, **options)
        return object.__getattribute__(event, name)
    return getattr(event.pb_msg, name)


def _set(event: BaseEvent, name: str, value: Any) -> None:
    if name == "pb_msg":
        object.__setattr__(event, name, value)
    else:
        setattr(event.pb_msg, name, value)


def _fire(manager: EventManager, event: BaseEvent, level: EventLevel | None = None, node: Any = None, **options: Any) -> None:
    is_low = (level or event.level_tag()) in _LOW
    # dbt itself listens always, and only to warnings.
    is_heard = any(logger.level in _LOW for logger in manager.loggers) or any(
        callback is not track_behavior_change_warn for callback in manager.callbacks
    )
    if not is_low or is_heard:
        _fired(manager, event, level=level, node=node, **options)
