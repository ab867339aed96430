"""Opens a page in Chromium (Qt's) without a screen and prints what it shows, as JSON.

A program of its own, since one process has one browser: `python look.py PAGE WIDTH SCRIPT [PICTURE]`. What
the JavaScript of SCRIPT gives is ``found``; ``asked`` is every address that the page asked for, but its own.
Exit code 5: the engine cannot start here, the reason on stderr.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_LOGGING_RULES"] = "*=false"
os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
try:
    from PySide6.QtCore import QTimer, QUrl
    from PySide6.QtWebEngineCore import QWebEngineSettings, QWebEngineUrlRequestInterceptor
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(5)


class Watch(QWebEngineUrlRequestInterceptor):
    """Writes down what is asked for, and lets nothing but files through."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def interceptRequest(self, info) -> None:  # noqa: N802 -- Qt's name
        address = info.requestUrl()
        self.asked.append(address.toString())
        info.block(not address.isLocalFile())


def look(page: str, width: int, script: str, picture: str) -> dict[str, object]:
    application = QApplication(sys.argv[:1])
    view, watch, seen = QWebEngineView(), Watch(), {}
    view.page().profile().setUrlRequestInterceptor(watch)
    view.settings().setAttribute(QWebEngineSettings.WebAttribute.LocalContentCanAccessRemoteUrls, True)
    view.resize(width, 640)

    def told(found: object) -> None:
        seen["found"] = found
        if picture:
            view.grab().save(picture)
        application.quit()

    def loaded(_right: bool) -> None:
        QTimer.singleShot(100, lambda: view.page().runJavaScript(script, told))

    view.loadFinished.connect(loaded)
    view.load(QUrl.fromLocalFile(page))
    view.show()
    QTimer.singleShot(20_000, application.quit)
    application.exec()
    view.page().deleteLater()
    return {**seen, "asked": [each for each in watch.asked if not each.endswith(page)]}


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], int(sys.argv[2]), sys.argv[3], (sys.argv[4:] or [""])[0])))
    sys.stdout.flush()
    os._exit(0)  # Qt's own way out may wait for a graphics card that is not there
