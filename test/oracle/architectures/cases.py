"""Which schedules every fixture runs: each method of the paper, then texts beyond it. Used by make_fixtures.py."""


def list_cases(T):
    """(method, params); beyond the paper, method `schedule` with the text."""
    starts = [s for s in range(T) if T - 2 * s - 1 >= 1]
    wide = [s for s in starts if T - 2 * s - 1 >= 2]
    yield "baseline", {}
    for method in ("skip", "middle_repeat", "parallel"):
        yield from ((method, dict(start=s)) for s in starts)
    for s in wide:
        yield "reverse", dict(start=s)
        yield from (("random", dict(start=s, seed=seed)) for seed in (0, 1))
        yield from (("loop_parallel", dict(start=s, loops=loops)) for loops in (2, 3))
    yield from (("skip_idx", dict(index=i)) for i in (0, T - 1))
    yield from (("switch_idx", dict(index=i)) for i in (0, T - 2))
    yield "schedule", dict(text=f"0, sum((1, 0), {T - 1}), 1..{T}")
    yield "schedule", dict(text=f"0, loop(2, mean((1, 2), 0), damping=0.5), 1..{T}")
