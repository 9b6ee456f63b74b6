"""Makes test/testdata/sublayers: halves of layers in every order that is worth one, over checkpoints of the other fixtures.

Run by hand, on a CPU, from the repository root, with the Python and the versions of test/oracle/llama/requirements.txt:

    /tmp/venv/bin/python test/oracle/sublayers/make_fixtures.py

Deterministic. What is computed here calls Hugging Face's attention, MLP and norm modules one by one; the residuals and sums around them are
written out below, method by method, and no schedule's text is interpreted. Asserted for every checkpoint: the two halves of every layer are
HF's layer, and every deliberate mistake (an MLP that reads what it should not, a residual twice) moves some recorded value by more than 1e-2.

The pair form is that of LP (arXiv 2502.02790): two neighbouring layers a and b run side by side,

    y = x + attn_a(x) + attn_b(x)        z = y + mlp_a(y) + mlp_b(y)
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "test" / "oracle" / name) for name in ("llama", "architectures")]

import torch
import transformers
from transformers import AutoModelForCausalLM, BertForSequenceClassification

from bert import BertRunner
from neox import NeoXRunner
from runner import Runner

TESTDATA = ROOT / "test" / "testdata"
MUTATION_MUST_MOVE = 1e-2  # a hundred times the tests' tolerance of 1e-4
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_grad_enabled(False)


class Llama(Runner):
    def __init__(self, model, row):
        super().__init__(model, row["tokens"])

    def attention(self, i, x):
        """What the attention adds to x."""
        layer = self.layers[i]
        return layer.self_attn(hidden_states=layer.input_layernorm(x), position_embeddings=self.rotary, attention_mask=self.mask)[0]

    def mlp(self, i, x):
        return self.layers[i].mlp(self.layers[i].post_attention_layernorm(x))

    def outputs(self, h):
        scores = self.log_probs(h)[:-1].gather(1, self.ids[0, 1:, None])[:, 0]
        return dict(hidden=h[0, -1:], scores=scores)


class NeoX(NeoXRunner):
    def attention(self, i, x):
        layer = self.layers[i]
        return layer.attention(layer.input_layernorm(x), attention_mask=self.mask, position_embeddings=self.rotary)[0]

    def mlp(self, i, x):
        return self.layers[i].mlp(self.layers[i].post_attention_layernorm(x))

    def outputs(self, h):
        out = super().outputs(h)
        return dict(hidden=out["hidden"], scores=out["logprobs"])


class Bert(BertRunner):
    """Post-norm: a half is LayerNorm(x + f(x)), and what it adds is the difference to x."""

    def attention(self, i, x):
        return self.attended(i, x) - x

    def attended(self, i, x):
        attention = self.layers[i].attention
        return attention.output.LayerNorm(attention.output.dense(attention.self(x, self.mask)[0]) + x)

    def mlp(self, i, x):
        layer = self.layers[i]
        return layer.output.LayerNorm(layer.output.dense(layer.intermediate(x)) + x) - x

    def outputs(self, h):
        out = super().outputs(h)
        return dict(hidden=out["hidden"], scores=out["logits"])


# name -> (runner, model class, layers of the pairs, whether attention and MLP read the same input)
CHECKPOINTS = {
    "llama-gqa": (Llama, AutoModelForCausalLM, [2, 4], False),
    "llama-bias": (Llama, AutoModelForCausalLM, [1, 3], False),
    "mistral-window": (Llama, AutoModelForCausalLM, [2, 4], False),
    "neox-sequential": (NeoX, AutoModelForCausalLM, [1], False),
    "neox-classic": (NeoX, AutoModelForCausalLM, [1, 3], True),
    "bert-classifier": (Bert, BertForSequenceClassification, [1, 3], False),
}


def halves(r, h):
    for i in range(r.count):
        h = h + r.attention(i, h)
        h = h + r.mlp(i, h)
    return h


def side_by_side(r, h):
    """Attention and MLP on the same input: the layer of a parallel residual."""
    for i in range(r.count):
        h = h + r.attention(i, h) + r.mlp(i, h)
    return h


def pairs(r, h, starts, mistake=None):
    i = 0
    while i < r.count:
        if i not in starts:
            h = r.layer(i, h)
            i += 1
            continue
        x, a, b = h, i, i + 1
        y = x + r.attention(a, x) + r.attention(b, x)
        read = x if mistake == "MLPs read the pair's input" else y
        h = y + r.mlp(a, read) + r.mlp(b, read)
        if mistake == "residual twice":
            h = h + x
        i += 2
    return h


def pairs_text(count, starts):
    out, i = [], 0
    while i < count:
        if i in starts:
            out += [f"sum({i}.attn, {i + 1}.attn)", f"sum({i}.mlp, {i + 1}.mlp)"]
            i += 2
        else:
            out.append(str(i))
            i += 1
    return ", ".join(out)


def dropped(r, h):
    """Without the MLP of layer 1 and the attention of layer 2."""
    for i in range(r.count):
        if i == 1:
            h = h + r.attention(i, h)
        elif i == 2:
            h = h + r.mlp(i, h)
        else:
            h = r.layer(i, h)
    return h


def averaged(r, h):
    """Layer 1's MLP before its attention, then the mean of a whole layer and of half of another."""
    h = r.layer(0, h)
    h = h + r.mlp(1, h)
    h = h + r.attention(1, h)
    h = (r.layer(2, h) + (h + r.attention(0, h))) / 2
    return r.sequence(range(3, r.count), h)


