"""Sends numbered records in the forward protocol: forward.py PORT COUNT"""

import sys

from fluent import sender

port, count = int(sys.argv[1]), int(sys.argv[2])
logger = sender.FluentSender("shop", host="127.0.0.1", port=port, nanosecond_precision=True)
for number in range(count):
    record = {"message": f"item {number} added", "number": number, "user": {"id": f"u-{number % 100}"}}
    assert logger.emit("cart", record), logger.last_error
logger.close()
