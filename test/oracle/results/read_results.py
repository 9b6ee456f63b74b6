"""Reads a results folder of ours with lm-evaluation-harness's own readers and prints OK.

    /tmp/venv/bin/python test/oracle/results/read_results.py OUT     (lm_eval 0.4.13; OUT holds harness/)

Checked: readers find and date the files, make_table prints every value, each sample line is what json.dumps
writes, doc, prompt, target and task hashes are the harness's, and the aggregates follow from the samples.
"""

import json
import math
import sys
from pathlib import Path

try:
    import pytablewriter  # noqa: F401  (make_table imports it when called)
except ImportError:
    pytablewriter = None

from lm_eval.api.instance import Instance
from lm_eval.api.metrics import f1_score, matthews_corrcoef, mean, mean_stderr, perplexity
from lm_eval.filters import build_filter_ensemble
from lm_eval.utils import (
    get_file_datetime,
    get_file_task_name,
    get_latest_filename,
    get_results_filenames,
    get_sample_results_filenames,
    handle_non_serializable,
    hash_string,
    make_table,
    sanitize_list,
    sanitize_model_name,
)


AGGREGATES = {"perplexity": perplexity, "f1": f1_score, "mcc": matthews_corrcoef}


def same(a, b):
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-12)


def check_samples(file, results):
    task = get_file_task_name(Path(file).name)
    hashes, values = "", {}
    for line in Path(file).read_text(encoding="utf-8").split("\n")[:-1]:
        sample = json.loads(line)
        assert json.dumps(sample, default=handle_non_serializable, ensure_ascii=False) == line, line
        assert sanitize_list(sample["resps"]) == sample["resps"]
        if sample["filter"] == "none":
            assert [resp[0] for resp in sample["resps"]] == sample["filtered_resps"]
            for (_, args), resp in zip(sample["arguments"].items(), sample["filtered_resps"], strict=True):
                assert set(args) == {"arg_0", "arg_1"} and resp[1] in ("True", "False")
                assert str(float(resp[0])) == resp[0], resp
        else:
            # A task that generates: one text, and what the filter found in it, by the harness's own definition.
            ((text,),) = sample["resps"]
            (pipeline,) = [own for own in results["configs"][task]["filter_list"] if own["name"] == sample["filter"]]
            instance = Instance("generate_until", sample["doc"], (), 0, resps=[text])
            steps = [[step["function"], {key: value for key, value in step.items() if key != "function"}] for step in pipeline["filter"]]
            build_filter_ensemble(sample["filter"], steps).apply([instance])
            assert [instance.filtered_resps[sample["filter"]]] == sample["filtered_resps"]
            assert sample["arguments"]["gen_args_0"]["arg_1"] == results["configs"][task]["generation_kwargs"]
        document = json.dumps(sample["doc"], indent=2, default=handle_non_serializable, ensure_ascii=False)
        assert hash_string(document) == sample["doc_hash"]
        assert hash_string(sample["arguments"]["gen_args_0"]["arg_0"]) == sample["prompt_hash"]
        assert hash_string(sample["target"]) == sample["target_hash"]
        hashes += sample["doc_hash"] + sample["prompt_hash"] + sample["target_hash"]
        for metric in sample["metrics"]:
            values.setdefault((metric, sample["filter"]), []).append(sample[metric])
    assert hash_string(hashes) == results["task_hashes"][task]
    found = results["results"][task]
    for (metric, filtered), series in values.items():
        assert same(AGGREGATES.get(metric, mean)(series), found[f"{metric},{filtered}"]), (task, metric)
        if metric not in AGGREGATES and len(series) > 1:
            assert same(mean_stderr(series), found[f"{metric}_stderr,{filtered}"]), (task, metric)
        assert len(series) == found["sample_len"] == results["n-samples"][task]["effective"]
    return task


def check_folder(folder):
    files = [file.as_posix() for file in folder.iterdir()]
    latest = get_latest_filename(get_results_filenames(files))
    text = Path(latest).read_text(encoding="utf-8")
    results = json.loads(text)
    assert json.dumps(results, indent=2, ensure_ascii=False) + "\n" == text
    assert results["model_name_sanitized"] == folder.name
    assert folder.name.startswith(sanitize_model_name(results["model_name"])[:100])
    samples = get_sample_results_filenames(files)
    date = get_file_datetime(latest).removesuffix(".json")
    assert all(get_file_datetime(file) == date for file in samples), samples
    tasks = {check_samples(file, results) for file in samples}
    assert not samples or tasks == set(results["results"]) == set(results["configs"])
    return make_table(results) if pytablewriter else "make_table not checked: pytablewriter is not installed"


if __name__ == "__main__":
    folders = sorted(Path(sys.argv[1], "harness").iterdir())
    assert folders, "no folders"
    for number, folder in enumerate(folders):
        table = check_folder(folder)
        if number == 0:
            print(folder.name, table, sep="\n")
    print(f"OK: {len(folders)} schedules")
