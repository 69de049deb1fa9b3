#!/usr/bin/env python3
"""SMTP servers that have their own idea of who may send: for the tests of smtp_sender.

    notification_smtp_server.py --port PORT --mode closed|login

closed: greets with 554 and hangs up. login: takes mails from user "waybill" with password "secret" only.
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


async def serve(port, mode):
    loop = asyncio.get_running_loop()
    if mode == "closed":
        server = await asyncio.start_server(refuse, "127.0.0.1", port)
    else:
        server = await loop.create_server(
            lambda: SMTP(Discard(), hostname="localhost", auth_required=True, auth_require_tls=False,
                         authenticator=authenticate, loop=loop), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", choices=["closed", "login"], required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.mode))


if __name__ == "__main__":
    main()
