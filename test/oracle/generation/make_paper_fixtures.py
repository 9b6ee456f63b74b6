"""Makes test/testdata/generation-paper: greedy tokens as the paper's code decodes (kv=paper), over checkpoints of the other fixtures.

Run by hand, on a CPU, from the repository root, with the Python and the versions of test/oracle/llama/requirements.txt:

    /tmp/venv/bin/python test/oracle/generation/make_paper_fixtures.py

Deterministic. The caches are plain tensors, a slot an execution of a layer, and one a group of layers side by side: a prompt's layers attend to their
own keys and values, and the group's means are kept (keys rotated, before they are repeated for the queries); a new token's layers attend to those
and their own, and the means of the new ones are appended. Asserted: with a slot a layer the same code gives what recomputing everything gives
(make_fixtures.py's way); some texts under every schedule with a group differ from those; and nowhere are the two likeliest tokens closer than
MIN_GAP (prompts where they are get other tokens), so that rounding cannot choose.
"""

import json
import random
import sys

sys.dont_write_bytecode = True

import torch
import transformers
from transformers import AutoModelForCausalLM

from make_fixtures import MIN_GAP, NEW_TOKENS, TESTDATA, Llama, NeoX, greedy


class Slot:
    """Keys and values of the tokens so far, [1, heads, tokens, head size]."""

    def __init__(self):
        self.keys = self.values = None

    def with_new(self, keys, values):
        if self.keys is None:
            return keys, values
        return torch.cat((self.keys, keys), 2), torch.cat((self.values, values), 2)

    def append(self, keys, values):
        self.keys, self.values = self.with_new(keys, values)


class Attending:
    """What HF's attention asks for the keys and values to attend to. It keeps the layer's new ones aside."""

    def __init__(self, slot):
        self.slot, self.new = slot, None

    def update(self, keys, values, *_, **__):
        self.new = (keys, values)
        return self.slot.with_new(keys, values)


class Decoding:
    """HF's layers over the new tokens of one text. Slots are numbered in the order in which a step comes to them."""

    def __init__(self, family, model, shared):
        self.family, self.model, self.shared = family, model, shared
        self.base = model.gpt_neox if family is NeoX else model.model
        self.layers, self.count = self.base.layers, len(self.base.layers)
        self.slots, self.past = [], 0
        self.window = getattr(model.config, "sliding_window", None)

    def begin(self, tokens):
        """-> hidden states [1, tokens, hidden]"""
        embed = self.base.embed_in if self.family is NeoX else self.base.embed_tokens
        h = embed(torch.tensor([tokens]))
        positions = torch.arange(self.past, self.past + len(tokens))
        self.rotary = self.base.rotary_emb(h, position_ids=positions[None])
        seen = torch.arange(self.past + len(tokens))[None] <= positions[:, None]
        if self.window is not None:
            seen &= torch.arange(self.past + len(tokens))[None] > positions[:, None] - self.window
        self.mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)[None, None]
        self.next = 0
        self.past += len(tokens)
        return h

    def slot(self):
        if self.next == len(self.slots):
            self.slots.append(Slot())
        self.next += 1
        return self.slots[self.next - 1]

    def attend(self, i, h, slot):
        """-> output, new keys, new values"""
        attending = Attending(slot)
        name = "layer_past" if self.family is NeoX else "past_key_values"
        out = self.layers[i](h, attention_mask=self.mask, position_embeddings=self.rotary, use_cache=True, **{name: attending})
        return out[0] if isinstance(out, tuple) else out, *attending.new

    def layer(self, i, h):
        slot = self.slot()
        out, keys, values = self.attend(i, h, slot)
        slot.append(keys, values)
        return out

    def sequence(self, order, h):
        for i in order:
            h = self.layer(i, h)
        return h

    def group(self, layers, h):
        """Layers side by side."""
        if not self.shared:
            return torch.stack([self.layer(i, h) for i in layers]).mean(0)
        slot = self.slot()
        outs, keys, values = zip(*(self.attend(i, h, slot) for i in layers))
        slot.append(torch.stack(keys).mean(0), torch.stack(values).mean(0))
        return torch.stack(outs).mean(0)

    def log_probs(self, h):
        norm = self.base.final_layer_norm if self.family is NeoX else self.base.norm
        return self.model.lm_head(norm(h[:, -1:]))[0, 0].log_softmax(-1)


