"""Writes test/testdata/suites/python-text.json: what Python's str methods give. Run by hand, with CPython 3.10-3.12.

    python3 test/oracle/suites/make_python_text.py > test/testdata/suites/python-text.json
"""
import json
import random
import struct
import sys
import unicodedata

points = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
rnd = random.Random(0)

# Doubled, so that each entry shows a letter's title case and its lower case after a letter.
capitalized = {c: (c + c).capitalize() for c in points if (c + c).capitalize() != c + c}

# Sigma is lowered by what stands around it; ' : . \u00ad \u0301 are case-ignorable.
alphabet = "ΣΣΣσaZ1 '.:\u00ad\u0301\u0345İß"
sigmas = ["".join(rnd.choice(alphabet) for _ in range(rnd.randint(1, 9))) for _ in range(300)]

floats = [0.0, -0.0, 1.0, -1.0, 0.1, 1e-4, 1e-5, 1.5e-5, -1e-5, 1e15, 1e16, -1e16, 123456789012345680.0,
          9999999999999998.0, 1e22, 1e100, 1.7976931348623157e308, 5e-324, float("inf"), float("-inf")]
floats += [rnd.uniform(-60, 0) for _ in range(30)]
floats += [rnd.uniform(-1, 1) * 10.0 ** rnd.randint(-20, 25) for _ in range(60)]
floats += [float(struct.unpack("f", struct.pack("f", rnd.uniform(-60, 0)))[0]) for _ in range(30)]

json.dump(
    {
        "made": f"by make_python_text.py with Python {sys.version.split()[0]}, Unicode {unicodedata.unidata_version}",
        "whitespace": [ord(c) for c in points if c.strip() == ""],
        "capitalized": capitalized,
        "sigmas": {s: s.capitalize() for s in sigmas},
        # As bits, so that no JSON reader comes in between.
        "floats": {struct.pack(">d", x).hex(): repr(x) for x in floats},
    },
    sys.stdout,
    ensure_ascii=False,
    separators=(",", ":"),
)
print()
