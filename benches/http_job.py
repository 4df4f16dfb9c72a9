#!/usr/bin/env python3
"""Reads over HTTP, ours beside GDAL's /vsicurl (default and tuned) and async-tiff with obstore, in turn from one nginx.

    VENV/bin/python benches/http_job.py target/release/cogwork SCENE.tif [--runs N] [--tls] [--ranges] [--checks]

Needs nginx (Debian: apt install nginx-light), openssl, and in the Python: rasterio, async-tiff, obstore. nginx runs on free
ports of 127.0.0.1 with its configuration and logs in a temporary folder, as whoever starts this. Each run is a new process
with a path prefix of its own; its requests and the bytes of their bodies are counted in nginx's log, for all alike. GDAL's
and async-tiff's time counts from after their imports, ours is the whole process. The last column is cogwork's time over that
client's. Every client's pixels are compared with GDAL's read of the local file in every run (ours in the one that warms up).

Latency is added by a relay between client and nginx: what arrives leaves 10 ms later, each way, and a new connection waits
20 ms more, for the handshake that a far server would need. It has no slow start, no loss and no cap. Its delay and what it
carries are measured and printed first.

--checks runs ours against a server that refuses many requests (limit_req, by 503 and by 429), with TLS by a local CA, and
behind a CONNECT proxy, and compares the pixels with GDAL's read of the local file."""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib

