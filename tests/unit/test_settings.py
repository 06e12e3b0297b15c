"""What may be set, from where, and what is said when it is wrong."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shadower.entrypoints.settings import LogFormat, Profile, Role, Settings, Technology
from shadower.entrypoints.settings_report import lines
from shadower.entrypoints.settings_sources import Effective, SettingsInvalid, load, settings_for

KEY = "a-key_made_up_for_an_unattended_set-up"
POSTGRES = "postgresql://shadower:secret@db.example:5432/shadower"


def read(tmp_path: Path, **environment: str) -> Settings:
    return load({f"SHADOWER_{name}": text for name, text in environment.items()}, directory=tmp_path).settings


def problems(tmp_path: Path, **environment: str) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        read(tmp_path, **environment)
    return caught.value.problems


def shown(effective: Effective) -> Mapping[str, str]:
    return {line.name: line.value for line in lines(effective)}


def test_without_any_setting_one_process_keeps_one_sqlite_file(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.profile is Profile.EMBEDDED
    assert settings.technology is Technology.SQLITE
    assert settings.sqlite_file == Path(".shadower/shadower.sqlite3")
    assert (settings.host, settings.port, settings.workers, settings.migrate) == ("127.0.0.1", 8000, 1, True)


def test_the_sqlite_file_follows_the_data_directory(tmp_path: Path) -> None:
    settings = read(tmp_path, DATA_DIR=str(tmp_path / "data"))
    assert settings.sqlite_file == tmp_path / "data" / "shadower.sqlite3"


def test_a_profile_only_sets_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, PROFILE="Production", DATABASE_URL=POSTGRES, MIGRATE="yes")
    assert settings.profile is Profile.PRODUCTION
    assert (settings.host, settings.migrate) == ("0.0.0.0", True)  # noqa: S104 - said, not bound
    assert read(tmp_path, PROFILE="memory").technology is Technology.MEMORY
    assert read(tmp_path, PROFILE="memory", DATABASE_URL="sqlite:///x.db").technology is Technology.SQLITE


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_spelling_of_postgresql_is_one_store(tmp_path: Path, scheme: str) -> None:
    settings = read(tmp_path, DATABASE_URL=f"{scheme}://u@h/d")
    assert (settings.database_url, settings.technology) == ("postgresql://u@h/d", Technology.POSTGRES)


def test_postgresql_may_be_reached_through_a_socket(tmp_path: Path) -> None:
    assert read(tmp_path, DATABASE_URL="postgresql:///d?host=/run/pg").database_url == "postgresql:///d?host=/run/pg"


def test_production_names_its_store(tmp_path: Path) -> None:
    assert problems(tmp_path, PROFILE="production") == ["SHADOWER_DATABASE_URL is needed with the profile production."]


def test_an_unknown_setting_is_an_error_that_names_it_and_the_nearest(tmp_path: Path) -> None:
    assert problems(tmp_path, PROT="80") == ["SHADOWER_PROT is no setting. Did you mean SHADOWER_PORT?"]
    assert problems(tmp_path, XYZZY="1") == ["SHADOWER_XYZZY is no setting. `shadower config` lists them all."]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, PROT="80", PORT="eighty", LOG_LEVEL="loud")
    assert [sentence.split()[0] for sentence in told] == ["SHADOWER_PROT", "SHADOWER_PORT", "SHADOWER_LOG_LEVEL"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "8000.0"),
        ("WORKERS", "0"),
        ("HOST", "not a host"),
        ("API_DOCS", "maybe"),
        ("STATEMENT_TIMEOUT", "0"),
        ("STATEMENT_TIMEOUT", "nan"),
        ("STATEMENT_TIMEOUT", "1e3"),
        ("SHUTDOWN_SECONDS", "-1"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "x.db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "memory://x"),
        ("DATABASE_URL", "postgresql://u@h"),
        ("DATABASE_URL", "postgresql://u@h:99999/d"),
        ("REDIS_URL", "http://h"),
        ("REDIS_URL", "redis://"),
        ("BOOTSTRAP_KEY", "short"),
        ("BOOTSTRAP_KEY", "x" * 201),
        ("BOOTSTRAP_KEY", "with a space" + "x" * 32),
        ("METRICS_TOKEN", "short"),
    ],
)
def test_a_malformed_setting_is_an_error_that_names_it(tmp_path: Path, name: str, text: str) -> None:
    (told,) = problems(tmp_path, **{name: text})
    assert told.startswith(f"SHADOWER_{name} must be ")


@pytest.mark.parametrize("name", ["BOOTSTRAP_KEY", "METRICS_TOKEN"])
def test_an_error_does_not_repeat_a_secret(tmp_path: Path, name: str) -> None:
    (told,) = problems(tmp_path, **{name: "s3 cr3t"})
    assert "s3 cr3t" not in told


def test_an_error_does_not_repeat_the_password_of_an_address(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, DATABASE_URL="mysql://u:hunter2@h/d")
    assert "hunter2" not in told


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, REDIS_URL="", PORT="").port == 8000


def test_one_process_only_unless_the_store_is_postgresql(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, WORKERS="2")
    assert told.startswith("SHADOWER_WORKERS is 2, but SQLite serves one process")
    assert read(tmp_path, WORKERS="2", DATABASE_URL=POSTGRES).workers == 2


def test_the_toml_file_of_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "shadower.toml").write_text('port = 9000\napi_docs = false\nlog_format = "json"\n')
    settings = read(tmp_path)
    assert (settings.port, settings.api_docs, settings.log_format) == (9000, False, LogFormat.JSON)


def test_the_environment_wins_over_the_file_and_an_option_over_both(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("port = 9000\nworkers = 1\nhost = 'localhost'")
    environment = {"SHADOWER_CONFIG": "other.toml", "SHADOWER_PORT": "9001", "SHADOWER_HOST": "::1"}
    effective = load(environment, {"port": "9002"}, tmp_path)
    assert (effective.settings.port, effective.settings.host) == (9002, "::1")
    origins = [effective.origins[name] for name in ("port", "host", "workers", "data_dir", "database_url")]
    file = str(tmp_path / "other.toml")
    assert origins == ["command line", "environment", file, "default", "default (embedded)"]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("prot = 1", "prot in "),
        ("port = [1]", "port in "),
        ("port = 2000-01-01", "port in "),
        ("port = true", "port in "),
        ("port = ", ""),
    ],
)
def test_a_mistake_in_the_file_is_an_error_that_names_the_file(tmp_path: Path, text: str, start: str) -> None:
    file = tmp_path / "shadower.toml"
    file.write_text(text)
    (told,) = problems(tmp_path)
    assert told.startswith(start)
    assert str(file) in told


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, CONFIG="missing.toml")
    assert told.startswith("SHADOWER_CONFIG names ")


def test_a_server_does_everything_and_in_production_only_answers(tmp_path: Path) -> None:
    assert read(tmp_path).roles == tuple(Role)
    assert read(tmp_path, PROFILE="production", DATABASE_URL=POSTGRES).roles == (Role.API,)
    everything = read(tmp_path, PROFILE="production", DATABASE_URL=POSTGRES, ROLES="all")
    assert everything.roles == tuple(Role)
    assert read(tmp_path, ROLES="data-aggregator, Analytics-API").roles == (Role.AGGREGATOR, Role.API)
    (told,) = problems(tmp_path, ROLES="analytics-api,worker")
    assert told.startswith("SHADOWER_ROLES must be all, or some of analytics-api, ")


@pytest.mark.parametrize("text", ["redis://h", "amqp://", "http://h", "amqp"])
def test_a_broker_is_a_rabbitmq_server(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, BROKER_URL="amqps://u:p@h:5671/v").broker_url == "amqps://u:p@h:5671/v"
    (told,) = problems(tmp_path, BROKER_URL=text)
    assert told.startswith("SHADOWER_BROKER_URL must be amqp://")


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    environment = {
        "SHADOWER_DATABASE_URL": "postgresql://me:hunter2@h/d?password=hunter2",
        "SHADOWER_REDIS_URL": "redis://:hunter2@h:6379/0",
        "SHADOWER_BROKER_URL": "amqp://me:hunter2@h/v",
        "SHADOWER_BOOTSTRAP_KEY": KEY,
        "SHADOWER_METRICS_TOKEN": "hunter2hunter2",
    }
    told = shown(load(environment, directory=tmp_path))
    assert not [value for value in told.values() if "hunter2" in value or KEY in value]
    assert told["SHADOWER_DATABASE_URL"] == "postgresql://me:***@h/d?password=***"
    assert told["SHADOWER_REDIS_URL"] == "redis://:***@h:6379/0"


def test_what_is_shown_can_be_set_again(tmp_path: Path) -> None:
    effective = load({}, directory=tmp_path)
    again = {name: value for name, value in shown(effective).items() if value != "(not set)"}
    assert load(again, directory=tmp_path).settings == effective.settings


def test_a_program_may_state_its_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHADOWER_PROT", "1")
    assert settings_for(profile="memory").technology is Technology.MEMORY


def test_a_program_may_not_state_what_is_no_setting() -> None:
    with pytest.raises(SettingsInvalid, match=r"--prot is no setting\. Did you mean port\?"):
        settings_for(prot="1")
