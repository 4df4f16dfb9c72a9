"""Builds the page, opens it in headless Chromium, and compares what it read and drew with rasterio.

Usage: check.py, with CARGO_TARGET_DIR set to where the library is built for wasm32. Needs rustup's
toolchain, Debian's rustc-web, cargo-web, rust-web-src and chromium-headless-shell, rasterio, numpy.
"""

import hashlib
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import numpy
import rasterio

HERE = pathlib.Path(__file__).resolve().parent
TESTDATA = HERE.parent.parent / "testdata"
BROWSERS = ("chromium-headless-shell", "chromium", "chrome")
SECONDS = 120
# Bytes of the page's first read: a smaller file is read whole.
FIRST_READ = 16 << 10
# File, and the overview to read: RGB, one band, and one that is no picture of a canvas.
CASES = [("scene/visual.tif", 0), ("scene/visual.tif", 1), ("scene/SCL.tif", 0), ("scene/B04.tif", 0)]


def main():
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is installed")
    if "CARGO_TARGET_DIR" not in os.environ:
        sys.exit("CARGO_TARGET_DIR is not set")
    server = Server(build())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for file, overview in CASES:
        check(browser, server, file, overview)
    server.shutdown()


def build():
    """The page's wasm. rustup's toolchain has no standard library for wasm32, but the linker; Debian's has
    the library's source."""
    sysroot = subprocess.check_output(["rustc", "--print", "sysroot"], text=True).strip()
    linker = next(pathlib.Path(sysroot, "lib/rustlib").glob("*/bin/rust-lld"), None)
    if linker is None:
        sys.exit("the toolchain has no rust-lld")
    environment = os.environ | {
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER": str(linker),
        "RUSTC": "/usr/bin/rustc",
        "RUSTC_BOOTSTRAP": "1",
    }
    command = ["/usr/bin/cargo", "build", "--release", "-Zbuild-std=std,panic_abort"]
    command += ["--target", "wasm32-unknown-unknown"]
    subprocess.run(command, cwd=HERE, env=environment, check=True)
    target = pathlib.Path(os.environ["CARGO_TARGET_DIR"])
    return target / "wasm32-unknown-unknown/release/cogwork_page.wasm"


class Server(http.server.ThreadingHTTPServer):
    """The page, its wasm and testdata/, on 127.0.0.1: for crypto.subtle a secure context."""

    def __init__(self, wasm):
        super().__init__(("127.0.0.1", 0), Handler)
        pages = {name: HERE / name for name in ("index.html", "page.js")}
        self.pages = pages | {"cogwork_page.wasm": wasm}
        self.results = queue.Queue()
        self.sent = 0


class Handler(http.server.BaseHTTPRequestHandler):
    TYPES = {".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm"}

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send(200, b"", "text/plain")
        self.server.results.put(json.loads(body))

    def answer(self, with_body):
        name = self.path.split("?")[0].lstrip("/")
        page = self.server.pages.get(name)
        path = page or (TESTDATA / name).resolve()
        if not path.is_file() or not (page or path.is_relative_to(TESTDATA)):
            return self.send(404, b"", "text/plain")
        content = path.read_bytes()
        kind = self.TYPES.get(path.suffix, "image/tiff")
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not with_body:
            return self.send(200, b"", kind, length=len(content))
        if not asked:
            return self.send(200, content, kind)
        first, last = map(int, asked.groups())
        part = content[first : last + 1]
        self.server.sent += len(part)
        self.send(206, part, kind, f"bytes {first}-{last}/{len(content)}")

    def send(self, status, body, kind, content_range=None, length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check(browser, server, file, overview):
    server.sent = 0
    url = f"http://127.0.0.1:{server.server_port}/index.html?file={file}&overview={overview}"
    found = open_page(browser, server, url)
    expected = by_rasterio(TESTDATA / file, overview)
    if found != expected:
        sys.exit(f"{file}, overview {overview}: the page says {found}, rasterio {expected}")
    whole = (TESTDATA / file).stat().st_size
    if server.sent == 0 or server.sent >= whole > FIRST_READ:
        sys.exit(f"{file}, overview {overview}: {server.sent} of {whole} bytes were sent in ranges")
    print(f"{file}, overview {overview}: {found['shape']} as rasterio, {server.sent} of {whole} bytes read")


def open_page(browser, server, url):
    """What the page tells when it is done."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", url]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            return server.results.get(timeout=SECONDS)
        except queue.Empty:
            running.kill()
            sys.exit(f"no result after {SECONDS} s: {running.stderr.read()}")
        finally:
            running.kill()
            running.wait()


def by_rasterio(path, overview):
    with rasterio.open(path, overview_level=overview) as source:
        samples, valid = source.read(), source.dataset_mask()
    drawn = rgba(samples, valid)
    shape = list(samples.shape)
    return {"shape": shape, "samples": sha256(samples), "canvas": sha256(drawn)}


def rgba(samples, valid):
    """What a canvas has: transparent pixels lose their colour, for it keeps them multiplied by alpha."""
    if samples.dtype != numpy.uint8:
        return numpy.zeros((*samples.shape[1:], 4), "uint8")
    colors = samples[[0, 1, 2] if len(samples) == 3 else [0, 0, 0]]
    colors = numpy.where(valid != 0, colors, 0)
    return numpy.moveaxis(numpy.concatenate([colors, valid[numpy.newaxis]]), 0, -1).astype("uint8")


def sha256(array):
    return hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()


if __name__ == "__main__":
    main()