def decode(family, model, prompt, run, shared):
    d, new, found, smallest = Decoding(family, model, shared), prompt, [], float("inf")
    for _ in range(NEW_TOKENS):
        best = d.log_probs(run(d, d.begin(new))).topk(2)
        smallest = min(smallest, (best.values[0] - best.values[1]).item())
        new = [best.indices[0].item()]
        found += new
    return found, smallest


def schedules(T):
    """text -> how it runs, a plain loop; whether it has a group"""

    def parallel(start, loops):
        def run(d, h):
            h = d.sequence(range(start + 1), h)
            for _ in range(loops):
                h = d.group(range(start + 1, T - start), h)
            return d.sequence(range(T - start, T), h)
        return run

    def mixed(d, h):
        h = d.group([1, 2], d.layer(0, h))
        side = [d.layer(2, d.layer(1, h)), d.group([2, 3, 1], h), d.layer(3, h)]
        h = torch.stack(side).mean(0)
        for _ in range(2):
            h = d.group([3, 4], d.layer(2, h))
        return d.sequence(range(4, T), h)

    def five(d, h):
        h = d.group([0, 1, 2, 3, 4], h)
        h = h + (d.layer(1, h) - h) + (d.layer(2, h) - h)
        return d.sequence(range(3, T), d.group([0, 1, 2, 3, 4], h))

    def none(d, h):
        h = d.layer(0, h)
        for _ in range(2):
            h = torch.stack([d.layer(2, d.layer(1, h)), d.layer(3, h)]).mean(0)
        return d.sequence(range(3, T), h)

    last = max(1, T // 2 - 1)  # groups of one or two layers
    if T - 2 * last - 1 < 2:
        last -= 1
    return {
        "parallel(start=0)": (parallel(0, 1), True),
        f"parallel(start={last})": (parallel(last, 1), True),
        "loop_parallel(start=0,loops=2)": (parallel(0, 2), True),
        "loop_parallel(start=1,loops=3)": (parallel(1, 3), True),
        f"0, mean(1, 2), mean((1, 2), mean(2, 3, 1), 3), loop(2, 2, mean(3, 4)), 4..{T}": (mixed, True),
        f"mean(0..5), sum(1, 2), mean(0..5), 3..{T}": (five, True),
        f"0, loop(2, mean((1, 2), 3)), 3..{T}": (none, False),
    }


CHECKPOINTS = {"llama-gqa": Llama, "llama-bias": Llama, "mistral-window": Llama, "neox-classic": NeoX, "neox-sequential": NeoX}


def recomputing(family):
    class Recomputing(family):
        def group(self, layers, h):
            return torch.stack([self.layer(i, h) for i in layers]).mean(0)
    return Recomputing


def make(name):
    family = CHECKPOINTS[name]
    folder = TESTDATA / ("llama" if name.startswith("mistral") else name.split("-")[0]) / name
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    every, rng = schedules(model.config.num_hidden_layers), random.Random(name)
    prompts, differing = [], dict.fromkeys(every, 0)
    for length in (1, 1, 6, 15):
        while True:
            prompt = [rng.randrange(2, model.config.vocab_size) for _ in range(length)]
            found = {text: decode(family, model, prompt, run, True) for text, (run, _) in every.items()}
            if min(gap for _, gap in found.values()) > MIN_GAP:
                break
        for text, (run, _) in every.items():
            anew, gap = greedy(recomputing(family), model, prompt, lambda r: run(r, r.embed()))
            if gap > MIN_GAP:
                assert decode(family, model, prompt, run, False)[0] == anew, (name, text, "a slot a layer is no recomputation")
            differing[text] += anew != found[text][0]
        prompts.append((prompt, found))
    for text, (_, has_group) in every.items():
        assert (differing[text] > 0) == has_group, (name, text, differing[text], "texts are not those of kv=own")
    head = dict(model=name, versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__),
                smallestGap=float(f"{min(gap for _, found in prompts for _, gap in found.values()):.2g}"), prompts=[prompt for prompt, _ in prompts])
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}," for k, v in head.items()]
    cases = [dict(schedule=text, otherThanOwn=differing[text], tokens=[found[text][0] for _, found in prompts]) for text in every]
    body = ",\n".join("    " + json.dumps(case, separators=(",", ":")) for case in cases)
    path = TESTDATA / "generation-paper" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text("{\n" + "\n".join(lines) + '\n  "cases": [\n' + body + "\n  ]\n}\n")
    print(f"{name}: {path.stat().st_size / 1e3:.0f} kB, smallest gap {head['smallestGap']}, differing {differing}")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in sys.argv[1:] or CHECKPOINTS:
        make(name)
