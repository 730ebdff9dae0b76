"""No file of the project holds a secret: no key, no token, no password, no address with one in it."""

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# How well-known secrets look, whoever gave them out.
SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY"),
    "a key of Amazon": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{60,})\b"),
    "a token of GitLab": re.compile(r"\bglpat-[0-9A-Za-z_-]{20,}\b"),
    "a token of Slack": re.compile(r"\bxox[abposr]-[0-9A-Za-z-]{10,}"),
    "a token of PyPI": re.compile(r"\bpypi-[0-9A-Za-z_-]{50,}"),
    "a web hook with its secret": re.compile(r"https://hooks\.[a-z]+\.[a-z]+/[^\s\"'<>]*[0-9A-Za-z]{16,}"),
    "a JSON web token": re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}"),
    "an address with a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'{}$<>]+:(?!password@|secret@)[^\s/:@\"'{}$<>]{3,}@"),
}
# A name that promises a secret, and a text given to it.
_GIVEN = re.compile(
    r"""(?ix) \b [a-z_]* (?:secret|token|passw(?:or)?d|api_?key|private_key|customer_key|credential) [a-z_]* ["']? \s* [:=]+ \s*
    ["']? ([0-9a-z+/=_-]{16,}) ["']?"""
)
# What tests call their keys can be read, and is none that anybody would use.
_MADE_UP = re.compile(r"(?i)0123456789abcdef|example|planted|a[_-]key|secret|token|password|key|test|customer|none|true|false")


def tracked_texts() -> list[tuple[str, str]]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listing.stdout.split("\0") if name and (PROJECT_ROOT / name).is_file()]
    return [(name, (PROJECT_ROOT / name).read_bytes().decode("utf-8", errors="replace")) for name in names]


def disorder(text: str) -> float:
    """Bits a sign, from 0 (one sign only) upwards; what a machine drew has more than what a person wrote."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def secrets_in(text: str) -> list[str]:
    found = [what for what, pattern in SECRETS.items() if pattern.search(text)]
    for match in _GIVEN.finditer(text):
        value = match.group(1)
        if not _MADE_UP.search(value) and disorder(value) > 3.0 and re.search(r"[0-9]", value):
            found.append(f"a text given to {match.group(0).split(value)[0].strip()}")
    return found


def test_no_file_holds_a_secret() -> None:
    texts = tracked_texts()
    assert len(texts) > 200
    found = {name: secrets for name, text in texts if name != "tests/architecture/test_no_secrets.py" and (secrets := secrets_in(text))}
    assert found == {}


def test_no_file_is_one_that_holds_secrets_elsewhere() -> None:
    kinds = re.compile(
        r"(^|/)(\.env(\..+)?|\.netrc|\.pypirc|\.pgpass|id_(rsa|dsa|ecdsa|ed25519)|customer_key|credentials(\..+)?|.+\.(pem|key|p12|pfx|jks|kdbx))$"
    )
    assert [name for name, _ in tracked_texts() if kinds.search(name)] == []


# Put together here, so that no search of the project, this one or another, takes them for real.
REAL = (
    "-----BEGIN " + "RSA PRIVATE KEY-----",
    "AKIA" + "Q7XN2M4WJ5TR8KPL",
    "ghp_" + "a8Kd02mQx7Zt5Lw1Rv9Bn3Yc6Hf4Jg0Ps2Te",
    "https://hooks.slack.com/services/" + "T01AB2CD3/B04EF5GH6/k9Jm2Qw8Zx4Lr7Vt1Nb5Yc3H",
    "postgresql://aftersales:" + "h7Gw2Lq9@db.internal/aftersales",
    "AFTERSALES_CUSTOMER_KEY=" + "9f2c4e7ab1d85036c7e9f0a24b6d8135",
    'CUSTOMER_KEY = "' + "8c1f0e2b9d7a6453f1e0c2d4b6a89753" + '"',
    "password: " + "Zx81kQw0pLm47RtY",
)


@pytest.mark.parametrize("text", REAL)
def test_what_looks_like_a_real_secret_is_found(text: str) -> None:
    assert secrets_in(f"# a line before\n{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        'CUSTOMER_KEY = "0123456789abcdef0123456789abcdef"',
        "AFTERSALES_CUSTOMER_KEY=$(openssl rand -hex 32)",
        "postgresql://aftersales:password@localhost/aftersales",
        "customer_key: the customer over all source systems",
        "token = tokens_of_line[position]",
        "secret: bytes = field(repr=False)",
    ],
)
def test_what_only_speaks_of_secrets_is_left_alone(text: str) -> None:
    assert secrets_in(text) == []
