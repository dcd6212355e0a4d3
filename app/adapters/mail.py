"""The post box: SMTP where one is named, files under the shop's folder otherwise."""

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from app.core.ports import Mailer, Post


def make_mailer(smtp_url: str | None, home: Path, sender: str) -> Mailer:
    """Return the post box that the settings ask for."""
    return SmtpMailer(smtp_url, sender) if smtp_url else FileMailer(home / "mail", sender)


def as_message(post: Post, sender: str) -> EmailMessage:
    """Return a post as an e-mail message."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = post.to
    message["Subject"] = post.subject
    message["Message-ID"] = f"<{post.message_id}@{parseaddr(sender)[1].partition('@')[2]}>"
    message.set_content(post.text)
    return message


class FileMailer:
    """Writes each letter to a file; sending it again overwrites the same file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder = folder
        self.sender = sender

    def send(self, post: Post) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = quote(post.message_id, safe=" @+=,")
        # Two copies of a job may write the same letter at once, so each has a draft of its own.
        draft = self.folder / f"{name}.{os.getpid()}.part"
        with draft.open("wb") as file:
            file.write(as_message(post, self.sender).as_bytes())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / f"{name}.eml")


class SmtpMailer:
    """Sends through an SMTP server, with TLS where the address says `smtps` or the server can."""

    def __init__(self, url: str, sender: str) -> None:
        self.parts = urlsplit(url)
        self.sender = sender

    def send(self, post: Post) -> None:
        host, port = self.parts.hostname or "localhost", self.parts.port
        with self._connect(host, port) as server:
            if self.parts.username:
                server.login(unquote(self.parts.username), unquote(self.parts.password or ""))
            server.send_message(as_message(post, self.sender))

    def _connect(self, host: str, port: int | None) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=30, context=context)
        server = smtplib.SMTP(host, port or 587, timeout=30)
        if server.has_extn("starttls") or (server.ehlo() and server.has_extn("starttls")):
            server.starttls(context=context)
        return server
