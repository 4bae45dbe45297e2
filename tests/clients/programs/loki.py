"""Sends numbered lines as Promtail does: loki.py URL COUNT"""

import sys
import urllib.request

import snappy


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def entry(number):
    milliseconds = 1785585600000 + number
    seconds, nanos = milliseconds // 1000, milliseconds % 1000 * 1_000_000
    time = varint(1 << 3) + varint(seconds) + varint(2 << 3) + varint(nanos)
    label = field(1, b"trace_id") + field(2, f"t-{number}".encode())
    line = f"GET /cart/{number} took {number % 100} ms".encode()
    return field(1, time) + field(2, line) + field(3, label)


url, count = sys.argv[1], int(sys.argv[2])
for begin in range(0, count, 2000):
    entries = b"".join(field(2, entry(number)) for number in range(begin, min(count, begin + 2000)))
    stream = field(1, b'{job="shop", pod="shop-1"}') + entries
    body = snappy.compress(field(1, stream))
    headers = {"Content-Type": "application/x-protobuf", "X-Scope-OrgID": "fake"}
    with urllib.request.urlopen(urllib.request.Request(url + "/loki/api/v1/push", body, headers)) as answer:
        assert answer.status == 204, answer.status
