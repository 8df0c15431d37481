"""Entry points of other packages: loaded, called, and told by name where they do not work."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from .errors import Fault, InputError, PluginWarning


def load_plugin(point: Any) -> Any:
    """What an entry point names, to be called; an InputError that names its package if there is no such thing."""
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:  # whatever somebody else's module does
        raise broken_plugin(point, f"cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(loaded):
        raise broken_plugin(point, f"is {loaded!r}", "a function or a class")
    return loaded


def call_plugin(point: Any, kinds: Any, allowed: str) -> Any:
    """What an entry point's function makes, one of `kinds`; an InputError that names its package if it does not."""
    make = load_plugin(point)
    try:
        result = make()
    except Exception as error:  # whatever somebody else's function does
        raise broken_plugin(point, f"raises {type(error).__name__}: {error}") from error
    if not isinstance(result, kinds):
        raise broken_plugin(point, f"makes {result!r}", allowed)
    return result


def usable(points: Mapping[str, Any], use: Callable[[Any], Any]) -> dict[str, Any]:
    """What `use` makes of each plugin; a broken one is left out, with a warning."""
    usable_plugins = {}
    for name, point in points.items():
        try:
            usable_plugins[name] = use(point)
        except InputError as error:
            warnings.warn(str(error), PluginWarning, stacklevel=3)
    return usable_plugins


def broken_plugin(point: Any, problem: str, allowed: str = "") -> InputError:
    """The error that says whose plugin does not work, in one line."""
    package = getattr(getattr(point, "dist", None), "name", None) or str(getattr(point, "value", "?")).partition(":")[0]
    return InputError(Fault(f"plugin {point.name!r} of package {package!r}", " ".join(problem.split()), allowed))
