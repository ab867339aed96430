"""Text messages by Twilio's REST API: one POST to the account's Messages resource.

Twilio knows no idempotency key, so a text message is only tried again after a definite refusal: a connection
that was never made, 408, 425, 429 or 503. After any other 5xx or a broken answer nobody knows.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from oncue.runtime.connectors import web
from oncue.runtime.connectors.base import DONE, Delivery, failed, retry, unknown
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.messages.message import Message

API = "https://api.twilio.com"
LONGEST = 1_600  # characters of a message, Twilio's own limit
TIMEOUT = 30.0
_OWN = frozenset({401, 403})  # our account's trouble, not the message's


class Twilio:
    """Sends text messages from one account."""

    def __init__(self, settings: Mapping[str, str], environment: Environment, at_once: int) -> None:
        account = environment.resolve(settings["account"])
        base = environment.resolve(settings.get("url", API)).rstrip("/")
        self._url = f"{base}/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
        login = f"{account}:{environment.resolve(settings['token'])}".encode()
        self._headers = {"Authorization": f"Basic {b64encode(login).decode()}"}
        sender = environment.resolve(settings["from"])
        self._sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        self._session = web.Session(TIMEOUT, at_once)

    async def deliver(self, message: Message, attempt: int) -> Delivery:
        given = msgspec.json.decode(message.data)
        if len(given["text"]) > LONGEST:
            return failed(f"the text has {len(given['text']):,} characters; at most {LONGEST:,} can be sent")
        form = {"To": given["to"], "Body": given["text"], **self._sender}
        try:
            answer = await self._session.call("POST", self._url, data=form, headers=self._headers)
        except web.NotSentError as error:
            return retry(str(error))
        except web.NoAnswerError as error:
            return unknown(str(error))
        return _judged(answer)

    async def close(self) -> None:
        await self._session.close()


def _judged(answer: web.Answer) -> Delivery:
    if 200 <= answer.status < 300:
        return DONE  # its status line alone says that the message was taken
    said = answer.document()
    why = f"{said.get('message', '')} (error {said['code']})" if "code" in said else ""
    if answer.status in _OWN:
        return retry(f"Twilio refuses the account: answered {answer.status}{': ' if why else ''}{why}")
    return web.judged(answer, why)
