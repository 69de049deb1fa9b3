#!/usr/bin/env python3
"""SMTP servers that have their own idea of who may send: for the tests of smtp_sender.

    notification_smtp_server.py --port PORT --mode closed|login|latin1

closed: greets with 554 and hangs up. login: takes mails from user "waybill" with password "secret" only.
latin1: refuses every recipient for good, in a reply that is no UTF-8.
"""

import argparse
import asyncio

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Discard:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"waybill", b"secret")
    return AuthResult(success=good, handled=False)


async def refuse(reader, writer):
    writer.write(b"554 5.3.2 No SMTP service here\r\n")
    await writer.drain()
    writer.close()


async def refuse_recipients(reader, writer):
    writer.write(b"220 localhost\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"RCPT":
            writer.write(b"550 5.1.1 adresse refus\xe9e\r\n")
        else:
            writer.write(b"221 2.0.0 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
        await writer.drain()
    writer.close()


async def serve(port, mode):
    loop = asyncio.get_running_loop()
    if mode in ("closed", "latin1"):
        talk = refuse if mode == "closed" else refuse_recipients
        server = await asyncio.start_server(talk, "127.0.0.1", port)
    else:
        server = await loop.create_server(
            lambda: SMTP(Discard(), hostname="localhost", auth_required=True, auth_require_tls=False,
                         authenticator=authenticate, loop=loop), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", choices=["closed", "login", "latin1"], required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.mode))


if __name__ == "__main__":
    main()
