"""How records become bytes in the fact store.

Text from a tree is mostly UTF-8, and what is not holds lone surrogates, which
MessagePack cannot carry.  Such a record, and only such a one, is kept as JSON;
the first byte tells which it is, for no record begins with a number.
"""

import json
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

_JSON = (b"[", b"{")


def encode(value: Any) -> bytes:
    """Return a record, or a list of such, as bytes."""
    try:
        return msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), ensure_ascii=True).encode("ascii")


class Decoder(Generic[T]):
    """Reads back what :func:`encode` made of records of one type."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decode = msgspec.msgpack.Decoder(kind).decode

    def decode(self, data: bytes) -> T:
        if data.startswith(_JSON):
            return msgspec.convert(json.loads(data), self._kind)
        return self._decode(data)