GDAL = r"""
import sys, json, time, zlib
import rasterio
from rasterio.windows import Window
url, overview, window, options = json.loads(sys.argv[1])
level = {} if overview is None else {"overview_level": overview}
with rasterio.Env(**options):
    started = time.monotonic()
    with rasterio.open(url, **({} if window == "open" else level)) as source:
        pixels = source.overviews(1) and b"" if window == "open" else source.read(window=window and Window(*window))
    wall = time.monotonic() - started
print(json.dumps({"wall": wall, "pixels": zlib.crc32(pixels)}))
"""
ASYNC_TIFF = r"""
import sys, os, json, time, zlib, asyncio
import numpy
from async_tiff import TIFF
from obstore.store import HTTPStore
url, overview, window, options = json.loads(sys.argv[1])

async def pixels():
    base, name = url.rsplit("/", 1)
    tiff = await TIFF.open(name, store=HTTPStore(base, client_options=options))
    if window == "open":
        return None
    index = 0 if overview is None else overview + 1
    ifd = tiff.ifds[index]
    left, top, width, height = window or (0, 0, ifd.image_width, ifd.image_height)
    across, down = ifd.tile_width, ifd.tile_height
    spots = [(x, y) for y in range(top // down, (top + height - 1) // down + 1)
             for x in range(left // across, (left + width - 1) // across + 1)]
    tiles = await tiff.fetch_tiles(spots, index)
    block = None
    for (column, row), decoded in zip(spots, await asyncio.gather(*(tile.decode() for tile in tiles))):
        samples = numpy.asarray(decoded)
        if block is None:
            block = numpy.empty((height, width, samples.shape[2]), samples.dtype)
        x, y = column * across - left, row * down - top
        target = block[max(y, 0):y + down, max(x, 0):x + across]
        skip = max(-y, 0), max(-x, 0)
        target[...] = samples[skip[0]:skip[0] + target.shape[0], skip[1]:skip[1] + target.shape[1]]
    return block

started = time.monotonic()
block = asyncio.run(pixels())
wall = time.monotonic() - started
print(json.dumps({"wall": wall, "pixels": zlib.crc32(b"" if block is None else block.transpose(2, 0, 1).tobytes())}), flush=True)
os._exit(0)  # seen once: a crash after this line, perhaps of threads at shutdown
"""
TUNED = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_INGESTED_BYTES_AT_OPEN": 65536, "GDAL_NUM_THREADS": "ALL_CPUS",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES", "GDAL_HTTP_MULTIPLEX": "YES", "GDAL_HTTP_VERSION": "2TLS",
    "CPL_VSIL_CURL_CACHE_SIZE": 200_000_000, "VSI_CACHE": "TRUE", "GDAL_CACHEMAX": 1024,
}
DELAY = 0.010  # seconds, each way
# What a server takes for one small answer after another, and for 200 MB.
PROBE = r"""
import sys, time, json, http.client
host, path = sys.argv[1:3]
connection = http.client.HTTPConnection(host)

def seconds(until):
    started = time.monotonic()
    connection.request("GET", path, headers={"Range": f"bytes=0-{until}"})
    answer, buffer = connection.getresponse(), bytearray(1 << 20)
    while answer.readinto(buffer):
        pass
    return time.monotonic() - started

first, small, large = seconds(0), min(seconds(0) for _ in range(5)), 200_000_000
print(json.dumps([first * 1e3, small * 1e3, large / 1e6 / min(seconds(large - 1) for _ in range(3))]))
"""
NGINX = """
daemon off; {user} worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format runs '$request_method\t$http_range\t$status\t$body_bytes_sent\t$connection\t$server_protocol\t$uri';
    access_log {folder}/access.log runs;
    client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t;
    scgi_temp_path {folder}/t;
    sendfile on; keepalive_requests 100000; default_type image/tiff;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    limit_req_zone $server_port zone=all:1m rate=20r/s;
    server {{ listen 127.0.0.1:{plain}; {files} }}
    server {{ listen 127.0.0.1:{tls} ssl http2; {files} }}
    server {{ listen 127.0.0.1:{limited503}; limit_req zone=all burst=5 nodelay; limit_req_status 503; {files} }}
    server {{ listen 127.0.0.1:{limited429}; limit_req zone=all burst=5 nodelay; limit_req_status 429; {files} }}
}}
"""
Case = collections.namedtuple("Case", "name file overview window")
Request = collections.namedtuple("Request", "method range status bytes connection protocol uri")
WINDOW = [4500, 4700, 2048, 2048]  # columns and rows from, then how many: beside the blocks, as windows are
CASES = [
    Case("open", "scene.tif", None, "open"),
    Case("overview 0 (5490 x 5490)", "scene.tif", 0, None),
    Case("overview 1 (2745 x 2745)", "scene.tif", 1, None),
    Case("2048 window, 1024 blocks", "blocks1024.tif", None, WINDOW),
    Case("2048 window, 256 blocks", "blocks256.tif", None, WINDOW),
    Case("256 tile", "blocks256.tif", None, [17 * 256, 19 * 256, 256, 256]),
]
# 40 tiles that do not lie together, so that a server may refuse most of what is asked.
COLUMN = Case("column of 256 tiles", "blocks256.tif", None, [2560, 0, 256, 10240])


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nginx ends too
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="http-job-")))
        files = prepare(options.scene, pathlib.Path(options.folder or folder).resolve())
        server = stack.enter_context(Server(folder, files))
        if options.checks:
            sys.exit(min(Checks(server, options.cogwork).all(), 1))
        compare(server, options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cogwork", help="the cogwork to measure")
    parser.add_argument("scene", help="a COG of 10980 x 10980 pixels")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each, after one that warms up")
    parser.add_argument("--folder", help="keep the scene in other blocks here, for the next time")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="only the cases whose names hold one of these words")
    parser.add_argument("--latency", type=int, nargs="+", choices=[0, 20], default=[0, 20], help="milliseconds")
    parser.add_argument("--tls", action="store_true", help="measure over TLS, where HTTP/2 is offered")
    parser.add_argument("--ranges", action="store_true", help="print the requests of the last run of each")
    parser.add_argument("--checks", action="store_true", help="TLS, refusals and a proxy instead of figures")
    return parser.parse_args()


def prepare(scene: str, kept: pathlib.Path) -> dict:
    """The served files by name: the scene, and it in blocks of 1024 and 256, made where it has others."""
    import rasterio
    import rasterio.shutil
    scene = pathlib.Path(scene).resolve()
    kept.mkdir(exist_ok=True)
    with rasterio.open(scene) as source:
        block = source.block_shapes[0][0]
    files = {"scene.tif": scene}
    for size in (1024, 256):
        made = scene if size == block else kept / f"{scene.stem}-{size}.tif"
        if not made.exists():
            making = made.with_suffix(".part")
            rasterio.shutil.copy(str(scene), str(making), driver="COG", BLOCKSIZE=size, COMPRESS="DEFLATE",
                                 PREDICTOR="YES", NUM_THREADS="ALL_CPUS")
            making.rename(made)
        files[f"blocks{size}.tif"] = made
    return files


