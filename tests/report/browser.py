"""A headless Chromium, spoken to over a pipe: no driver, no port, no network."""

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--no-sandbox",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb",
)  # fmt: skip
_WAIT = 60


class Page:
    """One page of a browser, after the protocol of Chromium's developer tools."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._number = 0
        self._rest = b""
        self._session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, path: Path, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Show a file in a window of a size, in a colour scheme."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Page.navigate", url=path.as_uri())
        ready = "new Promise(done => document.readyState === 'complete' ? done(1)"
        self.ask(f"{ready} : addEventListener('load', () => done(1)))")

    def ask(self, expression: str) -> Any:
        """Return what a JavaScript expression evaluates to in the page."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **(text if kind == "keyDown" else {}),
            )

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Write a screenshot, of the window or of the ``whole`` page."""
        data = self._call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def printed(self) -> None:
        """Show the page as it would be printed."""
        self._call("Emulation.setEmulatedMedia", media="print")

    def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        for answer in self._messages():
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._hear(answer)
        raise AssertionError(f"the browser ended, or said nothing, during {method}")

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" in self._rest:
                one, self._rest = self._rest.split(b"\0", 1)
                yield json.loads(one)
            ready, _, _ = select.select([self._answers], [], [], _WAIT)
            chunk = os.read(self._answers, 1 << 20) if ready else b""
            if not chunk:
                return
            self._rest += chunk

    def _hear(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif message.get("method") == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(told["exceptionDetails"]["text"])
        elif message.get("method") == "Runtime.consoleAPICalled":
            self.complaints.append(str(told["args"]))


def chromium() -> str:
    """Return the path of a Chromium, or skip the test."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no chromium on this machine: apt install chromium")


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Start a headless Chromium with a profile of its own, and end it afterwards."""
    program = chromium()
    ours_out, theirs_in = os.pipe()
    theirs_out, ours_in = os.pipe()
    # The protocol wants its pipe at 3 (commands) and 4 (answers).
    line = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
    arguments = [program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        ["bash", "-c", line, "bash", str(theirs_out), str(theirs_in), *arguments],
        pass_fds=(theirs_out, theirs_in),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile)},
    )
    os.close(theirs_out)
    os.close(theirs_in)
    try:
        yield Page(ours_in, ours_out)
    finally:
        os.close(ours_in)
        os.close(ours_out)
        try:
            process.wait(_WAIT)  # it ends with its pipe
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def written(directory: Path, pages: Mapping[str, str]) -> dict[str, Path]:
    """Write pages into files of their names, for the browser to open."""
    found = {}
    for name, text in pages.items():
        found[name] = directory / f"{name}.html"
        found[name].write_text(text, encoding="utf-8")
    return found


def check_fits(shown: Page, file: Path, width: int, height: int) -> None:
    """A page is no wider than its window, asks for nothing, and nothing complains."""
    shown.open(file, width, height)
    assert shown.ask("document.documentElement.scrollWidth") <= width
    assert shown.ask("innerWidth") == width
    assert shown.complaints == []
    assert {url for url in shown.requests if not url.startswith(("file:", "data:"))} == set()
