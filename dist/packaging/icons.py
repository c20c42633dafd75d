"""Writes the icon as Windows (.ico) or macOS (.icns) wants it: the PNGs of assets/icons, put one behind the other.

    python3 icons.py OUT.ico|OUT.icns PNG...
"""

import struct
import sys
from pathlib import Path

# macOS names each size by four letters.
ICNS = {16: b"icp4", 32: b"icp5", 128: b"ic07", 256: b"ic08", 512: b"ic09"}


def side(png):
    """The width of a PNG, which its first chunk says."""
    return struct.unpack(">I", png[16:20])[0]


def ico(pngs):
    head, at = struct.pack("<HHH", 0, 1, len(pngs)), 6 + 16 * len(pngs)
    for png in pngs:
        # 256 is written as 0.
        size = side(png) % 256
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(png), at)
        at += len(png)
    return head + b"".join(pngs)


def icns(pngs):
    parts = [ICNS[side(png)] + struct.pack(">I", 8 + len(png)) + png for png in pngs if side(png) in ICNS]
    return b"icns" + struct.pack(">I", 8 + sum(map(len, parts))) + b"".join(parts)


if __name__ == "__main__":
    to = Path(sys.argv[1])
    pngs = sorted((Path(path).read_bytes() for path in sys.argv[2:]), key=side)
    to.write_bytes(ico(pngs) if to.suffix == ".ico" else icns(pngs))
