#!/usr/bin/env python3
"""Pictures of report pages by headless Chromium, and whether they are right on a screen and on a telephone.

usage: screenshots.py CHROMIUM PICTURES [NAME=REPORT.html ...]

Of each page at 1440 and 390 pixels, on light and dark: PICTURES/NAME-WIDTH-PAPER.png, its upper part, and a line of what was
found. Exit status 1 where the browser's console has an error, a page scrolls sideways, a text is smaller than 12 px, a page
asks for something outside of itself, or is of 1 MB or more. What it needs is Chromium and Python; PNGs are written with a
palette of at most 256 colours.
"""

import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

SMALLEST_TEXT = 12  # px
LARGEST_PAGE = 1_000_000  # bytes
WIDTHS = {1440: 900, 390: 844}  # and the height of the window
TALLEST = 2600  # px of a picture
PROBE = """(() => {
  const small = [], wide = [];
  let smallest = Infinity;
  const seen = element => { const box = element.getClientRects(); return box.length && box[0].width > 0; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(element)) continue;
    const svg = element.closest('svg');
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    smallest = Math.min(smallest, size);
    if (size < %s - 0.01) small.push(size.toFixed(2) + ' ' + walker.currentNode.data.trim().slice(0, 30));
  }
  for (const element of document.body.querySelectorAll('*'))
    if (seen(element) && !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth + 0.5)
      wide.push(element.tagName + '.' + element.className);
  return {small, smallest, wide: wide.slice(0, 5), scroll: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight,
          outside: performance.getEntriesByType('resource').map(entry => entry.name).filter(name => !name.startsWith('data:'))};
})()""" % SMALLEST_TEXT


class Browser:
    """Chromium by its DevTools protocol over a pipe: messages of JSON that end with a zero byte."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory(prefix="isotherm-chromium-", ignore_cleanup_errors=True)
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def wire():
            os.dup2(to_browser, 63)
            os.dup2(from_browser, 64)
            os.dup2(63, 3)
            os.dup2(64, 4)
            for descriptor in (3, 4):
                os.set_inheritable(descriptor, True)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile.name}", "about:blank"],
            preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(domain + ".enable")

    def receive(self):
        while b"\0" not in self.buffer:
            data = os.read(self.input, 1 << 20)
            if not data:
                raise SystemExit("screenshots.py: chromium has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"screenshots.py: {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, address):
        self.events.clear()
        self.call("Page.navigate", url=address)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def complaints(self):
        """Errors and warnings of the console, and requests for anything but the page itself."""
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(parameters["entry"]["text"])
            if method == "Runtime.exceptionThrown" or method == "Runtime.consoleAPICalled":
                found.append(json.dumps(parameters)[:200])
        return found

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(30)
        self.profile.cleanup()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_palette(png):
    """An 8-bit RGB or RGBA picture without interlace, in 256 of its colours: a page has few."""
    place, data = 8, b""
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place:place + 8])
        body = png[place + 8:place + 8 + size]
        if kind == b"IHDR":
            width, height, _, colour, *_ = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            data += body
        place += size + 12
    channels = {2: 3, 6: 4}[colour]
    raw, stride, rows, before = zlib.decompress(data), width * channels, [], bytearray(width * channels)
    for y in range(height):
        method, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        if method == 1:
            for i in range(channels, stride):
                line[i] = line[i] + line[i - channels] & 255
        elif method == 2:
            for i in range(stride):
                line[i] = line[i] + before[i] & 255
        elif method == 3:
            for i in range(stride):
                line[i] = line[i] + ((line[i - channels] if i >= channels else 0) + before[i]) // 2 & 255
        elif method == 4:
            for i in range(stride):
                a, b, c = (line[i - channels], before[i], before[i - channels]) if i >= channels else (0, before[i], 0)
                p = a + b - c
                near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                line[i] = line[i] + near & 255
        rows.append(line)
        before = line
    pixels = [list(zip(*[line[c::channels] for c in range(3)])) for line in rows]
    counts = {}
    for line in pixels:
        for colour in line:
            counts[colour] = counts.get(colour, 0) + 1
    # Those of paper, cards and text as they are.
    palette = sorted(counts, key=lambda colour: (-counts[colour], colour))[:24]
    # Then frequent colours first, but not only the many greys of text: those far from what is there before those near it.
    for apart in (48, 24, 12, 1):
        for colour in sorted(counts, key=lambda colour: (-counts[colour], colour)):
            if len(palette) < 256 and all(max(map(abs, map(int.__sub__, colour, other))) >= apart for other in palette):
                palette.append(colour)
    index = {colour: i for i, colour in enumerate(palette)}
    for colour in counts:
        if colour not in index:
            index[colour] = min(range(len(palette)), key=lambda i: sum((a - b) ** 2 for a, b in zip(colour, palette[i])))
    packed = b"".join(b"\0" + bytes(map(index.__getitem__, line)) for line in pixels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) +
            chunk(b"PLTE", b"".join(map(bytes, palette))) + chunk(b"IDAT", zlib.compress(packed, 9)) + chunk(b"IEND", b""))


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    pictures = Path(sys.argv[2])
    pictures.mkdir(parents=True, exist_ok=True)
    browser, wrong = Browser(sys.argv[1]), []
    for argument in sys.argv[3:]:
        name, page = argument.split("=", 1)
        for width, height in WIDTHS.items():
            for paper in ["light", "dark"]:
                scale = 0.625 if width == 1440 else 1
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                             mobile=width < 600)
                browser.call("Emulation.setEmulatedMedia", media="screen",
                             features=[{"name": "prefers-color-scheme", "value": paper}])
                browser.open(Path(page).resolve().as_uri())
                found = browser.call("Runtime.evaluate", expression=PROBE, returnByValue=True)["result"]["value"]
                what = f"{name} at {width} px, {paper}"
                wrong += [f"{what}: {text}" for text in browser.complaints()]
                wrong += [f"{what}: text of {text}" for text in found["small"]]
                wrong += [f"{what}: asks for {address}" for address in found["outside"]]
                if found["scroll"] > width or found["wide"]:
                    wrong.append(f"{what}: {found['scroll']} px wide, {found['wide']}")
                # All of it in the window: what lies below is painted late, and may be missing from a picture.
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=found["height"],
                             deviceScaleFactor=scale, mobile=width < 600)
                clip = {"x": 0, "y": 0, "width": width, "height": min(found["height"], TALLEST), "scale": 1}
                shot = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
                path = pictures / f"{name}-{width}-{paper}.png"
                path.write_bytes(with_palette(base64.b64decode(shot["data"])))
                size = Path(page).stat().st_size
                if size >= LARGEST_PAGE:
                    wrong.append(f"{what}: {size} bytes")
                print(f"{what}: {len(browser.complaints())} errors, {found['scroll']} px wide, smallest text "
                      f"{found['smallest']:.4g} px, {size // 1000} kB; {path}, {path.stat().st_size // 1000} kB", flush=True)
    browser.close()
    for line in wrong:
        print("screenshots.py: " + line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
