"""A mail server on this machine that takes everything and keeps nothing, so quickly that no benchmark waits for it.

with sink() as port: …
"""

import socketserver
import subprocess
import sys
from contextlib import contextmanager

ANSWERS = {b"EHLO": b"250-here\r\n250-8BITMIME\r\n250 SMTPUTF8", b"DATA": b"354 go on", b"QUIT": b"221 bye"}
BLOCK = 1 << 16  # bytes
END = b"\r\n.\r\n"


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"220 here\r\n")
        waiting = b""
        while received := self.request.recv(BLOCK):
            waiting += received
            while b"\r\n" in waiting:
                line, waiting = waiting.split(b"\r\n", 1)
                verb = line[:4].upper()
                self.request.sendall(ANSWERS.get(verb, b"250 fine") + b"\r\n")
                if verb == b"DATA":
                    waiting = self.skip_message(waiting)
                elif verb == b"QUIT":
                    return

    def skip_message(self, begun):
        """Take a message, of which this has come, and return what came behind it."""
        while END not in begun:
            # an end may be cut in two
            begun = begun[-len(END) :] + self.request.recv(BLOCK)
        self.request.sendall(b"250 taken\r\n")
        return begun.split(END, 1)[1]


@contextmanager
def sink():
    """The mail server in a process of its own; yields its port."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


if __name__ == "__main__":
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()
