"""Which wiring the settings choose."""

from importlib import import_module

from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings, Technology
from shadower.entrypoints.wiring.bundle import StoreBundle

_EXTRAS = {Technology.POSTGRES: "postgres"}


class ExtraMissing(Exception):
    """The settings choose a technology whose libraries are not installed."""


def chosen_store(settings: Settings, clock: Clock) -> StoreBundle:
    """
    Return the store that the settings choose, not yet open.

    Each wiring module has `store_bundle(settings, clock)`. Raises ExtraMissing.
    """
    technology = settings.technology
    try:
        wiring = import_module(f"shadower.entrypoints.wiring.{technology}")
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(technology)
        if extra is None or (error.name or "").startswith("shadower"):
            raise
        advice = f"pip install 'shadower[{extra}]'"
        raise ExtraMissing(f"The {technology} store needs {error.name}, which is not installed: {advice}") from error
    bundle: StoreBundle = wiring.store_bundle(settings, clock)
    return bundle
