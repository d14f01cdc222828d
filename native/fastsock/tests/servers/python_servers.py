"""Servers of Python's own library: python_servers.py serve|visit NAME PORT"""

import asyncio
import hashlib
import http.client
import http.server
import selectors
import socket
import socketserver
import sys
import threading

LARGE = bytes(i * 7 % 251 for i in range(1000003))


def receive_all(sock, count):
    data = bytearray()
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise SystemExit("ended too early, after %d" % len(data))
        data += part
    return bytes(data)


# --- servers ---


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(LARGE if self.path == "/large" else b"small")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(hashlib.sha256(body).hexdigest().encode())

    def log_message(self, *arguments):
        pass


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


async def echo_asyncio(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve_asyncio(port):
    server = await asyncio.start_server(echo_asyncio, "127.0.0.1", port)
    await server.serve_forever()


def serve_selectors(port):
    chosen = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port))
    listener.setblocking(False)
    chosen.register(listener, selectors.EVENT_READ)
    pending = {}

    def serve(key, mask):
        sock = key.fileobj
        if mask & selectors.EVENT_READ:
            data = sock.recv(30000)
            if not data:
                # What is still to be sent is more than a buffer may hold.
                chosen.unregister(sock)
                sock.setblocking(True)
                sock.sendall(pending.pop(sock))
                sock.close()
                return
            pending[sock] += data
        if pending[sock]:
            try:
                del pending[sock][: sock.send(pending[sock])]
            except BlockingIOError:
                pass
        writes = selectors.EVENT_WRITE if pending[sock] else 0
        chosen.modify(sock, selectors.EVENT_READ | writes)

    while True:
        for key, mask in chosen.select():
            if key.fileobj is listener:
                sock, _ = listener.accept()
                sock.setblocking(False)
                pending[sock] = bytearray()
                chosen.register(sock, selectors.EVENT_READ)
            else:
                serve(key, mask)


class Threads(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


def serve(name, port):
    if name == "asyncio":
        asyncio.run(serve_asyncio(port))
    elif name == "selectors":
        serve_selectors(port)
    elif name == "http.server":
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Pages).serve_forever()
    else:
        Threads(("127.0.0.1", port), Lines if name == "makefile" else Echo).serve_forever()


# --- clients ---


def visit_pages(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sums = []
    for _ in range(6):
        for path in ("/small", "/large"):
            connection.request("GET", path)
            sums.append(hashlib.sha256(connection.getresponse().read()).hexdigest()[:8])
        connection.request("POST", "/", LARGE)
        sums.append(connection.getresponse().read().decode()[:8])
    return hashlib.sha256("".join(sums).encode()).hexdigest()


def visit_lines(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        stream = sock.makefile("rwb")
        for i in range(500):
            stream.write(b"line %d\n" % i)
            stream.flush()
            if stream.readline() != b"LINE %d\n" % i:
                return "wrong line"
    return "lines"


def visit_echo(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        for i in range(500):
            message = LARGE[i : i + 1 + i * 5]
            sock.sendall(message)
            if receive_all(sock, len(message)) != message:
                return "wrong message"
        sender = threading.Thread(target=lambda: (sock.sendall(LARGE), sock.shutdown(socket.SHUT_WR)))
        sender.start()
        if receive_all(sock, len(LARGE)) != LARGE:
            return "wrong data"
        sender.join()
        return "echo, then %d" % len(sock.recv(1))


async def visit_asyncio(port):
    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for i in range(100):
            message = LARGE[number * 100 + i :][: 1 + i * 37]
            writer.write(message)
            await writer.drain()
            if await reader.readexactly(len(message)) != message:
                return "wrong"
        writer.write_eof()
        rest = await reader.read()
        writer.close()
        await writer.wait_closed()
        return "right, then %d" % len(rest)

    answers = await asyncio.wait_for(asyncio.gather(*(one(i) for i in range(20))), 15)
    return "%d of %s" % (len(answers), sorted(set(answers)))


def visit(name, port):
    if name == "http.server":
        return visit_pages(port)
    if name == "makefile":
        return visit_lines(port)
    if name == "asyncio":
        return asyncio.run(visit_asyncio(port))
    return visit_echo(port)


if __name__ == "__main__":
    what, which, where = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if what == "serve":
        serve(which, where)
    else:
        print(visit(which, where))
