"""A QR code (ISO/IEC 18004) as an SVG path, by the encoder that the printed sheets bring along."""

from itertools import groupby

#: Light modules around the code, without which readers do not find it.
QUIET = 4


def drawn(text: str) -> tuple[int, str]:
    """The side of the sheet in modules, quiet zone included, and the dark modules as one path: each row's runs as rectangles.

    Error correction of level M (15 %): a phone reads it off a screen at an angle.
    """
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel  # noqa: PLC0415 - seldom asked, slow to load

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    parts = []
    for y, row in enumerate(code.modules, start=QUIET):
        x = QUIET
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                parts.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return len(code.modules) + 2 * QUIET, "".join(parts)
