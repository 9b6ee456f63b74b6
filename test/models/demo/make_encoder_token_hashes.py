"""Hashes of GLUE's rows of the demo as the Rust library behind Python's `tokenizers` encodes them; encoder-tokenizer.test.ts compares.

python test/models/demo/make_encoder_token_hashes.py    (from the repository root; tokenizers 0.23)
"""

import hashlib
import json
from pathlib import Path

from tokenizers import Tokenizer

demo = Path("models/demo")
tokenizer = Tokenizer.from_file(str(demo / "encoder/tokenizer.json"))

hashes = {}
for file in sorted((demo / "data/glue").rglob("*.jsonl")):
    hashed = hashlib.sha256()
    for line in file.open():
        texts = [value for name, value in json.loads(line).items() if name not in ("label", "idx")]
        encoded = tokenizer.encode(*texts)
        hashed.update(json.dumps([encoded.ids, encoded.type_ids], separators=(",", ":")).encode())
    hashes[file.relative_to(demo / "data").as_posix()] = hashed.hexdigest()
Path("test/models/demo/encoder-token-hashes.json").write_text(json.dumps(hashes, indent=2) + "\n")
