# SPDX-License-Identifier: BSD-3-Clause
"""A TCP connection between two hosts that never falls silent: numbered messages that are echoed."""

import socket
import struct
import threading
import time

from .wire import inside

_PORT = 7007


class Conversation:
    """Speaks from start to close(). The client's side sends one message after the other's echo."""

    def __init__(self, client_space, server_space, family, target):
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        with inside(server_space):
            self._listener = socket.socket(kind)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((target, _PORT))
        self._listener.listen()
        with inside(client_space):
            self._client = socket.socket(kind)
        self._client.settimeout(10)
        self._client.connect((target, _PORT))
        self._client.settimeout(120)
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server, _ = self._listener.accept()
        self.echoed, self.error, self._over = 0, None, False
        self._threads = [threading.Thread(target=self._echo, daemon=True),
                         threading.Thread(target=self._talk, daemon=True)]
        for thread in self._threads:
            thread.start()

    def _echo(self):
        try:
            while data := self._server.recv(4096):
                self._server.sendall(data)
        except OSError as error:
            if not self._over:
                self.error = error

    def _talk(self):
        try:
            while not self._over:
                message = struct.pack(">Q", self.echoed) * 64
                self._client.sendall(message)
                got = b""
                while len(got) < len(message):
                    part = self._client.recv(len(message) - len(got))
                    if not part:
                        raise OSError("connection closed")
                    got += part
                if got != message:
                    raise OSError(f"message {self.echoed} came back changed")
                self.echoed += 1
                time.sleep(0.002)
        except OSError as error:
            if not self._over:
                self.error = error

    def wait_progress(self, messages=10, timeout_s=60):
        """Waits until so many more messages were echoed; returns the seconds that took."""
        start, want = time.monotonic(), self.echoed + messages
        while self.echoed < want:
            if self.error:
                raise RuntimeError(f"the connection broke: {self.error}")
            if time.monotonic() - start > timeout_s:
                raise TimeoutError(f"silent for {timeout_s} s at message {self.echoed}")
            time.sleep(0.005)
        return time.monotonic() - start

    def close(self):
        self._over = True
        for one in (self._client, self._server, self._listener):
            one.close()
        for thread in self._threads:
            thread.join(5)
