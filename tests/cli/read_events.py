"""Reads TensorBoard's event files by their specification alone, and prints an event per line as JSON.

Records are TFRecords: length, masked CRC-32C of the length, data, masked CRC-32C of the data. The data are
messages Event of tensorflow/core/util/event.proto. The checksum is computed bit by bit, the messages by the
encoding that protobuf.dev describes; nothing is shared with what Ebb writes them by.
"""

import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def check(data, masked):
    crc = crc32c(data)
    expected = ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF
    if masked != expected:
        sys.exit(f"checksum {masked:#x} where {expected:#x} is due")


def records(data):
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        check(data[:8], *struct.unpack("<I", data[8:12]))
        record, rest = data[12 : 12 + length], data[12 + length :]
        check(record, *struct.unpack("<I", rest[:4]))
        yield record
        data = rest[4:]


def varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def fields(data):
    """Yields the number and the value of each field: an int, or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}.get(kind) or varint(data, at)
            value, at = data[at : at + size], at + size
            if len(value) != size:
                sys.exit("a field ends after its message")
        yield tag >> 3, value


def double(value):
    return struct.unpack("<d", value)[0]


def single(value):
    return struct.unpack("<f", value)[0]


def doubles(value):
    return list(struct.unpack(f"<{len(value) // 8}d", value))


def text(value):
    return value.decode()


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def message(names):
    """A decoder of messages with these fields: number -> name, how to decode it, whether it is repeated."""

    def decode(data):
        result = {}
        for number, value in fields(data):
            name, how, *repeated = names[number]
            if repeated:
                result.setdefault(name, []).append(how(value))
            elif name in result:
                sys.exit(f"{name} stands twice")
            else:
                result[name] = how(value)
        return result

    return decode


dim = message({1: ("size", signed)})
shape = message({2: ("dim", dim, True)})
shapes = message({7: ("shape", shape, True)})
attr_value = message({1: ("list", shapes), 2: ("s", text)})
attr = message({1: ("key", text), 2: ("value", attr_value)})
node = message(
    {1: ("name", text), 2: ("op", text), 3: ("input", text, True), 5: ("attr", attr, True)}
)
graph = message({1: ("node", node, True), 4: ("versions", message({1: ("producer", signed)}))})
histogram = message(
    {
        1: ("min", double),
        2: ("max", double),
        3: ("num", double),
        4: ("sum", double),
        5: ("sum_squares", double),
        6: ("bucket_limit", doubles),
        7: ("bucket", doubles),
    }
)
value = message({1: ("tag", text), 2: ("simple_value", single), 5: ("histo", histogram)})
event = message(
    {
        1: ("wall_time", double),
        2: ("step", signed),
        3: ("file_version", text),
        4: ("graph_def", graph),
        5: ("summary", message({1: ("value", value, True)})),
        7: ("session_log", message({1: ("status", signed)})),
    }
)

if __name__ == "__main__":
    if crc32c(b"123456789") != 0xE3069283:
        sys.exit("the reader's own checksum is wrong")
    with open(sys.argv[1], "rb") as file:
        for record in records(file.read()):
            print(json.dumps(event(record)))
