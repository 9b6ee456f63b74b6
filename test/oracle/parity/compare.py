"""Runs `painters sweep` as expected.json was run, reads its results folders with lm-evaluation-harness's own readers and
compares every log-likelihood and every metric. After `npm run build`:

    /tmp/venv/bin/python test/oracle/parity/compare.py     (lm_eval 0.4.13)
"""

import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from lm_eval.utils import get_file_task_name, get_latest_filename, get_results_filenames, get_sample_results_filenames

ROOT = Path(__file__).resolve().parents[3]
PARITY = ROOT / "test" / "testdata" / "parity"
sys.path.insert(0, str(ROOT / "test" / "oracle" / "results"))
from read_results import check_folder  # noqa: E402

expected = json.loads((PARITY / "expected.json").read_text("utf-8"))
worst = requests = 0
for (harness, shots), group in itertools.groupby(expected["runs"], key=lambda run: (run["harness"], run["shots"])):
    runs = {run["task"]: run for run in group}
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            ["node", ROOT / "dist/coordinator/cli.js", "sweep", "--model", PARITY / "checkpoint", "--store", f"{out}/store",
             "--data", PARITY.parent / "suites" / "data", "--tasks", ",".join(runs), "--schedule", "baseline", "--harness", harness,
             "--num-fewshot", str(shots), "--bootstrap-iters", str(expected["bootstrap_iterations"]), "--out", f"{out}/results"],
            check=True, stdout=subprocess.DEVNULL,
        )
        (folder,) = Path(out, "results", "harness").iterdir()
        check_folder(folder)
        files = [file.as_posix() for file in folder.iterdir()]
        results = json.loads(Path(get_latest_filename(get_results_filenames(files))).read_text("utf-8"))
        samples = {get_file_task_name(Path(file).name): [json.loads(line) for line in Path(file).read_text("utf-8").split("\n")[:-1]]
                   for file in get_sample_results_filenames(files)}
    for task, run in runs.items():
        assert results["versions"][task] == run["version"] and results["n-shot"][task] == shots
        for ours, theirs in zip(samples[task], run["samples"], strict=True):
            assert ours["prompt_hash"].startswith(theirs["prompt_hash"]), (task, ours["doc_id"])
            assert "".join(str(int(greedy == "True")) for _, greedy in ours["filtered_resps"]) == theirs["greedy"], (task, ours["doc_id"])
            for (ll, _), ll_expected in zip(ours["filtered_resps"], theirs["lls"], strict=True):
                worst, requests = max(worst, abs(float(ll) - ll_expected)), requests + 1
        for key, value in run["metrics"].items():
            found = results["results"][task][key]
            exact = not key.startswith("perplexity")
            assert found == value if exact else abs(found - value) <= 1e-4 * value, (task, key, found, value)
    print(f"{harness}, {shots} shots: {len(runs)} tasks")
assert worst <= 1e-4, worst
print(f"OK: {requests} log-likelihoods, the largest difference {worst:.1e}; every metric")
