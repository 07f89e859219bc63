"""Leads connections to the hosts that localdev answers for to localdev, whatever opens them.

Python imports a module of this name in each process that a function starts. All other connections
are left as they are.
"""

import os
import sys


def redirect(told):
    import _socket
    import json
    import re
    import socket

    told = json.loads(told)
    for name in "HTTPS_PROXY", "https_proxy":  # none is needed any more, and failures name it
        if os.environ.get(name) == told["proxy"]:
            del os.environ[name]
    here, _, port = told["address"].rpartition(":")
    here = (here, int(port))
    hosts = frozenset(told["hosts"])
    ports = {80, "80", "http", b"80", b"http", 443, "443", "https", b"443", b"https"}

    def named(host):
        if isinstance(host, (bytes, bytearray)):
            host = host.decode("ascii", "replace")
        return host.rstrip(".").lower() if isinstance(host, str) else ""

    def is_ours(host):
        return named(host) in hosts

    asked = set()  # hosts of AWS that go elsewhere

    def note(host):
        for known in told["notes"]:
            if host not in asked and re.search(known["pattern"], host):
                asked.add(host)
                print("localdev:", host, known["text"], file=sys.stderr, flush=True)

    kept = set()  # what a client may hold for the address of a host, without the port

    def leads_here(host, port):
        if port not in ports:
            return False
        if not (is_ours(host) or host in kept):
            note(named(host))
            return False
        kept.add(here[0])
        trust(told["authority"], is_ours)
        return True

    # The lowest place: also that of asyncio, and of pools with connections of their own.
    resolve = _socket.getaddrinfo

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        if leads_here(host, port):
            host, port = here
        return resolve(host, port, family, type, proto, flags)

    _socket.getaddrinfo = getaddrinfo

    # But a socket that is given a name resolves it beneath that.
    def by_name(connect):
        def connect_to(self, address):
            if isinstance(address, tuple) and len(address) == 2 and leads_here(*address):
                address = here
            return connect(self, address)

        return connect_to

    socket.socket.connect = by_name(socket.socket.connect)
    socket.socket.connect_ex = by_name(socket.socket.connect_ex)

    # With aiodns installed, aiohttp asks a resolver that is not the system's.
    def by_aiodns(module):
        ask = module.AsyncResolver.resolve

        async def resolve_it(self, host, port=0, *args, **kwargs):
            if leads_here(host, port):
                return await module.ThreadedResolver().resolve(host, port)
            return await ask(self, host, port, *args, **kwargs)

        module.AsyncResolver.resolve = resolve_it

    sys.meta_path.insert(0, After("aiohttp.resolver", by_aiodns))


class After:
    """Changes a module when it is imported, if ever."""

    def __init__(self, name, change):
        self.name, self.change = name, change

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        from importlib import util

        spec = util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                self.change(module)

            spec.loader.exec_module = exec_module
        return spec


def trust(authority, is_ours):
    """Has connections to localdev trust its authority, also where a library brings its own ones."""
    import ssl

    if ssl.SSLContext.wrap_socket.__module__ == __name__:
        return

    def trusting(wrap, position):
        def wrapped(self, *args, **kwargs):
            name = args[position] if len(args) > position else kwargs.get("server_hostname")
            if is_ours(name):
                self.load_verify_locations(cadata=authority)
            return wrap(self, *args, **kwargs)

        return wrapped

    ssl.SSLContext.wrap_socket = trusting(ssl.SSLContext.wrap_socket, 4)
    ssl.SSLContext.wrap_bio = trusting(ssl.SSLContext.wrap_bio, 3)


def go_on():
    """Runs the sitecustomize that this one hides, of the system or of the function."""
    from importlib import machinery, util

    mine = os.path.dirname(os.path.abspath(__file__))
    path = [folder for folder in sys.path if os.path.abspath(folder) != mine]
    spec = machinery.PathFinder.find_spec(__name__, path)
    if spec is not None and spec.loader is not None:
        module = util.module_from_spec(spec)
        sys.modules[__name__] = module
        spec.loader.exec_module(module)


if "LOCALDEV_HOSTS" in os.environ:
    redirect(os.environ["LOCALDEV_HOSTS"])
go_on()
