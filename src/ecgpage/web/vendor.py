"""Fetch the viewer into the package, at development time only: ``python -m ecgpage.web.vendor``.

OpenSeadragon (BSD-3-Clause) comes from the npm registry through ``npm pack``, at the version
and with the content that stand here. What is served is what lies in ``static/vendor``.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "6.1.1"
INTEGRITY = (
    "sha512-g4iKe2q8B642SaBT3+x4ZF3/8b1TxPPydyjmtrOLgDrlYWMKd9ZXM"
    "+1Cb/xa9DVySkvs/7l6HR1nHKfD5F3Tsw=="
)
FILES: dict[str, str] = {
    "package/build/openseadragon/openseadragon.min.js": "openseadragon.min.js",
    "package/LICENSE.txt": "openseadragon-LICENSE.txt",
}
FOLDER = Path(__file__).parent / "static" / "vendor"


def integrity(data: bytes) -> str:
    """The registry's checksum of an archive."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def main() -> int:
    """Download, check, unpack; 0 where the files are in place."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"openseadragon@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob("*.tgz"))
        found = integrity(archive.read_bytes())
        if found != INTEGRITY:
            print(f"openseadragon {VERSION}: expected {INTEGRITY}, received {found}")
            return 1
        with tarfile.open(archive) as packed:
            for inside, name in FILES.items():
                stream = packed.extractfile(inside)
                assert stream is not None, inside
                (FOLDER / name).write_bytes(stream.read())
    print(f"openseadragon {VERSION} in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