def digits(values):
    return [digits(v) for v in values] if values.dim() > 1 else [float(f"{v:.7g}") for v in values.tolist()]


def gap(a, b):
    return max((a[key].double() - b[key].double()).abs().max().item() for key in a)


def make(name):
    runner, model_class, starts, is_parallel = CHECKPOINTS[name]
    family = "llama" if name.startswith("mistral") else name.split("-")[0]
    folder = TESTDATA / family / name
    model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    known = json.loads((folder / "expected.json").read_text())
    rows = [row if isinstance(row, dict) else dict(tokens=row) for row in known["rows"][:2]]
    T = model.config.num_hidden_layers
    every = ", ".join(f"{i}.attn, {i}.mlp" for i in range(T))
    beside = ", ".join(f"sum({i}.attn, {i}.mlp)" for i in range(T))
    methods = [
        ("halves", every, halves),
        ("halves side by side", beside, side_by_side),
        ("pairs", pairs_text(T, starts), lambda r, h: pairs(r, h, starts)),
        ("halves left out", ", ".join(["0, 1.attn, 2.mlp", *map(str, range(3, T))]), dropped),
        ("halves exchanged", ", ".join(["0, 1.mlp, 1.attn, mean(2, 0.attn)", *map(str, range(3, T))]), averaged),
    ]
    cases = []
    for method, text, run in methods:
        outputs = [(r := runner(model, row)).outputs(run(r, r.embed())) for row in rows]
        cases.append(dict(method=method, schedule=text, outputs=[{k: digits(v) for k, v in out.items()} for out in outputs]))

    moved = {}
    for row in rows:
        r = runner(model, row)
        whole = r.outputs(r.sequence(range(T), r.embed()))
        composed = r.outputs((side_by_side if is_parallel else halves)(r, r.embed()))
        assert gap(whole, composed) < 2e-5, (name, "the halves are not the layer", gap(whole, composed))
        other = r.outputs((halves if is_parallel else side_by_side)(r, r.embed()))
        right = r.outputs(pairs(r, r.embed(), starts))
        for what, got, expected in [
            ("the other residual form", other, whole),
            ("no pairs", whole, right),
            *((what, r.outputs(pairs(r, r.embed(), starts, what)), right) for what in ("MLPs read the pair's input", "residual twice")),
        ]:
            moved[what] = max(moved.get(what, 0), gap(got, expected))
    for what, by in moved.items():
        assert by > MUTATION_MUST_MOVE, (name, what, by)

    head = dict(model=name, versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__),
                parallelResidual=is_parallel, mutations={what: float(f"{by:.2g}") for what, by in moved.items()}, rows=rows)
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}," for k, v in head.items()]
    body = ",\n".join("    " + json.dumps(case, separators=(",", ":")) for case in cases)
    path = TESTDATA / "sublayers" / f"{name}.json"
    path.write_text("{\n" + "\n".join(lines) + '\n  "cases": [\n' + body + "\n  ]\n}\n")
    print(f"{name}: {path.stat().st_size / 1e3:.0f} kB, {len(cases)} cases", moved)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in sys.argv[1:] or CHECKPOINTS:
        make(name)
