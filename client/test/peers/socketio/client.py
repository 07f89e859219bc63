# A client that is not JavaScript: python-socketio, as Debian has it. It does what a page in a group call
# does, and says what it hears, a line of JSON each.
import json
import sys

import socketio

url, path, room = sys.argv[1:]
client = socketio.Client()


def say(*what):
    print(json.dumps(what, default=list), flush=True)


@client.on("all users")
def everybody(ids):
    say("all users", ids)


@client.on("user joined")
def joined(call):
    say("user joined", call["signal"])
    client.emit("returning signal", {"callerID": call["callerID"], "signal": {"from": "python"}})


@client.event
def connect():
    say("connect", bool(client.get_sid()))
    client.emit("join room", room, callback=lambda ids: say("ack", ids))


@client.event
def disconnect():
    say("disconnect")


client.connect(url, socketio_path=path, transports=["websocket"], auth={"name": "python"})
sys.stdin.read()
client.disconnect()
