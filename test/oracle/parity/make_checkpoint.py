"""Writes test/testdata/parity/checkpoint: a tiny Llama that has read the test data a few times, so that it is right about
some documents, wrong about others and greedy on some. With random weights nothing would be greedy. Run by hand:

    /tmp/venv/bin/python test/oracle/parity/make_checkpoint.py     (torch 2.13, transformers 5.18; about a minute)
"""

import json
import random
import shutil
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TESTDATA = Path(__file__).resolve().parents[2] / "testdata"
DATA = TESTDATA / "suites" / "data"
OUT = TESTDATA / "parity" / "checkpoint"
# Long prompts with shots do not fit, so that cutting on the left is compared too.
POSITIONS = 160
STEPS = 500


def rows(file):
    return [json.loads(line) for line in (DATA / file).read_text("utf-8").split("\n") if line]


def texts():
    for row in rows("lambada_openai/data/lambada_test.jsonl"):
        context, _, word = row["text"].rpartition(" ")
        yield context, " " + word
    for name in ("arc_easy", "arc_challenge"):
        for row in rows(f"{name}/train.jsonl") + rows(f"{name}/test.jsonl"):
            answer = row["choices"]["text"][row["choices"]["label"].index(row["answerKey"])]
            yield f"Question: {row['question']}\nAnswer:", " " + answer
    for row in rows("hellaswag/train.jsonl"):
        yield f"{row['activity_label']}: {row['ctx_a']} {row['ctx_b'].capitalize()}", " " + row["endings"][int(row["label"])]
    for row in rows("winogrande/train.jsonl"):
        before, after = row["sentence"].split("_", 1)
        yield before + row[f"option{row['answer']}"], " " + after.strip()
    for name, question, words in (
        ("cola", "{sentence}\nQuestion: Does this sentence make sense?", ("no", "yes")),
        ("mnli", "{premise}\nQuestion: {hypothesis} True, False or Neither?", ("True", "Neither", "False")),
        ("mrpc", "Sentence 1: {sentence1}\nSentence 2: {sentence2}\nQuestion: Do both sentences mean the same thing?", ("no", "yes")),
        ("qnli", "{question}\n{sentence}\nQuestion: Does this response answer the question?", ("yes", "no")),
        ("qqp", "Question 1: {question1}\nQuestion 2: {question2}\nQuestion: Do both questions ask the same thing?", ("no", "yes")),
        ("rte", "{sentence1}\nQuestion: {sentence2} True or False?", ("True", "False")),
        ("sst2", "{sentence}\nQuestion: Is this sentence positive or negative?", ("negative", "positive")),
        ("wnli", "{sentence1}\nQuestion: {sentence2} True or False?", ("False", "True")),
    ):
        for row in rows(f"{name}/train.jsonl"):
            yield question.format(**row) + "\nAnswer:", " " + words[row["label"]]


torch.manual_seed(0)
torch.set_num_threads(1)
rnd = random.Random(0)
source = TESTDATA / "suites" / "llama-like"
tokenizer = PreTrainedTokenizerFast.from_pretrained(source)
config = LlamaConfig(
    vocab_size=len(tokenizer), hidden_size=48, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=POSITIONS, tie_word_embeddings=True, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
)
model = LlamaForCausalLM(config)
examples = []
for context, answer in texts():
    whole = tokenizer(context + answer).input_ids
    start = len(tokenizer(context).input_ids)
    # With and without BOS, as the two harnesses feed it.
    examples += [(whole[-POSITIONS:], len(whole) - start), (whole[1:][-POSITIONS:], len(whole) - start)]
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=STEPS)
for step in range(STEPS):
    batch = rnd.sample(examples, 16)
    width = max(len(tokens) for tokens, _ in batch)
    inputs = torch.tensor([tokens + [0] * (width - len(tokens)) for tokens, _ in batch])
    weights = torch.tensor([[0.1] * (len(t) - n) + [1.0] * n + [0.0] * (width - len(t)) for t, n in batch])[:, 1:]
    logits = model(inputs).logits[:, :-1]
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), inputs[:, 1:], reduction="none")
    loss = (losses * weights).sum() / weights.sum()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    if step % 50 == 0 or step == STEPS - 1:
        print(f"step {step}, loss {loss.item():.3f}", flush=True)

OUT.mkdir(parents=True, exist_ok=True)
model.half().save_pretrained(OUT)
(OUT / "generation_config.json").unlink(missing_ok=True)
for file in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copy(source / file, OUT / file)
print(sum(parameter.numel() for parameter in model.parameters()), "parameters in", OUT)
