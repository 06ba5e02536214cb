"""A subscriber that takes our messages over real HTTP, refuses now and then, and remembers what it was sent."""

import random
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MESSAGE_ID = re.compile(rb"<(?:\w+:)?MessageID>([^<]+)<")
REPLY = (
    b'<ResponseMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>reply</Verb><Noun>UnplannedOutages</Noun>'
    b"</Header><Reply><Result>OK</Result></Reply></ResponseMessage>"
)


class Listener:
    """Counts, per MessageID, how often it accepted it; and the bodies it saw under it."""

    def __init__(self, *, seed: int = 1, refuse: float = 0.1) -> None:
        self.accepted: Counter[str] = Counter()
        self.bodies: dict[str, set[bytes]] = {}
        chance = random.Random(seed)
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                number = MESSAGE_ID.search(body)[1].decode()
                with lock:
                    refused = chance.random() < refuse
                    outer.bodies.setdefault(number, set()).add(body)
                    if not refused:
                        outer.accepted[number] += 1
                self.send_response(503 if refused else 200)
                self.send_header("Content-Length", "0" if refused else str(len(REPLY)))
                self.end_headers()
                if not refused:
                    self.wfile.write(REPLY)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/cim"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
