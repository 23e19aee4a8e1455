"""A server on this machine for a test: of files, or of an error."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Served(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, but says `code` of every path with `refused` in it."""

    code = 503
    refused = "/no path/"

    def do_GET(self) -> None:
        if self.refused in self.path:
            self.send_error(self.code)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is shown."""


@contextmanager
def serving(folder: Path, handler: type[Served] = Served) -> Iterator[str]:
    """The URL of a folder, as long as the block lasts; then nobody answers there."""
    made = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), made) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
