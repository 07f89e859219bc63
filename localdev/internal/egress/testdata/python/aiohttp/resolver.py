"""The names that aiohttp has: one resolver that is the system's, and one that asks by itself."""

import socket


class ThreadedResolver:
    async def resolve(self, host, port=0, family=socket.AF_INET):
        _, _, _, _, (address, its_port) = socket.getaddrinfo(host, port, family)[0]
        return [{"hostname": host, "host": address, "port": its_port}]


class AsyncResolver:
    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": "192.0.2.1", "port": port}]
