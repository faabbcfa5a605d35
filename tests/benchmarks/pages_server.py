"""A loopback server that gives pages of batches as fast as Python can: one segment an answer, no Nagle.

    python pages_server.py PAGES ITEMS_PER_PAGE [spaced]

Prints its base URL on one line and serves until it is killed. `spaced` writes JSON as json.dumps does.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import uuid


def batch(number: int) -> dict[str, object]:
    """Gives a batch as the API writes one."""
    made = str(uuid.UUID(int=number))
    return {
        "id": f"bat-{made}",
        "config": {"job": {"configuration_id": f"cfg-{made}", "type": "parse_v2"}},
        "project_id": made,
        "source_directory_id": f"dir-{made}",
        "status": "COMPLETED",
        "created_at": "2026-08-20T18:11:19.117000Z",
        "results": None,
        "updated_at": "2026-08-20T18:11:20.001000Z",
    }


def answers(pages: int, items: int, separators: tuple[str, str]) -> list[bytes]:
    """Gives the whole HTTP answers, page by page."""
    found = []
    for page in range(pages):
        token = f"t{page + 1}" if page + 1 < pages else None
        body = json.dumps(
            {
                "items": [batch(page * items + item) for item in range(items)],
                "next_page_token": token,
                "total_size": None,
            },
            separators=separators,
        ).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        found.append(head + body)
    return found


def serve(connection: socket.socket, pages: list[bytes]) -> None:
    """Answers the requests of one connection by their page token."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            data = connection.recv(65536)
            if not data:
                return
            buffer += data
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        _, found, rest = head.split(b"\r\n", 1)[0].partition(b"page_token=t")
        number = int(rest.split(b"&")[0].split(b" ")[0]) if found else 0
        connection.sendall(pages[number])


def main() -> None:
    """Serves on a free port."""
    separators = (", ", ": ") if "spaced" in sys.argv else (",", ":")
    pages = answers(int(sys.argv[1]), int(sys.argv[2]), separators)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, pages), daemon=True).start()


if __name__ == "__main__":
    main()
