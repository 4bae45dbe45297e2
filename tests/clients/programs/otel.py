"""Sends numbered log records by OpenTelemetry's SDK: otel.py http|grpc HOST:PORT COUNT"""

import logging
import sys

from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

protocol, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
if protocol == "http":
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    exporter = OTLPLogExporter(endpoint=f"http://{address}/v1/logs")
else:
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter

    exporter = OTLPLogExporter(endpoint=f"http://{address}", insecure=True)

provider = LoggerProvider(resource=Resource.create({"service.name": "checkout", "deployment.environment": "test"}))
provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=2 * count))
logger = logging.getLogger("orders")
logger.propagate = False
logger.setLevel(logging.INFO)
logger.addHandler(LoggingHandler(logger_provider=provider))
for number in range(count):
    logger.warning("order %d placed", number, extra={"order.number": number})
provider.shutdown()
