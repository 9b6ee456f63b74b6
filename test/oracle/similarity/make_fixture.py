"""Makes test/testdata/similarity: texts, and what Hugging Face's hidden states say of a tiny checkpoint on them.

Run by hand, on a CPU, from the repository root, with the Python and the versions of test/oracle/llama/requirements.txt:

    /tmp/venv/bin/python test/oracle/similarity/make_fixture.py

Deterministic. The checkpoint is test/testdata/llama/llama-mha, its tokenizer the one beside it. The baseline's states are those of
HF's own forward pass (`output_hidden_states`, the last before the final norm by a hook); for the other schedules HF's layers are called
one by one (test/oracle/llama/runner.py), and the inputs they get are the states: what several layers get is one state.
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test" / "oracle" / "llama"))

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from runner import Runner, method_text, run_text

CHECKPOINT = ROOT / "test" / "testdata" / "llama" / "llama-mha"
OUT = ROOT / "test" / "testdata" / "similarity"
TEXTS = [
    "The painters stand in a line and each painter sees the canvas that the painter before has left",
    "One painter is left out",
    "Some painters in the middle could change places, and the painting would still be a painting. The painters go on painting",
    "The third painter paints the sky, and the fourth paints the sea",
]
SCHEDULES = {
    "baseline": ("baseline", {}),
    "reverse(start=2)": ("reverse", dict(start=2)),
    "parallel(start=1)": ("parallel", dict(start=1)),
    "middle_repeat(start=2)": ("middle_repeat", dict(start=2)),
    "0..2, mean((2..4), (4..6)), sum(6..8)": None,
    "0..3, loop(2, 3..5, damping=0.5), 5..8": None,
}
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_grad_enabled(False)


class Recorder(Runner):
    """Keeps what layers get, each tensor once, with the layers that get it."""

    def __init__(self, model, row):
        super().__init__(model, row)
        self.states = []

    def layer(self, i, h):
        for state, layers in self.states:
            if state is h:
                layers.append(i)
                break
        else:
            self.states.append((h, [i]))
        return super().layer(i, h)


def forward_states(model, row):
    """[T + 1] of HF's forward pass."""
    last = []
    hook = model.model.layers[-1].register_forward_hook(lambda module, args, out: last.append(out[0] if isinstance(out, tuple) else out))
    states = model(torch.tensor([row]), output_hidden_states=True).hidden_states
    hook.remove()
    assert len(states) == len(model.model.layers) + 1
    assert torch.equal(model.model.norm(last[0]), states[-1])  # HF's last one is after the final norm
    return [*states[:-1], last[0]]


def schedule_states(model, row, text):
    recorder = Recorder(model, row)
    out = run_text(recorder, text, recorder.embed())
    return [state for state, _ in recorder.states] + [out], [layers for _, layers in recorder.states]


def summarise(rows_states):
    """Per row a list of [1, seq, hidden] -> cosines averaged over rows, norms and variances over tokens."""
    cosines, tokens = [], sum(states[0].shape[1] for states in rows_states)
    for states in rows_states:
        flat = torch.stack([state.double().flatten() for state in states])
        flat = flat / flat.norm(dim=1, keepdim=True)
        cosines.append(flat @ flat.T)
    each = [torch.cat([states[i][0].double() for states in rows_states]) for i in range(len(rows_states[0]))]
    assert each[0].shape[0] == tokens
    digits = lambda value: float(f"{value:.9g}")
    return dict(
        norms=[digits(x.norm(dim=1).mean().item()) for x in each],
        variances=[digits(x.var(dim=1, unbiased=False).mean().item()) for x in each],
        cosine=[[digits(value) for value in line] for line in torch.stack(cosines).mean(0).tolist()],
    )


def main():
    (OUT / "lambada_openai").mkdir(parents=True, exist_ok=True)
    (OUT / "lambada_openai" / "test.jsonl").write_text("".join(json.dumps(dict(text=text)) + "\n" for text in TEXTS))
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32, attn_implementation="eager").eval()
    rows = [tokenizer.encode(text) for text in TEXTS]
    T = len(model.model.layers)
    lines = []
    for name, method in SCHEDULES.items():
        text = name if method is None else method_text(T, *method)
        found = [schedule_states(model, row, text) for row in rows]
        states = [states for states, _ in found]
        if name == "baseline":
            forward = [forward_states(model, row) for row in rows]
            assert all(torch.equal(a, b) for ours, hf in zip(states, forward, strict=True) for a, b in zip(ours, hf, strict=True))
        lines.append(json.dumps(dict(schedule=name, text=text, layers=found[0][1], **summarise(states)), separators=(",", ":")))
    # one state of one text as it is, for what is captured: the input of layer 3 under the baseline
    captured = forward_states(model, rows[1])[3][0]
    head = dict(versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__),
                tokens=[len(row) for row in rows],
                captured=dict(document=1, layer=3, values=[[float(f"{v:.7g}") for v in token] for token in captured.tolist()]))
    body = "".join(f' "{key}": {json.dumps(value)},\n' for key, value in head.items())
    (OUT / "expected.json").write_text("{\n" + body + ' "schedules": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n")


main()
