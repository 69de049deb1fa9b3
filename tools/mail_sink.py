#!/usr/bin/env python3
"""An SMTP server that stores the mails it receives, for the local stack and for tests.

    mail_sink.py --port PORT --dir DIR

Each accepted message becomes DIR/<time>-<number>.eml, which is complete as soon as it has that name. Its
first lines, X-Envelope-From and X-Envelope-To, hold the addresses from MAIL FROM and RCPT TO.

A recipient's address can provoke a failure: `reject.anything@...` is always refused with 550, and
`tempfail.anything@...` is refused with 451 the first time.
"""

import argparse
import asyncio
import os
import signal
import time

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
MAX_MESSAGE_BYTES = 10 * 1024 * 1024


class Sink:
    """Handles the SMTP commands of all sessions; runs on the only event loop."""

    def __init__(self, folder):
        self.folder = folder
        self.kept = 0
        self.failed_once = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        local_part = address.lower().rsplit("@", 1)[0]
        if local_part.startswith("reject."):
            return "550 5.1.1 No such mailbox"
        if local_part.startswith("tempfail.") and address not in self.failed_once:
            self.failed_once.add(address)
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.kept += 1
        name = f"{time.time_ns()}-{self.kept}.eml"
        unfinished = os.path.join(self.folder, f".{name}")
        with open(unfinished, "xb") as file:
            file.write(f"X-Envelope-From: {envelope.mail_from}\r\n".encode())
            file.write(f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n".encode())
            file.write(envelope.original_content)
        os.rename(unfinished, os.path.join(self.folder, name))
        return f"250 2.0.0 Stored as {name}"


async def serve(port, folder):
    os.makedirs(folder, exist_ok=True)
    sink = Sink(folder)
    loop = asyncio.get_running_loop()

    def session():
        return SMTP(sink, hostname="localhost", enable_SMTPUTF8=True,
                    data_size_limit=MAX_MESSAGE_BYTES, loop=loop)

    server = await loop.create_server(session, HOST, port, reuse_address=True)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    port = server.sockets[0].getsockname()[1]
    print(f"mail sink ready on {HOST}:{port}; mails are stored in {folder}", flush=True)
    await stopped.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True, help="the port to listen on; 0 takes a free one, which the ready line names")
    parser.add_argument("--dir", required=True, help="the folder for the mails; created if missing")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.dir))


if __name__ == "__main__":
    main()
