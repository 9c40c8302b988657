"""Answers fixed bytes and does nothing else: ``python -m tests.benchmarks.trivial PORT``.

What the load client reaches against it is the client's own ceiling.
"""

from __future__ import annotations

import select
import socket
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n" + b"." * 20


def serve(port: int) -> None:
    """Answer each request that comes in one piece, as small ones do on loopback."""
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    open_ones: dict[int, socket.socket] = {}
    while True:
        for number, _event in poll.poll():
            if number == listener.fileno():
                connection, _address = listener.accept()
                open_ones[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
            elif not _answer(open_ones[number]):
                open_ones.pop(number).close()


def _answer(connection: socket.socket) -> bool:
    """Answer what has come; whether the other side is still there."""
    try:
        if not connection.recv(65536):
            return False
        connection.sendall(ANSWER)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    serve(int(sys.argv[1]))
