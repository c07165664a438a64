"""One peer in a separate process, isolated from other peers' threads, allocator and memory.

  worker.py onnxruntime FILE.onnx --threads 2 [--option graph=all|basic]
  worker.py openvino    FILE      --threads 2 [--option precision=f32|bf16|f16] [--option hint=latency|throughput]
                                             [--option streams=N]

Reads one JSON object per line from stdin and answers each with one on stdout; output of the libraries goes to
stderr:
  {"inputs": "x.npy", "batch": 32, "seconds": 1.5}   time runs of the first 32 rows (repeated where the
                          file has fewer) for at least that long -> {"per_second": the median run's rate, "runs"}
  {"inputs": "x.npy", "batch": 32, "out": "y.npy"}   all rows in batches -> {"rows"}, features in y.npy
  {"memory": true}        -> {"peak_mib": highest resident memory so far}
The first line it writes is {"ready": true, "load_seconds": …, "version": …}.
"""
import argparse
import json
import os
import sys
import time

import numpy as np


def onnxruntime_runner(file, threads, options):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    level = options.get("graph", "all")
    settings.graph_optimization_level = {
        "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
        "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC}[level]
    session = onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    # fp16 and bf16 graphs may require pixels of their own type; the conversion is measured too.
    kind = {"tensor(float16)": np.float16}.get(session.get_inputs()[0].type)
    convert = (lambda x: x.astype(kind)) if kind else (lambda x: x)

    def run(x):
        return session.run(None, {name: convert(x)})[0].astype(np.float32, copy=False)

    def run_many(batches):
        for x in batches:
            run(x)

    return run, run_many, onnxruntime.__version__


def openvino_runner(file, threads, options):
    import openvino
    import openvino.properties as properties
    import openvino.properties.hint as hint
    core = openvino.Core()
    types = {"f32": openvino.Type.f32, "bf16": openvino.Type.bf16, "f16": openvino.Type.f16}
    settings = {properties.inference_num_threads: threads,
                hint.inference_precision: types[options.get("precision", "f32")],
                hint.performance_mode: {"latency": hint.PerformanceMode.LATENCY,
                                        "throughput": hint.PerformanceMode.THROUGHPUT}[options.get("hint", "latency")]}
    if "streams" in options:
        settings[properties.num_streams] = int(options["streams"])
    compiled = core.compile_model(core.read_model(file), "CPU", settings)
    name = compiled.input(0)
    streams = compiled.get_property(properties.num_streams)
    request = compiled.create_infer_request()

    def run(x):
        # share_inputs: no copy of the pixels.
        return np.array(request.infer({name: x}, share_inputs=True)[0], dtype=np.float32)

    # One request in flight for each stream; otherwise streams do not help.
    queue = openvino.AsyncInferQueue(compiled, max(1, streams)) if streams > 1 else None

    def run_many(batches):
        if queue is None:
            for x in batches:
                run(x)
            return
        for x in batches:
            queue.start_async({name: x}, share_inputs=True)
        queue.wait_all()

    return run, run_many, openvino.__version__


def rows(file, batch):
    x = np.load(file, mmap_mode="r")
    return np.ascontiguousarray(x[np.arange(batch) % len(x)])


def measure(run_many, x, seconds, in_flight, warm=set()):
    """Rate of the median run, over at least `seconds`; the first run of a batch size is not counted."""
    if len(x) not in warm:
        run_many([x] * in_flight)
        warm.add(len(x))
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        run_many([x] * in_flight)
        times.append((time.perf_counter() - start) / in_flight)
    return {"per_second": len(x) / float(np.median(times)), "runs": len(times) * in_flight}


def peak_mib():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return None


def answer(command, run, run_many, in_flight):
    if "memory" in command:
        return {"peak_mib": peak_mib()}
    if "out" in command:
        x = np.load(command["inputs"], mmap_mode="r")
        repeat = command.get("rows", len(x))
        parts = []
        for start in range(0, repeat, command["batch"]):
            part = np.arange(start, min(start + command["batch"], repeat)) % len(x)
            parts.append(run(np.ascontiguousarray(x[part])))
        np.save(command["out"], np.concatenate(parts))
        return {"rows": repeat}
    return measure(run_many, rows(command["inputs"], command["batch"]), command["seconds"], in_flight)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=("onnxruntime", "openvino"))
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--option", action="append", default=[])
    args = parser.parse_args()
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    options = dict(item.split("=", 1) for item in args.option)
    start = time.perf_counter()
    make = {"onnxruntime": onnxruntime_runner, "openvino": openvino_runner}[args.peer]
    run, run_many, version = make(args.file, args.threads, options)
    # With several streams a "run" is a few batches in flight, so that every stream has work.
    in_flight = 2 * int(options.get("streams", "1")) if options.get("streams", "1") != "1" else 1
    print(json.dumps({"ready": True, "load_seconds": time.perf_counter() - start, "version": version}), file=replies)
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line), run, run_many, in_flight)
        except Exception as error:  # reported as a result
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(reply), file=replies)


if __name__ == "__main__":
    main()
