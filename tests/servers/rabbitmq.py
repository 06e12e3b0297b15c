"""RabbitMQ, where the system has it: there is no wheel that carries it."""

import signal
import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import ClassVar

from pika import BlockingConnection, URLParameters  # type: ignore[import-untyped]

from tests.servers.account import Account
from tests.servers.process import free_port
from tests.servers.server import Server

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Where Debian and Ubuntu put it: the one on the PATH insists on the system's own account and folders."""

SCRIPT = """
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & names=$!
"$1" & server=$!
trap 'kill -TERM $server' TERM
while kill -0 $server 2>/dev/null; do wait $server; done
kill $names
"""
"""Erlang's register of nodes is a daemon: the server would start one that outlives it."""


class RabbitmqServer(Server):
    """A RabbitMQ server of its own; what it acknowledged survives `kill9`."""

    name: ClassVar[str] = "rabbitmq"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        super().__init__(account=Account.unprivileged())

    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    def forget(self, *queues: str) -> None:
        """Delete queues of Dramatiq's with what waits in them, for its time, or for nobody any more."""
        with closing(BlockingConnection(URLParameters(self.url()))) as connection:
            channel = connection.channel()
            for queue in queues:
                for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
                    channel.queue_delete(name)

    def _command(self) -> Sequence[str | Path]:
        environment = {
            "ERL_EPMD_PORT": free_port(),
            "HOME": self.home,
            "RABBITMQ_CONFIG_FILE": self.home / "none",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": free_port(),
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.home / "no-plugins",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": self.home,
            "RABBITMQ_MNESIA_BASE": self.data_dir,
            "RABBITMQ_NODENAME": f"shadower-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": self.port,
            "RABBITMQ_PID_FILE": self.home / "pid",
            # Without a shell in between.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        return ["env", *(f"{name}={value}" for name, value in environment.items()), "sh", "-c", SCRIPT, "sh", PROGRAM]

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
        return False
