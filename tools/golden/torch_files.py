#!/usr/bin/env python3
"""Generates tests/golden/torch_files: small files of tensors saved by PyTorch, and their contents.

usage: torch_files.py OUT_DIR       needs torch

  state.pth      torch.save of a state dict (zip), protocol 2; state4.pth, state5.pth: protocols 4, 5
  legacy.pth     the same in the format before PyTorch 1.6
  cuda.pth       the same, with storages tagged as on the first GPU
  training.pt    a training checkpoint: weights under "state_dict" with the prefix "module.", an optimiser's
                 state and numbers
  script.pt      a scripted module with a submodule; traced.pt: a traced one
  expected.json  {file: {tensor: {"shape": [...], "values": [...]}}}, floating-point tensors only

The tensors: f32, f16, bf16 and f64, a transposed view, a slice with steps, two views of one storage, a
parameter, a scalar, an empty tensor, and an i64 buffer.
"""
import collections
import json
import pathlib
import sys

import torch


def tensors():
    torch.manual_seed(0)
    base = torch.arange(24, dtype=torch.float32) / 7 - 1
    state = collections.OrderedDict()
    state["f32"] = torch.randn(3, 4)
    state["f16"] = torch.randn(5).half()
    state["bf16"] = torch.randn(2, 3).bfloat16()
    state["f64"] = torch.randn(4, dtype=torch.float64)
    state["transposed"] = torch.randn(3, 5).t()
    state["permuted"] = torch.randn(2, 3, 4).permute(2, 0, 1)
    state["steps"] = torch.randn(9)[1::3]
    state["columns"] = torch.randn(4, 6)[:, 2:4]
    state["half.steps"] = torch.randn(4, 4).half()[1:, ::2]
    state["shared.whole"] = base
    state["shared.part"] = base[6:12].view(2, 3)
    state["parameter"] = torch.nn.Parameter(torch.randn(2, 2))
    state["scalar"] = torch.tensor(4.6052)
    state["empty"] = torch.zeros(0, 3)
    state["counter"] = torch.tensor([1, -2], dtype=torch.int64)
    return state


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(2, 3).half())
        self.register_buffer("steps", torch.tensor(7))

    def forward(self, x):
        return x + self.weight.float().sum()


class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.twice = self.inner
        self.bias = torch.nn.Parameter(torch.randn(3))
        self.names = ["a", "b"]

    def forward(self, x):
        return self.inner(x) + self.bias


def listed(state):
    return {name: {"shape": list(t.shape), "values": [float(x) for x in t.detach().double().reshape(-1)]}
            for name, t in state.items() if t.is_floating_point()}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    state, expected = tensors(), {}
    for name, arguments in (("state.pth", {}), ("state4.pth", dict(pickle_protocol=4)),
                            ("state5.pth", dict(pickle_protocol=5)),
                            ("legacy.pth", dict(_use_new_zipfile_serialization=False))):
        torch.save(state, out / name, **arguments)
        expected[name] = listed(state)
    tag = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: "cuda:0"
    torch.save(state, out / "cuda.pth")
    torch.serialization.location_tag = tag
    expected["cuda.pth"] = listed(state)
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    torch.save({"epoch": 3, "name": "run", "best": 0.5, "optimizer": optimizer.state_dict(),
                "state_dict": {"module." + n: t for n, t in model.state_dict().items()}}, out / "training.pt")
    expected["training.pt"] = listed(model.state_dict())
    module = Outer().eval()
    scripted = torch.jit.script(module)
    torch.jit.save(scripted, str(out / "script.pt"))
    torch.jit.save(torch.jit.trace(module, torch.ones(3)), str(out / "traced.pt"))
    for name in ("script.pt", "traced.pt"):
        expected[name] = listed(torch.jit.load(str(out / name)).state_dict())
    (out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
