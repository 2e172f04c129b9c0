"""A stand-in for the daemon: answers every call on a socket with what it was told to.

usage: cli_daemon.py SOCKET ANSWERS.json

ANSWERS maps a method's last word to a reply object, or to a string that is sent as it is ("" hangs
up). The calls that came are appended to SOCKET.calls, one a line. Says "ready" and then serves until
it is ended.
"""

import json
import socket
import sys

path, answers = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
print("ready", flush=True)
while True:
    client, _ = server.accept()
    data = b""
    while piece := client.recv(65536):
        data += piece
        while b"\0" in data:
            frame, data = data.split(b"\0", 1)
            call = json.loads(frame)
            with open(path + ".calls", "a", encoding="utf-8") as calls:
                calls.write(json.dumps(call, sort_keys=True) + "\n")
            answer = answers[call["method"].split(".")[-1]]
            if answer == "":
                client.shutdown(socket.SHUT_RDWR)
            elif isinstance(answer, str):
                client.sendall(answer.encode() + b"\0")
            else:
                client.sendall(json.dumps(answer).encode() + b"\0")
    client.close()
