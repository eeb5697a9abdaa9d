"""Makes the icons of the web app manifest from static/images/icon.svg, in Chromium. Run with the virtualenv of `./setup_env.sh test`.

They have two colours and what is between them: as pictures with a palette of 16 they take two kilobytes instead of twenty.
"""
import re
import shutil
import struct
import zlib
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / 'applications' / 'messenger' / 'static' / 'images'
STEPS = 16
# name, side in pixels, radius of the corners and size of the sign within 32 units
ICONS = (('icon-192', 192, 7, .78), ('icon-512', 512, 7, .78), ('icon-maskable', 512, 0, .6), ('icon-180', 180, 0, .78))
PIXELS = """async ([svg, side]) => {
    const image = new Image();
    image.src = 'data:image/svg+xml,' + encodeURIComponent(svg);
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, side, side);
    return Array.from(context.getImageData(0, 0, side, side).data);
}"""


def main():
    ground, sign, lines = parts((IMAGES / 'icon.svg').read_text())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which('chromium'), args=['--no-sandbox'])
        page = browser.new_page()
        for name, side, radius, scale in ICONS:
            svg = drawing(side, radius, scale, ground, sign, lines)
            (IMAGES / ('%s.png' % name)).write_bytes(picture(page.evaluate(PIXELS, [svg, side]), side, ground))
        browser.close()


def parts(svg):
    """Return the colour of the sign and its two paths."""
    (colour, sign), (_, lines) = re.findall('<path fill="(#[0-9a-f]+)" d="([^"]+)"', svg)
    return colour, sign, lines


def drawing(side, radius, scale, ground, sign, lines):
    """Return the icon: the sign in white on a ground of its colour."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="%d" height="%d">'
        '<rect width="32" height="32" rx="%d" fill="%s"/><g transform="translate(16 16) scale(%s) translate(-16 -17)">'
        '<path fill="#fff" d="%s"/><path fill="%s" d="%s"/></g></svg>'
        % (side, side, radius, ground, scale, sign, ground, lines))


def picture(pixels, side, ground):
    """Return a PNG of steps from the ground's colour to white, and from there to nothing at the corners."""
    ground = [int(ground[at:at + 2], 16) for at in (1, 3, 5)]
    steps = [round(255 * step / (STEPS - 1)) for step in range(STEPS)]
    white = [[round(part + (255 - part) * step / 255) for part in ground] for step in steps]
    palette, opacity = white + [ground] * (STEPS - 1), [255] * STEPS + steps[-2::-1]
    rows = []
    for top in range(side):
        row = [index(pixels[at:at + 4], ground) for at in range(4 * side * top, 4 * side * (top + 1), 4)]
        rows.append(b'\0' + bytes(row))
    return b''.join([
        b'\x89PNG\r\n\x1a\n', chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 3, 0, 0, 0)),
        chunk(b'PLTE', b''.join(map(bytes, palette))), chunk(b'tRNS', bytes(opacity)),
        chunk(b'IDAT', zlib.compress(b''.join(rows), 9)), chunk(b'IEND', b'')])


def index(pixel, ground):
    """Return which colour of the palette a pixel has."""
    missing = round((255 - pixel[3]) / 255 * (STEPS - 1))
    if missing:
        return STEPS - 1 + missing
    return round((pixel[0] - ground[0]) / (255 - ground[0]) * (STEPS - 1))


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


if __name__ == '__main__':
    main()
