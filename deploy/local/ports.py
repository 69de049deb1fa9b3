"""Answers questions of the local stack about TCP ports of 127.0.0.1.

    ports.py free N       prints N free ports, one per line
    ports.py owner PORT   exits with 0 if PORT is free; otherwise prints which process listens there and exits with 1
"""

import os
import random
import socket
import sys

# These are below the range from which Linux takes the ports of outgoing connections (32768 up), so that no
# passing connection takes a free port before its server binds it.
FIRST, LAST = 20000, 32000


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
        return True


def free_ports(count):
    found = []
    for port in random.sample(range(FIRST, LAST), LAST - FIRST):
        if is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    sys.exit(f"there are no {count} free ports between {FIRST} and {LAST}")


def listening_inodes(port):
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as rows:
                next(rows)
                for row in rows:
                    fields = row.split()
                    if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                        inodes.add(f"socket:[{fields[9]}]")
        except OSError:
            continue
    return inodes


def owner(port):
    inodes = listening_inodes(port)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") in inodes:
                    with open(f"/proc/{pid}/comm", encoding="utf-8") as name:
                        return f"{name.read().strip()}, pid {pid}"
        except OSError:
            continue  # the process has ended, or belongs to another user
    return "a process of another user"


def main():
    verb, number = sys.argv[1], int(sys.argv[2])
    if verb == "free":
        print("\n".join(map(str, free_ports(number))))
    elif not is_free(number):
        print(owner(number))
        sys.exit(1)


main()
