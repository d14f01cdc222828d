# Many connections that are used a little, then not at all: serve|visit PORT SECONDS
import resource, selectors, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
role, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
def report(before):
    cpu = time.process_time() - before
    rss = next(int(l.split()[1]) for l in open("/proc/self/smaps_rollup") if l.startswith("Rss:"))
    return cpu * 1000, rss
if role == "serve":
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    chosen = selectors.DefaultSelector()
    chosen.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in chosen.select():
            if key.fileobj is listener:
                sock, _ = listener.accept()
                chosen.register(sock, selectors.EVENT_READ)
            else:
                data = key.fileobj.recv(64)
                if data:
                    key.fileobj.sendall(data)
                else:
                    chosen.unregister(key.fileobj)
                    key.fileobj.close()
else:
    start = report(0)[1]
    socks = [socket.create_connection(("127.0.0.1", port)) for _ in range(1000)]
    for sock in socks:
        for _ in range(6):
            sock.sendall(b"x")
            sock.recv(1)
    before = time.process_time()
    print("idle", flush=True)
    time.sleep(seconds)
    cpu, rss = report(before)
    print(cpu, (rss - start) / 1000)
