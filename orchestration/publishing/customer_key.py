"""The secret behind customer pseudonyms: where it comes from, and HMAC-SHA-256 with it in DuckDB's SQL.

The key never stands in SQL text, in a log or in a snapshot: queries get the two padded blocks as parameters.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.publishing.errors import CustomerKeyError
from orchestration.settings import CUSTOMER_KEY

KEY_VARIABLE = CUSTOMER_KEY.variable
MINIMUM_KEY_BYTES = 16

_log = logging.getLogger(__name__)

_BLOCK_BYTES = 64  # of SHA-256
_GENERATED_KEY_BYTES = 32


@dataclass(frozen=True)
class CustomerKey:
    """The key, and what to tell people about it. ``repr`` shows neither the key nor anything made from it."""

    secret: bytes = field(repr=False)
    message: str

    @property
    def key_id(self) -> str:
        """Twelve characters that differ when the key differs: pseudonyms of snapshots with different ids do not join."""
        return hmac.new(self.secret, b"aftersales customer key id", hashlib.sha256).hexdigest()[:12]

    @property
    def sql_parameters(self) -> Mapping[str, bytes]:
        """What a query that contains ``pseudonym_expression`` has to be given."""
        block = hashlib.sha256(self.secret).digest() if len(self.secret) > _BLOCK_BYTES else self.secret
        padded = block.ljust(_BLOCK_BYTES, b"\0")
        return {
            "customer_key_inner": bytes(byte ^ 0x36 for byte in padded),
            "customer_key_outer": bytes(byte ^ 0x5C for byte in padded),
        }


def pseudonym_expression(column: str) -> str:
    """SQL for HMAC-SHA-256 of a text column (already quoted), as 64 hexadecimal digits; null stays null.

    HMAC(k, m) = H((k xor opad) || H((k xor ipad) || m)), RFC 2104.
    """
    return f"sha256($customer_key_outer || unhex(sha256($customer_key_inner || encode(cast({column} as varchar)))))"


def customer_key(key_file: Path) -> CustomerKey:
    """The key in ``AFTERSALES_CUSTOMER_KEY``, else the one in ``key_file``, which is made when it does not exist.

    Two processes that make it at once end up with one and the same key.
    """
    from_environment = CUSTOMER_KEY.given
    if from_environment is not None:
        secret = from_environment.encode()
        if len(secret) < MINIMUM_KEY_BYTES:
            raise CustomerKeyError(
                f"{KEY_VARIABLE} has {len(secret)} bytes; customer pseudonyms need a secret of at least {MINIMUM_KEY_BYTES}. "
                "Set a longer one (for example: openssl rand -hex 32), or unset it to have one made."
            )
        return CustomerKey(secret, f"Customer pseudonyms use the key in {KEY_VARIABLE}.")
    if not key_file.exists() and _make_key(key_file):
        message = (
            f"Made a new key for customer pseudonyms in {key_file} (mode 0600). Keep a copy in a safe place: "
            "without it, pseudonyms of later snapshots do not match those of earlier ones."
        )
        # Logged too: should publishing fail after this, nobody would hear of the key from what it returns.
        _log.warning(message)
        return CustomerKey(_read_key(key_file), message)
    return CustomerKey(_read_key(key_file), f"Customer pseudonyms use the key in {key_file}.")


def rotated_customer_key(key_file: Path) -> CustomerKey:
    """Put a new key in the place of the one in ``key_file``, in one step, and return it. The old key is gone after that.

    Raises ``CustomerKeyError`` when the key is the environment's, which only whoever sets it can change.
    """
    if CUSTOMER_KEY.given is not None:
        raise CustomerKeyError(
            f"The key is the one in {KEY_VARIABLE}, so there is none to change here. Set another one there "
            "(for example: openssl rand -hex 32), restart what was started with the old one, and refresh."
        )
    with _drafted_key(key_file) as draft:
        draft.replace(key_file)
    return CustomerKey(_read_key(key_file), f"Made a new key for customer pseudonyms in {key_file} (mode 0600).")


def _make_key(key_file: Path) -> bool:
    """Write a new key beside ``key_file`` and link it into place; False when another process was first."""
    with _drafted_key(key_file) as draft:
        try:
            os.link(draft, key_file)
        except FileExistsError:
            return False
        return True


@contextmanager
def _drafted_key(key_file: Path) -> Generator[Path]:
    """A file beside ``key_file`` with a new key in it, on disk for good, and gone at the end of the block."""
    key_file.parent.mkdir(parents=True, exist_ok=True)
    draft = key_file.with_name(f".{key_file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as draft_file:
            draft_file.write(secrets.token_hex(_GENERATED_KEY_BYTES) + "\n")
            draft_file.flush()
            os.fsync(draft_file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _read_key(key_file: Path) -> bytes:
    mode = stat.S_IMODE(key_file.stat().st_mode)
    if mode & 0o077:
        raise CustomerKeyError(
            f"{key_file} has mode {mode:04o}: others than its owner may have read the key of the customer pseudonyms. "
            f"Run: chmod 600 {key_file}. If somebody did read it, have a new key made: aftersales rotate-key."
        )
    secret = key_file.read_text(encoding="utf-8").strip().encode()
    if len(secret) < MINIMUM_KEY_BYTES:
        raise CustomerKeyError(
            f"{key_file} holds {len(secret)} bytes; a key needs at least {MINIMUM_KEY_BYTES}. "
            "Put the key back from your copy, or have a new one made: aftersales rotate-key."
        )
    return secret
