"""
Real PostgreSQL and Redis for tests and benchmarks, from binaries that come as Python wheels, and RabbitMQ where it is
installed.

Each server has its own folder and its own port on the loopback interface, keeps that port when it is started again,
can be killed without warning, and never outlives the process that started it, however that process ends.
"""

from tests.servers.postgres import PostgresServer
from tests.servers.rabbitmq import RabbitmqServer
from tests.servers.redis import RedisServer

__all__ = ["PostgresServer", "RabbitmqServer", "RedisServer"]
