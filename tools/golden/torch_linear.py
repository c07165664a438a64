#!/usr/bin/env python3
"""Writes tests/golden/pair/linear.json: parameters of torch.nn.Linear after torch.manual_seed.

usage: torch_linear.py > tests/golden/pair/linear.json       needs torch, on a processor with AVX2

All elements of small layers, and SHA-256 of the f32 bytes of all layers. (On a processor without AVX2, or
with ATEN_CPU_CAPABILITY=default, PyTorch's results differ in their last bits.)
"""
import hashlib
import json

import torch


def main():
    assert torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    cases = []
    for fan_in, fan_out, seed in [(768, 1000, 0), (768, 1000, 42), (1000, 768, 7), (5, 3, 1), (1, 1, 9),
                                  (33, 2, 4294967295), (7, 4, 2**40 + 3), (2048, 512, 123456789)]:
        torch.manual_seed(seed)
        layer = torch.nn.Linear(fan_in, fan_out)
        case = {"in": fan_in, "out": fan_out, "seed": seed}
        for name in ("weight", "bias"):
            values = getattr(layer, name).detach().numpy()
            case[name + "_sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
            if fan_in < 100:
                case[name] = [float(v) for v in values.ravel()]
        cases.append(case)
    print(json.dumps(cases, indent=1))


main()
