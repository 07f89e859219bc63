"""Asks for one path by every client of Python's own, and says what each got."""

import asyncio
import http.client
import json
import os
import socket
import ssl
import sys
import urllib.request

import chained

HOST = "abc.execute-api.us-east-1.amazonaws.com"
PATH = "/prod/%40connections/a"
other, other_authority = sys.argv[1:]
others_only = ssl.create_default_context(cadata=other_authority)
strict = ssl.create_default_context()
strict.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python does from 3.13 on


def by_http(make):
    connection = make()
    connection.request("GET", PATH)
    return connection.getresponse().read().decode()


def over(sock):
    with sock:
        sock.sendall(f"GET {PATH} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        with sock.makefile("rb") as file:
            return file.read().decode().partition("\r\n\r\n")[2]


def by_name():
    sock = socket.socket()
    sock.connect((HOST, 443))
    return over(others_only.wrap_socket(sock, server_hostname=HOST))


async def by_asyncio(context, host=HOST):
    reader, writer = await asyncio.open_connection(host, 443, ssl=context, server_hostname=HOST)
    writer.write(f"GET {PATH} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
    text = (await reader.read()).decode().partition("\r\n\r\n")[2]
    writer.close()
    return text


async def by_its_own_resolver(host, port):
    from aiohttp.resolver import AsyncResolver

    found = (await AsyncResolver().resolve(host, port))[0]
    return [found["host"] == "192.0.2.1", found["port"] == port]


clients = {
    "urllib": lambda: urllib.request.urlopen(f"https://{HOST}{PATH}").read().decode(),
    "urllib without TLS": lambda: urllib.request.urlopen(f"http://{HOST}{PATH}").read().decode(),
    "http.client": lambda: by_http(lambda: http.client.HTTPSConnection(HOST)),
    "authorities of its own": lambda: by_http(
        lambda: http.client.HTTPSConnection(HOST, context=others_only)
    ),
    "strict": lambda: by_http(lambda: http.client.HTTPSConnection(HOST, context=strict)),
    "spelled otherwise": lambda: by_http(
        lambda: http.client.HTTPSConnection("ABC.execute-api.us-east-1.amazonaws.com")
    ),
    "asyncio": lambda: asyncio.run(by_asyncio(True)),
    "asyncio, authorities of its own": lambda: asyncio.run(by_asyncio(others_only)),
    "an address with the port of its own": lambda: asyncio.run(
        by_asyncio(others_only, socket.getaddrinfo(HOST, 443)[0][4][0])
    ),
    "a socket that is given a name": by_name,
    "aiohttp's other resolver": lambda: asyncio.run(by_its_own_resolver(HOST, 443)),
    "aiohttp's other resolver, another host": lambda: asyncio.run(
        by_its_own_resolver("example.com", 443)
    ),
    "the proxy": lambda: os.environ.get("HTTPS_PROXY"),
    "another port": lambda: socket.getaddrinfo("127.0.0.1", 9)[0][4][1],
    "another host": lambda: urllib.request.urlopen(other, context=others_only).read().decode(),
    "the next sitecustomize": lambda: [chained.by, os.environ["PYTHONPATH"].count(os.pathsep)],
}
got = {}
for name, ask in clients.items():
    try:
        got[name] = ask()
    except Exception as error:
        got[name] = repr(error)
json.dump(got, sys.stdout)
