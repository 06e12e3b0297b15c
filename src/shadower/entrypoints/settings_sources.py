"""Where settings come from: the command line, the environment, a TOML file, the profile's defaults, in this order."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from shadower.entrypoints.settings import PREFIX, RULES, Profile, Settings, Technology, variable

CONFIG = PREFIX + "CONFIG"
"""Names the TOML file; without it, `shadower.toml` in the working directory is read if it is there."""
USUAL_FILE = "shadower.toml"


class SettingsInvalid(Exception):
    """One or more settings are unknown or malformed; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Given:
    """A value somebody set."""

    text: str
    called: str
    """The name under which it was set, for example SHADOWER_PORT."""
    origin: str


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings in effect, and where each comes from."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    environment: Mapping[str, str], overrides: Mapping[str, str] | None = None, directory: Path | None = None
) -> Effective:
    """
    Return the settings in effect. `overrides` are options of the command line, by setting.

    Every problem is found before any is told. An empty variable counts as not set. Raises SettingsInvalid.
    """
    problems: list[str] = []
    given = _from_file(environment, directory or Path(), problems)
    given |= _from_environment(environment, problems)
    given |= {name: Given(text, _option(name), "command line") for name, text in (overrides or {}).items()}
    problems += [f"{_option(name)} is no setting.{_nearest(name, list(RULES))}" for name in given if name not in RULES]
    profile = _read("profile", given, Profile.EMBEDDED, {}, problems) or Profile.EMBEDDED
    values: dict[str, Any] = {}
    for name in RULES:
        values[name] = _read(name, given, profile, values, problems if name != "profile" else [])
    if not problems:
        problems += _contradictions(settings := Settings(**values), given)
        if not problems:
            return Effective(settings, {name: _origin(name, given, profile) for name in RULES})
    raise SettingsInvalid(problems)


def settings_for(**overrides: str) -> Settings:
    """Return settings that depend on nothing outside the program. Raises SettingsInvalid."""
    return load({}, overrides, Path("/nonexistent")).settings


def _from_environment(environment: Mapping[str, str], problems: list[str]) -> dict[str, Given]:
    names = {variable(name): name for name in RULES}
    given = {}
    for called, text in sorted(environment.items()):
        if not called.startswith(PREFIX) or called == CONFIG or not text:
            continue
        if called in names:
            given[names[called]] = Given(text, called, "environment")
        else:
            problems.append(f"{called} is no setting.{_nearest(called, [*names, CONFIG])}")
    return given


def _from_file(environment: Mapping[str, str], directory: Path, problems: list[str]) -> dict[str, Given]:
    named = environment.get(CONFIG)
    path = directory / (named or USUAL_FILE)
    if not named and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        problems.append(f"{CONFIG} names {path}, which cannot be read: {error.strerror}.")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path} is not valid TOML: {error}.")
        return {}
    given = {}
    for called, value in table.items():
        if called not in RULES:
            problems.append(f"{called} in {path} is no setting.{_nearest(called, list(RULES))}")
        elif not isinstance(value, str | int | float):
            problems.append(f"{called} in {path} must be a text, a number or a boolean.")
        else:
            text = {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
            given[called] = Given(text, f"{called} in {path}", str(path))
    return given


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _read(
    name: str, given: Mapping[str, Given], profile: Profile, read_before: Mapping[str, Any], problems: list[str]
) -> Any:  # noqa: ANN401 - each setting has a type of its own
    rule = RULES[name]
    found = given.get(name)
    default = rule.by_profile.get(profile, rule.default)
    if found is None and default is None:
        return None
    try:
        if found is None:
            return rule.parse(str(default).format_map(read_before))
        return rule.parse(found.text)
    except ValueError as error:
        called = found.called if found else variable(name)
        value = "what is set" if rule.secret or "://" in str(found and found.text) else repr(found and found.text)
        problems.append(f"{called} must be {error}; {value} is not.")
        return None


def _contradictions(settings: Settings, given: Mapping[str, Given]) -> list[str]:
    if not settings.database_url:
        return [f"{variable('database_url')} is needed with the profile {settings.profile}."]
    if settings.workers > 1 and settings.technology is not Technology.POSTGRES:
        called = given["workers"].called
        store = "SQLite" if settings.technology is Technology.SQLITE else "the memory store"
        advice = f"set {variable('database_url')} to PostgreSQL or run one worker"
        return [f"{called} is {settings.workers}, but {store} serves one process: {advice}."]
    return []


def _origin(name: str, given: Mapping[str, Given], profile: Profile) -> str:
    if name in given:
        return given[name].origin
    return f"default ({profile})" if profile in RULES[name].by_profile else "default"


def _nearest(called: str, names: list[str]) -> str:
    near = get_close_matches(called, names, n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near else " `shadower config` lists them all."
