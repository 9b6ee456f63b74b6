"""BERT as transformers computes it, written out: small enough to be quick, and open to other orders of the layers."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

CONFIG = dict(
    architectures=["BertForSequenceClassification"],
    model_type="bert",
    hidden_size=96,
    intermediate_size=288,
    num_hidden_layers=12,
    num_attention_heads=4,
    max_position_embeddings=128,
    type_vocab_size=2,
    hidden_act="gelu",
    layer_norm_eps=1e-12,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    classifier_dropout=None,
    position_embedding_type="absolute",
    pad_token_id=0,
    initializer_range=0.02,
    torch_dtype="float16",
)

# Outputs of each task's own classifier; stsb is a regression.
TASKS = dict(cola=2, sst2=2, mrpc=2, qnli=2, rte=2, stsb=1, wnli=2)
# The task whose classifier is in the checkpoint, and what its outputs are called.
BUNDLED, LABELS = "mrpc", ["not_equivalent", "equivalent"]


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        hidden, eps = c["hidden_size"], c["layer_norm_eps"]
        self.heads = c["num_attention_heads"]
        # query, key and value: one matrix here, three in the file.
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.attention_output = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps)
        self.intermediate = nn.Linear(hidden, c["intermediate_size"])
        self.output = nn.Linear(c["intermediate_size"], hidden)
        self.output_norm = nn.LayerNorm(hidden, eps)

    def forward(self, x, mask):
        batch, length, hidden = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).reshape(batch, length, hidden)
        x = self.attention_norm(x + self.attention_output(y))
        return self.output_norm(x + self.output(F.gelu(self.intermediate(x))))


class Bert(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config, hidden = c, c["hidden_size"]
        self.words = nn.Embedding(c["vocab_size"], hidden)
        self.positions = nn.Embedding(c["max_position_embeddings"], hidden)
        self.types = nn.Embedding(c["type_vocab_size"], hidden)
        self.norm = nn.LayerNorm(hidden, c["layer_norm_eps"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.pooler = nn.Linear(hidden, hidden)
        # Of training only, but for the bundled task's rows of `classifiers`: all tasks' outputs in a row, and masked words.
        self.classifiers = nn.Linear(hidden, sum(TASKS.values()))
        self.masked = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.masked_bias = nn.Parameter(torch.zeros(c["vocab_size"]))
        self.draw_weights()

    def draw_weights(self):
        """Layers begin near the identity: what they add is small against what they get. Positions begin as sinusoids."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.7 * module.in_features**-0.5)
                nn.init.zeros_(module.bias)
        for layer in self.layers:
            layer.attention_output.weight.data *= 0.35
            layer.output.weight.data *= 0.35
        nn.init.normal_(self.words.weight, std=0.2)
        nn.init.normal_(self.types.weight, std=0.1)
        count, hidden = self.positions.weight.shape
        angles = torch.arange(count)[:, None] / 1000 ** (torch.arange(0, hidden, 2) / hidden)
        self.positions.weight.data = 0.2 * torch.cat([angles.sin(), angles.cos()], 1)

    def hidden(self, ids, types, steps=None):
        """ids, types [batch, length] -> [batch, length, hidden]. steps: the schedule, a layer or a set of layers to average each."""
        length = ids.shape[1]
        mask = (ids != self.config["pad_token_id"])[:, None, None, :]
        x = self.norm(self.words(ids) + self.positions.weight[:length] + self.types(types))
        for step in range(len(self.layers)) if steps is None else steps:
            if isinstance(step, int):
                x = self.layers[step](x, mask)
            else:
                x = torch.stack([self.layers[i](x, mask) for i in step]).mean(0)
        return x

    def pooled(self, ids, types, steps=None):
        """[batch, hidden], what the classifiers read."""
        return self.pooler(self.hidden(ids, types, steps)[:, 0]).tanh()

    def logits(self, pooled):
        """task -> [batch, outputs]"""
        return dict(zip(TASKS, self.classifiers(pooled).split(list(TASKS.values()), -1)))

    def masked_logits(self, hidden):
        """[masked tokens, hidden] -> [masked tokens, vocab]"""
        return F.linear(self.masked(hidden), self.words.weight, self.masked_bias)

    def save(self, folder):
        """As Hugging Face lays a BertForSequenceClassification out, in float16; the tokenizer's files are the world's."""
        rows = dict(zip(TASKS, torch.arange(sum(TASKS.values())).split(list(TASKS.values()))))[BUNDLED]
        modules = {
            "bert.embeddings.word_embeddings": self.words,
            "bert.embeddings.position_embeddings": self.positions,
            "bert.embeddings.token_type_embeddings": self.types,
            "bert.embeddings.LayerNorm": self.norm,
            "bert.pooler.dense": self.pooler,
        }
        tensors = {
            "classifier.weight": self.classifiers.weight[rows],
            "classifier.bias": self.classifiers.bias[rows],
        }
        for i, layer in enumerate(self.layers):
            name = f"bert.encoder.layer.{i}"
            for kind in ("weight", "bias"):
                parts = getattr(layer.qkv, kind).chunk(3)
                tensors |= {f"{name}.attention.self.{part}.{kind}": t for part, t in zip(("query", "key", "value"), parts)}
            modules |= {
                f"{name}.attention.output.dense": layer.attention_output,
                f"{name}.attention.output.LayerNorm": layer.attention_norm,
                f"{name}.intermediate.dense": layer.intermediate,
                f"{name}.output.dense": layer.output,
                f"{name}.output.LayerNorm": layer.output_norm,
            }
        for name, module in modules.items():
            tensors |= {f"{name}.{kind}": tensor for kind, tensor in module.named_parameters()}
        Path(folder).mkdir(parents=True, exist_ok=True)
        halves = {name: tensor.detach().half().clone() for name, tensor in sorted(tensors.items())}
        save_file(halves, f"{folder}/model.safetensors", metadata={"format": "pt"})
        labels = dict(
            id2label={str(i): label for i, label in enumerate(LABELS)},
            label2id={label: i for i, label in enumerate(LABELS)},
            problem_type="single_label_classification",
            finetuning_task=BUNDLED,
        )
        Path(folder, "config.json").write_text(json.dumps(self.config | labels, indent=2) + "\n")
