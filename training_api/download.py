"""Downloading one file: streamed, resumed where it broke off, tried again with growing pauses."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

import httpx

from training_api.partial_file import PARTIAL, PartialFile
from training_api.spec.errors import SegsmithError

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each further try in a row that brought nothing."""
_UNHEARD = 2  # further tries where not even a connection comes about
_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
_UNREACHABLE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
_LONGEST_WISH = 60.0  # seconds of a Retry-After that are waited
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOTHING_LEFT = 416
_ERRNO = re.compile(r"\[Errno -?\d+\] ")


class NoConnection(SegsmithError):
    """The host cannot be reached, or breaks off again and again."""

    code = "no_connection"
    status = 503


class NotOffered(SegsmithError):
    """The host answered, but not with the file."""

    code = "not_offered"
    status = 502


class Watcher(Protocol):
    """Who hears how a download goes, and may end it."""

    def stopped(self) -> bool:
        """Asked between pieces and while waiting; True ends the download, what came stays."""
        ...

    def expected(self, left: int) -> None:
        """So many bytes are to come; may raise."""
        ...

    def moved(self, size: int, total: int | None) -> None:
        """So many bytes are there of so many, None while unknown."""
        ...

    def said(self, text: str) -> None:
        """A sentence for the log."""
        ...


class _BrokenOff(Exception):
    """A try ended early; another may go on. `wish` are the seconds that the host asks to wait."""

    def __init__(self, cause: str, wish: float = 0.0) -> None:
        super().__init__(cause)
        self.wish = wish


@dataclass
class Download:
    """`url` into the partial file `part`; at most `limit` bytes are taken."""

    url: str
    part: PartialFile
    limit: int
    watcher: Watcher
    pauses: tuple[float, ...] = PAUSES
    answers: list[httpx.Headers] = field(default_factory=list)  # of the last try, with redirects

    @property
    def host(self) -> str:
        """For sentences."""
        return urlsplit(self.url).netloc

    def run(self) -> bool:
        """True when the file is whole, False when stopped.

        Raises NoConnection, NotOffered, or what the watcher and the disk raise. Proxies come from
        the environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE).
        """
        failures = 0
        with httpx.Client(follow_redirects=True, timeout=_TIMEOUT) as client:
            while True:
                before = self.part.size
                try:
                    return self._try(client)
                except (_BrokenOff, httpx.TransportError) as error:
                    failures = 1 if self.part.size > before else failures + 1
                    if not self._wait(failures, error):
                        return False
                except httpx.HTTPError as error:
                    raise NotOffered(f"{self.host} did not give the file: {error}.") from error

    def _wait(self, failures: int, error: Exception) -> bool:
        """The pause before the next try; False when stopped meanwhile. Raises NoConnection."""
        sentence = self._sentence(error)
        unheard = isinstance(error, _UNREACHABLE)
        if failures > (min(_UNHEARD, len(self.pauses)) if unheard else len(self.pauses)):
            raise NoConnection(sentence) from error
        seconds = max(self.pauses[failures - 1], getattr(error, "wish", 0.0))
        self.watcher.said(f"{sentence} Trying again in {seconds:.0f} s.")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.watcher.stopped():
                return False
            time.sleep(0.05)
        return True

    def _try(self, client: httpx.Client) -> bool:
        headers = {"Accept-Encoding": "identity", **self.part.range_headers(self.url)}
        with client.stream("GET", self.url, headers=headers) as response:
            self.answers = [entry.headers for entry in (*response.history, response)]
            status = response.status_code
            if status == _NOTHING_LEFT and self.part.is_whole(response.headers):
                return True
            self._require_file(status, response.headers)
            with self.part.opened(self.url, status, response.headers) as file:
                return self._take(response, file)

    def _require_file(self, status: int, headers: httpx.Headers) -> None:
        if status in _PASSING:
            wish = headers.get("retry-after", "")
            seconds = min(float(wish), _LONGEST_WISH) if wish.isdecimal() else 0.0
            raise _BrokenOff(f"it answered {status}", seconds)
        misplaced = status == PARTIAL and not self.part.goes_on(headers)
        if misplaced or status == _NOTHING_LEFT:
            self.part.remove()
            raise _BrokenOff("what came so far is of another file")
        if status not in (200, PARTIAL):
            raise NotOffered(f"{self.host} does not offer {self.url}: it answered {status}.")

    def _take(self, response: httpx.Response, file: BinaryIO) -> bool:
        """Append the body. Raises httpx.TransportError when it breaks off."""
        size, total = file.tell(), self.part.total
        if total is not None:
            self._require_within(total)
            self.watcher.expected(total - size)
        for piece in response.iter_raw():
            if self.watcher.stopped():
                return False
            size += len(piece)
            self._require_within(size)
            file.write(piece)
            self.watcher.moved(size, total)
        file.flush()
        os.fsync(file.fileno())
        return not self.watcher.stopped()

    def _require_within(self, size: int) -> None:
        if size > self.limit:
            self.part.remove()
            raise NotOffered(
                f"{self.host} sends more than the {self.limit / 1e6:,.0f} MB that this file can "
                "have: it is another one. If it comes from a mirror, tell its keeper."
            )

    def _sentence(self, error: Exception) -> str:
        cause = _ERRNO.sub("", str(error)) or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in cause:
            return (
                f"The certificate of {self.host} is not trusted. Behind a proxy that opens "
                "connections, name its certificate in SSL_CERT_FILE."
            )
        what = f"The connection to {self.host} broke off"
        if isinstance(error, _UNREACHABLE):
            what = f"There is no connection to {self.host}"
        return f"{what} ({cause.splitlines()[0][:200].rstrip('.')})."
