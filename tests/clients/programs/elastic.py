"""Sends numbered documents by Elasticsearch's bulk helper: elastic.py URL COUNT"""

import sys

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk, streaming_bulk

url, count = sys.argv[1], int(sys.argv[2])
client = Elasticsearch(url)
info = client.info()
assert info["tagline"] == "You Know, for Search", info
assert client.ping()
assert client.cluster.health()["status"] == "green"


def documents():
    for number in range(count):
        yield {
            "_op_type": "create",
            "_index": "billing",
            "@timestamp": f"2026-08-01T12:00:00.{number % 1000:03}Z",
            "service": "billing",
            "message": f"invoice {number} sent",
            "invoice": {"number": number, "customer": f"c-{number % 100}"},
        }


sent, errors = bulk(client, documents(), chunk_size=1000)
assert (sent, errors) == (count, []), (sent, errors)

# One document that no event can be: the others of its bulk are taken, and it alone is refused.
deep = {"deep": "end"}
for _ in range(40):
    deep = {"down": deep}
mixed = [{"_index": "mixed", "message": "good"}, {"_index": "mixed", **deep}, {"_index": "mixed", "message": "good"}]
results = [ok for ok, _ in streaming_bulk(client, mixed, raise_on_error=False)]
assert results == [True, False, True], results
