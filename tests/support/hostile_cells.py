"""What lies in hostile files: cells, names, rows and damage, drawn from a generator. Whole files are ``hostile_inputs``."""

import csv
import io
import json
import random
from collections.abc import Sequence

COLUMNS = ("order_id", "ordered_at", "status", "amount", "quantity", "weight", "is_gift", "due_on", "note")

CELLS: Sequence[str] = (
    *("", " ", "\t", "\0", "a\0b", "\x1a", "\x1b[2J", "\ufeff", "\u202e", "\u2028", "\ud7ff", "\U0010ffff", "e\u0301", "退货", "🛒" * 9),
    *('"', '""', '"""', "'", "''", "a'b", 'a"b', '"a', 'a"', ",", ";", "|", "\\", '\\"', "\\n", "\n", "\r", "\r\n", "\n\n", "a\nb\r\nc\rd"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "＝1", "' or 1=1 --", "'; drop table raw.rejects; --", "$path", "$1"),
    *(
        "$extract_id",
        "$moment",
        "{0}",
        "%s%n",
        "${HOME}",
        "`id`",
        "$(id)",
        "../../etc/passwd",
        "file:///etc/passwd",
        "<script>",
        "[red]x[/]",
    ),
    *("NULL", "null", "None", "NaN", "nan", "inf", "-Infinity", "N/A", "?", "true", "FALSE", "t", "yes", "0", "1", "2", "on"),
    *("0.1", "1e400", "-1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1_000", "1,000.00", "٣", "1.005"),
    *("99999999999999999999999999999999999999", "0x10", "1e3", "+5", "--5", "5-", ".5", "5.", "00012", "12345678901234567.89", "1e16"),
    *(
        "2024-02-30",
        "2024-13-01",
        "0000-00-00",
        "0001-01-01",
        "9999-12-31",
        "10000-01-01",
        "-0044-03-15",
        "24-3-1",
        "2024-3-1 8:05",
        "epoch",
    ),
    *(
        "2024-03-01 24:00:00",
        "2024-03-01 23:59:60",
        "2024-03-01T08:00:00Z",
        "2024-03-01 08:00:00+99:99",
        "2024-03-01 08:00:00,5",
        "infinity",
    ),
    *("01.03.2024 08:00", "03/01/24 08:00 AM +0100", "31.02.2024", "2024-03-10 02:30:00", "today", "now", "new", "paid", "NEW", "new "),
    *("x" * 5_000, '"' * 301, "\n" * 99, "," * 200, "a" * 70_000),
)
NAMES: Sequence[str] = (
    *(
        "$path",
        "$moment",
        "$extract_id",
        "$1",
        "%s",
        "{0}",
        "{a,b}",
        "[1]",
        "[!a]",
        "*",
        "**",
        "?",
        "~",
        "#",
        "&",
        ";",
        "|",
        "'",
        '"',
        "`id`",
    ),
    *(
        "it's",
        'a"b',
        "a;drop table raw.rejects;--",
        "' or 1=1 --",
        "退货",
        "🛒",
        "e\u0301",
        "\ufeff",
        "-rf",
        "--help",
        " ",
        "a b",
        "a=b",
        "a@b",
    ),
    *(
        "\n",
        "\r",
        "\t",
        "\x1b[2J",
        "\x7f",
        "\u202e",
        "\u2028",
        "\\",
        "\\n",
        "..\\..\\x",
        "\\*",
        "C:\\x",
        "x" * 180,
        "1" * 180,
        "..",
        "a..b",
    ),
    *(
        "x.csv",
        "x.gz",
        "x.parquet",
        "csv.gz",
        "CSV",
        "tmp",
        "part",
        "csv.tmp",
        "2024-03-01",
        "٣",
        "con",
        "nul",
        "<x>",
        "a:b",
        "http:",
        "s3:",
    ),
)


def odd_cell(draw: random.Random) -> str:
    cell = draw.choice(CELLS)
    if draw.random() < 0.15:
        cell += draw.choice(CELLS)[:200]
    return cell if len(cell) < 1_000 or draw.random() < 0.05 else cell[:20]


def good_row(draw: random.Random, key: int) -> list[str]:
    day = f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    return [
        f"{key:05}",
        f"{day} {draw.randint(0, 23):02}:{draw.randint(0, 59):02}:00",
        draw.choice(["new", "paid", ""]),
        f"{draw.uniform(-9, 999):.2f}",
        str(draw.randint(-3, 99)),
        f"{draw.random():.6f}",
        draw.choice(["true", "false", ""]),
        day,
        draw.choice(["", "plain", "two\nlines", 'with "quotes"', "commas, too", "退货"]),
    ]


def spoilt_rows(draw: random.Random, *, spoilt: float) -> list[list[str]]:
    rows = [good_row(draw, key) for key in range(draw.randint(0, 12))]
    for row in rows:
        for place in range(len(row)):
            if draw.random() < spoilt:
                row[place] = odd_cell(draw)
    return rows


def csv_text(rows: Sequence[Sequence[str]], draw: random.Random, *, delimiter: str = ",", header: Sequence[str] = COLUMNS) -> str:
    out = io.StringIO(newline="")
    # The csv module of Python 3.11 writes no NUL.
    writer = csv.writer(out, delimiter=delimiter, lineterminator=draw.choice(["\n", "\n", "\r\n"]), quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([cell.replace("\0", "\x01") for cell in row] for row in rows)
    return out.getvalue()


def csv_bytes(draw: random.Random) -> bytes:
    return csv_text(spoilt_rows(draw, spoilt=0.02), draw).encode()


def json_lines(draw: random.Random) -> bytes:
    rows = (dict(zip(COLUMNS, good_row(draw, key), strict=True)) for key in range(draw.randint(1, 12)))
    return "".join(json.dumps(row, ensure_ascii=draw.random() < 0.5) + "\n" for row in rows).encode()


def damaged(draw: random.Random, content: bytes) -> bytes:
    """``content`` with some bytes changed, cut out, put in, doubled or cut off."""
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        at = draw.randrange(len(changed) + 1)
        match draw.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << draw.randrange(8)
            case 1:
                changed[at:at] = draw.choice([b'"', b"\n", b"\r", b"\0", b",", b"\xff", b"\xef\xbb\xbf", b"{", b"}", b"\\", b'""\n'])
            case 2:
                del changed[at : at + draw.choice([1, 1, 2, 9, 100])]
            case 3:
                changed[at:at] = changed[at : at + draw.choice([1, 20, 300])]
            case 4:
                changed[at : at + 8] = draw.randbytes(8)
            case _:
                if draw.random() < 0.3:
                    del changed[at:]
    return bytes(changed)
