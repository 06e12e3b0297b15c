"""The server as a process: how it starts, how it stops, and what goes on beside it."""

import json
import signal
import socket
import threading
from typing import Any

from tests.cli.conftest import Running, Shadower, eventually
from tests.cli.listening import ends, listening
from tests.cli.long_job import ask_for_a_long_job, is_done, is_under_way

BOOTSTRAP = "a-bootstrap-key_of-forty-characters-0001"
KEY_LINE = "Your admin key for the workspace default, shown only now: "
AN_EVENT = {"type": "agent.executed", "id": "one", "agent_id": "a", "status": "success"}


def test_the_first_start_shows_a_key_and_later_ones_do_not(shadower: Shadower) -> None:
    with shadower.running("serve") as server:
        assert server.line("Shadower is at ") == shadower.url
        key = server.line(KEY_LINE)
        assert server.ask("/api/v1/events", key, [AN_EVENT])[1]["stored"] == 1
        assert server.stop() == 0
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        assert server.ask("/api/v1/events", key, [AN_EVENT])[1]["duplicates"] == 1
        assert server.stop(signal.SIGINT) == 0
        assert KEY_LINE not in server.rest()


def test_a_bootstrap_key_lets_in_at_once_and_none_is_shown(shadower: Shadower) -> None:
    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP) as server:
        server.line("Shadower is at ")
        status, workspace = server.ask("/api/v1/workspaces/current", BOOTSTRAP)
        assert (status, workspace["time_zone"]) == (200, "UTC")
        server.stop()
        assert KEY_LINE not in server.rest()


def test_commands_work_while_the_server_runs(shadower: Shadower) -> None:
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        assert shadower("workspaces", "create", "acme").returncode == 0
        key = shadower("keys", "create", "--workspace", "acme", "--scope", "ingest").stdout.strip()
        assert server.ask("/api/v1/events", key, [AN_EVENT])[1]["stored"] == 1
        assert shadower("verify").returncode == 0
        assert shadower("rebuild").returncode == 0
        number = shadower("keys", "list", "--workspace", "acme").stdout.split("\t")[0]
        assert shadower("keys", "revoke", "--workspace", "acme", number).returncode == 0
        eventually(lambda: server.ask("/api/v1/events", key, [])[0] == 401, within=5)


def test_after_a_kill_it_starts_again_with_everything_it_acknowledged(shadower: Shadower) -> None:
    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP) as server:
        server.line("Shadower is at ")
        assert server.ask("/api/v1/events", BOOTSTRAP, [AN_EVENT])[1]["stored"] == 1
        server.process.kill()
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        assert server.ask("/api/v1/events/one", BOOTSTRAP)[0] == 200


def test_a_stop_finishes_what_was_accepted(shadower: Shadower) -> None:
    body = json.dumps([AN_EVENT]).encode()
    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP) as server:
        server.line("Shadower is at ")
        with sending(shadower.port, length=len(body)) as connection:
            connection.sendall(body[:10])
            server.process.send_signal(signal.SIGTERM)
            eventually(lambda: not listens(shadower.port))
            connection.sendall(body[10:])
            assert b'"stored":1' in connection.recv(65_536)
        assert server.process.wait(20) == 0


def sending(port: int, *, length: int) -> socket.socket:
    """Begin to send events; the server waits for a body of so many bytes by now."""
    connection = socket.create_connection(("127.0.0.1", port))
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {BOOTSTRAP}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
    return connection


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_request_that_never_ends_cannot_keep_it_from_stopping(shadower: Shadower) -> None:
    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP, SHUTDOWN_SECONDS="1") as server:
        server.line("Shadower is at ")
        with sending(shadower.port, length=1000):
            assert server.stop() == 0
    assert "stopped with requests unanswered" in (shadower.folder / "log").read_text()


def test_a_job_that_takes_longer_than_a_stop_is_begun_again_and_has_lost_no_attempt(shadower: Shadower) -> None:
    def job(server: Running) -> dict[str, Any]:
        found: dict[str, Any] = server.ask(f"/api/v1/jobs/{number}", BOOTSTRAP)[1]
        return found

    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP, SHUTDOWN_SECONDS="0.1") as server:
        server.line("Shadower is at ")
        number = ask_for_a_long_job(server, BOOTSTRAP)
        eventually(lambda: is_under_way(job(server)))
        assert server.stop() == 0
    assert "unanswered" not in (shadower.folder / "log").read_text()
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        eventually(lambda: is_done(job(server)))
        assert job(server)["attempts"] == 1


def test_an_idle_connection_does_not_keep_it_from_stopping(shadower: Shadower) -> None:
    with shadower.running("serve", SHUTDOWN_SECONDS="600") as server:
        server.line("Shadower is at ")
        with socket.create_connection(("127.0.0.1", shadower.port)) as connection:
            connection.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            assert server.stop() == 0


def test_live_connections_do_not_keep_it_from_stopping_and_are_told(shadower: Shadower) -> None:
    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP, SHUTDOWN_SECONDS="600") as server:
        server.line("Shadower is at ")
        with listening(server) as (socket, stream):
            poll = threading.Thread(target=server.ask, args=("/api/v1/live/poll?topic=events&after=0", BOOTSTRAP))
            poll.start()
            server.ask("/api/v1/events", BOOTSTRAP, [AN_EVENT])
            assert server.stop() == 0
            assert ends(socket, stream) == (1012, 1012)
            poll.join()


def test_a_second_server_on_the_same_file_is_a_clear_error(shadower: Shadower) -> None:
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        second = shadower("serve", PORT=str(Shadower(shadower.folder).port))
        assert second.returncode == 1
        assert second.stderr.startswith("Error: Another server runs on ")


def test_a_port_that_is_taken_is_a_clear_error(shadower: Shadower) -> None:
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        second = shadower("serve", DATA_DIR=str(shadower.folder / "other"))
        assert second.returncode == 1
        assert second.stderr.startswith(f"Error: Cannot listen on 127.0.0.1:{shadower.port}: ")


def test_several_workers_on_sqlite_are_a_clear_error(shadower: Shadower) -> None:
    told = shadower("serve", "--workers", "2")
    assert (told.returncode, told.stdout) == (2, "")
    assert "--workers is 2, but SQLite serves one process" in told.stderr


def test_a_store_of_another_schema_is_a_clear_error(shadower: Shadower) -> None:
    told = shadower("serve", MIGRATE="off")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("Error: ")
    assert "shadower migrate" in told.stderr
    assert told.stderr.count("\n") == 1


def test_log_lines_are_json_away_from_a_terminal(shadower: Shadower) -> None:
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        server.stop()
    lines = [json.loads(line) for line in (shadower.folder / "log").read_text().splitlines()]
    assert "ready" in [line["event"] for line in lines]
    assert all({"level", "timestamp"} <= set(line) for line in lines)
