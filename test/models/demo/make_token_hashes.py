"""Hashes of the demo's evaluation texts as the Rust library behind Python's `tokenizers` encodes them; tokenizer.test.ts compares.

python test/models/demo/make_token_hashes.py    (from the repository root; tokenizers 0.23)
"""

import hashlib
import json
from pathlib import Path

from tokenizers import Tokenizer

demo = Path("models/demo")
tokenizer = Tokenizer.from_file(str(demo / "painters-demo/tokenizer.json"))


def strings(value):
    """Every string of a row, in the row's order."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from strings(part)
        case list():
            for part in value:
                yield from strings(part)


hashes = {}
for file in sorted((demo / "data").glob("*/*.jsonl")):
    hashed = hashlib.sha256()
    for line in file.open():
        for text in strings(json.loads(line)):
            hashed.update(json.dumps(tokenizer.encode(text).ids, separators=(",", ":")).encode())
    hashes[file.relative_to(demo / "data").as_posix()] = hashed.hexdigest()
Path("test/models/demo/token-hashes.json").write_text(json.dumps(hashes, indent=2) + "\n")