class Server:
    """nginx: plain, with TLS, and with limits; and the files that it serves."""

    def __init__(self, folder: pathlib.Path, files: dict):
        self.folder, self.files, self.runs = folder, files, 0
        self.ports = dict(zip(("plain", "tls", "limited503", "limited429"), free_ports(4)))

    def __enter__(self):
        binary = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if binary is None:
            sys.exit("nginx is not installed: apt install nginx-light")
        certificates(self.folder)
        served = self.folder / "served"
        served.mkdir()
        for name, file in self.files.items():
            (served / name).symlink_to(file)
        text = NGINX.format(folder=self.folder, user="user root;" if os.geteuid() == 0 else "",
                            files=f"location ~ ^/[^/]+/(.+)$ {{ alias {served}/$1; }}", **self.ports)
        (self.folder / "nginx.conf").write_text(text)
        command = [binary, "-p", str(self.folder), "-c", "nginx.conf", "-e", str(self.folder / "error.log")]
        self.process = subprocess.Popen(command)
        try:
            for port in self.ports.values():
                self.wait_for(port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def wait_for(self, port: int) -> None:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            assert self.process.poll() is None, (self.folder / "error.log").read_text()
            time.sleep(0.05)
        sys.exit(f"nginx does not answer on port {port}")

    def url(self, name: str, port: int, scheme: str = "http") -> str:
        """The file's URL for one run."""
        self.runs += 1
        return f"{scheme}://127.0.0.1:{port}/run{self.runs}/{name}"

    def requests(self) -> list[Request]:
        """The requests of the last run, once the log has stood still."""
        log, size = self.folder / "access.log", -1
        while size != (size := log.stat().st_size):
            time.sleep(0.1)
        rows = (Request(*line.split("\t")) for line in log.read_text().splitlines())
        return [row for row in rows if row.uri.startswith(f"/run{self.runs}/")]


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def certificates(folder: pathlib.Path) -> None:
    """A CA (ca.pem) and a server's certificate by it, for 127.0.0.1 and localhost."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
    new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    for command in (
        f"req -x509 {new} -keyout ca.key -out ca.pem -days 2 -subj /CN=http-job",
        f"req {new} -keyout server.key -out server.csr -subj /CN=127.0.0.1",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


class Relay:
    """Listens on `port`, and carries bytes to and from another with a delay each way."""

    def __init__(self, target: int):
        self.target, self.listener = target, socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            join(client, socket.create_connection(("127.0.0.1", self.target)), DELAY)


class Proxy:
    """An HTTP proxy that knows CONNECT only, and notes in `asked` what it was asked for."""

    def __init__(self):
        self.asked, self.listener = [], socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            head = b""
            while not head.endswith(b"\r\n\r\n") and (more := client.recv(1)):
                head += more
            method, target = (head.decode("latin-1").split() + ["", ""])[:2]
            self.asked.append(f"{method} {target}")
            if method == "CONNECT":
                host, port = target.rsplit(":", 1)
                server = socket.create_connection((host, int(port)))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                join(client, server, 0)
            else:
                client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                client.close()


def join(client: socket.socket, server: socket.socket, delay: float) -> None:
    """Carries bytes both ways; nothing leaves before a handshake with this delay would be over."""
    open_from = time.monotonic() + 2 * delay
    for each in (client, server):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    DelayLine(client, server, delay, open_from)
    DelayLine(server, client, delay, open_from)


class DelayLine:
    """One direction of a connection: what arrives waits in a queue until it is due."""
    CHUNK, CHUNKS = 1 << 18, 128  # so at most 32 MB are under way, as a window would bound it

    def __init__(self, source: socket.socket, sink: socket.socket, delay: float, open_from: float):
        self.source, self.sink, self.delay, self.open_from = source, sink, delay, open_from
        self.queue = queue.Queue(self.CHUNKS)
        for work in (self.take, self.give):
            threading.Thread(target=work, daemon=True).start()

    def take(self) -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = self.source.recv(self.CHUNK)
            except OSError:
                chunk = b""  # a reset is an end too
            self.queue.put((max(time.monotonic(), self.open_from) + self.delay, chunk))

    def give(self) -> None:
        while chunk := self.next_due():
            try:
                self.sink.sendall(chunk)
            except OSError:  # the sink is gone, so the source is let go too
                hang_up(self.source, self.sink)
        with contextlib.suppress(OSError):
            self.sink.shutdown(socket.SHUT_WR)

    def next_due(self) -> bytes:
        """The next chunk when it is due: none at the end."""
        due, chunk = self.queue.get()
        time.sleep(max(0, due - time.monotonic()))
        return chunk


def hang_up(*ends: socket.socket) -> None:
    for each in ends:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


class Other:
    """A client in Python: the program, and what it is told beside the case."""

    def __init__(self, program: str, options):
        self.program, self.options = program, options

    def run(self, url: str, case: Case, warming: bool) -> tuple[float, int]:
        """Seconds, and the checksum of the pixels."""
        asked = json.dumps([url, case.overview, case.window, self.options])
        said = json.loads(finished([sys.executable, "-c", self.program, asked]))
        return said["wall"], said["pixels"]


class Ours:
    """cogwork. It writes pixels when it warms up only, as the others keep theirs in memory."""

    def __init__(self, binary: str, folder: pathlib.Path, options: list[str]):
        self.binary, self.raw, self.options = binary, folder / "raw", options

    def run(self, url: str, case: Case, warming: bool, **environment) -> tuple[float, int | None]:
        """Seconds, and the checksum of the pixels if they were written."""
        writes = warming and case.window != "open"
        self.raw.unlink(missing_ok=True)
        started = time.monotonic()
        raw = [] if case.window == "open" else ["--raw", str(self.raw) if writes else os.devnull]
        finished([*self.command(url, case), *raw], **environment)
        wall = time.monotonic() - started
        if writes and not self.raw.exists():
            raise Failed("no pixels were written")
        return wall, zlib.crc32(self.raw.read_bytes()) if writes else None

    def command(self, url: str, case: Case) -> list[str]:
        if case.window == "open":
            return [self.binary, "info", url, *self.options]
        overview = [] if case.overview is None else ["--overview", str(case.overview)]
        window = ["--window", ",".join(map(str, case.window))] if case.window else []
        return [self.binary, "read", url, *overview, *window, *self.options]


class Failed(Exception):
    """The last that a process said on standard error before it failed."""


def finished(command: list[str], **environment) -> str:
    """What a process printed that ended well, started without the proxies of whoever started this."""
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=300, env=clean | environment)
    except subprocess.TimeoutExpired:
        raise Failed("did not end within 300 s") from None
    if process.returncode:
        raise Failed([f"exit code {process.returncode}", *process.stderr.strip().splitlines()][-1])
    return process.stdout


def compare(server: Server, options: argparse.Namespace) -> None:
    scheme, port = ("https", server.ports["tls"]) if options.tls else ("http", server.ports["plain"])
    ports = {0: port, 20: Relay(port).port}
    probe(server)
    clients = competitors(server, options)
    print(f"{'ms':>3} {'case':25} {'who':13} {'s':>7} {'requests':>8} {'HEAD':>5} {'MB':>8} {'cogwork/':>8}")
    for latency in options.latency:
        for case in CASES:
            if any(word in case.name for word in options.only or [""]):
                _, expected = Other(GDAL, {}).run(str(server.files[case.file]), case, False)
                rows = measured(server, clients, case, (ports[latency], scheme), expected, options.runs)
                report(latency, case, rows, options.ranges)


def probe(server: Server) -> None:
    """Prints what the relay adds: its delay and its bandwidth, beside none."""
    plain = server.ports["plain"]
    for name, port in (("no relay", plain), ("the relay", Relay(plain).port)):
        said = finished([sys.executable, "-c", PROBE, f"127.0.0.1:{port}", "/probe/scene.tif"])
        first, small, speed = json.loads(said)
        print(f"{name}: a byte in {first:.1f} ms by a new connection, in {small:.1f} ms by a kept one; {speed:.0f} MB/s")


def competitors(server: Server, options: argparse.Namespace) -> dict:
    trusted = server.folder / "ca.pem"
    gdal = {"GDAL_CURL_CA_BUNDLE": str(trusted)} if options.tls else {}
    store = {"root_certificate": trusted.read_text()} if options.tls else {"allow_http": True}
    cogwork = Ours(options.cogwork, server.folder, ["--ca", str(trusted)] if options.tls else [])
    return able(server, cogwork) | {
        "GDAL default": Other(GDAL, gdal),
        "GDAL tuned": Other(GDAL, TUNED | gdal),
        "async-tiff": Other(ASYNC_TIFF, store),
    }


def able(server: Server, cogwork: Ours) -> dict:
    """cogwork, unless it was built without HTTP."""
    try:
        cogwork.run(server.url("scene.tif", server.ports["plain"]), CASES[0], False)
        return {"cogwork": cogwork}
    except Failed as said:
        print(f"cogwork is skipped, it reads no http:// URL: {said}")
        return {}


def measured(server: Server, clients: dict, case: Case, where: tuple, expected: int, runs: int) -> dict:
    """By client, the median of seconds and the requests of the last run."""
    walls, requests = {who: [] for who in clients}, {}
    for run in range(runs + 1):
        for who, client in clients.items():
            wall, pixels = client.run(server.url(case.file, *where), case, run == 0)
            assert pixels in (None, expected), f"{who}: {case.name}: the pixels differ"
            requests[who] = server.requests()
            if run:  # the first warms up
                walls[who].append(wall)
    return {who: (statistics.median(walls[who]), requests[who]) for who in clients}


def report(latency: int, case: Case, rows: dict, ranges: bool) -> None:
    for who, (wall, requests) in rows.items():
        heads = sum(request.method == "HEAD" for request in requests)
        ratio = f"{rows['cogwork'][0] / wall:8.2f}" if "cogwork" in rows else ""
        print(f"{latency:>3} {case.name:25} {who:13} {wall:7.3f} {len(requests):8} {heads:5} {megabytes(requests):8.2f} {ratio}",
              flush=True)
        for each in requests if ranges else []:
            print(f"      {each.method} {each.range} {each.status} {each.bytes} {each.uri.rsplit('/', 1)[1]}, "
                  f"connection {each.connection}, {each.protocol}")
    if "cogwork" in rows:
        print("    " + verdict(rows))


def megabytes(requests: list[Request]) -> float:
    return sum(int(request.bytes) for request in requests) / 1e6


def verdict(rows: dict) -> str:
    """No more requests than the best of the tuned ones, at most 10 % more bytes than theirs, and less time than anyone."""
    wall, requests = rows["cogwork"]
    tuned = [rows[who][1] for who in ("GDAL tuned", "async-tiff")]
    limits = [("requests", len(requests), min(len(each) for each in tuned)),
              ("MB", megabytes(requests), 1.1 * min(megabytes(each) for each in tuned)),
              ("s", wall, min(wall for who, (wall, _) in rows.items() if who != "cogwork"))]
    return ", ".join(f"{name} {'met' if had <= most else 'MISSED'}: {had:.3g} of {most:.3g}" for name, had, most in limits)


class Checks:
    """Reads through what stands between a client and a far server, compared with GDAL's read of the local file."""

    def __init__(self, server: Server, binary: str):
        self.server, self.binary, self.trusted = server, binary, ["--ca", str(server.folder / "ca.pem")]
        _, self.expected = Other(GDAL, {}).run(str(server.files[COLUMN.file]), COLUMN, False)

    def all(self) -> int:
        """Prints what each finds; how many failed."""
        return sum(not self.holds(name, function, *arguments) for name, function, *arguments in (
            ("TLS by a local CA", self.right, "tls", self.trusted),
            ("TLS by a CA that is not known is refused", self.distrusted),
            ("503 to many requests", self.limited, 503),
            ("429 to many requests", self.limited, 429),
            ("a proxy by --proxy", self.proxied, lambda url: (["--proxy", url], {})),
            ("a proxy by https_proxy", self.proxied, lambda url: ([], {"https_proxy": url})),
        ))

    def holds(self, name: str, function, *arguments) -> bool:
        try:
            found = function(*arguments)
        except (AssertionError, Failed) as wrong:
            print(f"FAILED {name}: {wrong}", flush=True)
            return False
        print(f"holds  {name}: {found}", flush=True)
        return True

    def right(self, port: str, options: list[str], **environment) -> str:
        """Reads the column of tiles with the right pixels; how many answers of which status that took."""
        url = self.server.url(COLUMN.file, self.server.ports[port], "https" if port == "tls" else "http")
        ours = Ours(self.binary, self.server.folder, options)
        wall, pixels = ours.run(url, COLUMN, True, **environment)
        assert pixels == self.expected, "the pixels differ"
        answers = collections.Counter(request.status for request in self.server.requests())
        assert answers["206"] >= 1, f"no ranges were read: {dict(answers)}"
        return f"{wall:.2f} s, answers {dict(answers)}"

    def distrusted(self) -> str:
        try:
            self.right("tls", [])
        except Failed as refused:
            assert not self.server.requests(), "a request was sent"
            assert "certificate" in str(refused), f"not for its certificate: {refused}"
            return str(refused)
        raise AssertionError("the server was trusted")

    def limited(self, status: int) -> str:
        found = self.right(f"limited{status}", [])
        assert any(request.status == str(status) for request in self.server.requests()), f"nothing was refused: {found}"
        return found

    def proxied(self, told) -> str:
        proxy = Proxy()
        options, environment = told(proxy.url)
        found = self.right("tls", self.trusted + options, **environment)
        assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{self.server.ports['tls']}"}, proxy.asked
        return f"{found}, {len(proxy.asked)} tunnels"


if __name__ == "__main__":
    main()
