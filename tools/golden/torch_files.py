#!/usr/bin/env python3
"""Generates tests/golden/torch_files: small files of tensors saved by PyTorch, and their contents.

usage: torch_files.py OUT_DIR       needs torch, numpy, omegaconf

  state.pth      torch.save of a state dict (zip), protocol 2; state4.pth, state5.pth: protocols 4, 5
  legacy.pth     the same in the format before PyTorch 1.6
  cuda.pth       the same, with storages tagged as on the first GPU
  training.pt    a training checkpoint: weights under "state_dict" with the prefix "module.", an optimiser's
                 state and numbers
  *.ckpt, *.pt   checkpoints as trainers write them (TRAINERS below), with the objects that their optimizers,
                 schedulers and settings contain
  ambiguous.pt   two state dicts; object.pt: a whole pickled module (both are rejected, so not in expected.json)
  script.pt      a scripted module with a submodule; traced.pt: a traced one
  expected.json  {file: {tensor: {"shape": [...], "values": [...]}}}, floating-point tensors only

The tensors: f32, f16, bf16 and f64, a transposed view, a slice with steps, two views of one storage, a
parameter, a scalar, an empty tensor, and an i64 buffer.
"""
import argparse
import collections
import datetime
import enum
import functools
import json
import pathlib
import random
import sys

import numpy
import omegaconf
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


class Stage(enum.Enum):
    WARMUP = 1


class Settings(dict):
    """A dictionary with a class of its own, as Lightning's AttributeDict."""


class Tower(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = torch.nn.Sequential(collections.OrderedDict(conv1=torch.nn.Linear(2, 3)))
        self.norm = torch.nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(self.visual(x))


def objects():
    """One of each kind of object that is found in the settings of training checkpoints."""
    cycle = []
    cycle.append((cycle,))
    namespace = argparse.Namespace(lr=1e-3, betas=(0.9, 0.98), name="run")
    namespace.parent = namespace
    return Settings(
        scalar=numpy.float64(0.25), integer=numpy.int64(7), flag=numpy.bool_(True),
        array=numpy.arange(6, dtype=numpy.float32).reshape(2, 3), fortran=numpy.ones((2, 2), order="F"),
        dtype=numpy.dtype("float16"),
        namespace=namespace, config=omegaconf.OmegaConf.create({"optimizer": {"lr": 0.1}, "list": [1, "a"]}),
        stage=Stage.WARMUP, many={1, 2}, fixed=frozenset(["a"]), today=datetime.datetime(2024, 2, 29, 12, 30),
        span=datetime.timedelta(days=1), path=pathlib.PurePosixPath("runs/1"), maker=functools.partial(max, 1, key=abs),
        counter=collections.Counter("ab"), defaults=collections.defaultdict(list, a=[1]),
        queue=collections.deque([1, 2], maxlen=3), number=1 + 2j, huge=1 << 3000, raw=b"\x00\xff", mutable=bytearray(b"ab"),
        random=random.Random(1).getstate()[0], kind=torch.float32, device=torch.device("cpu"), layout=torch.strided,
        memory=torch.contiguous_format, cycle=cycle, ellipsis=..., span_of=slice(1, 2), kept=torch.Size([2]),
        complex=torch.tensor([1 + 2j]), sparse=torch.eye(2).to_sparse(), generator_state=torch.get_rng_state()[:8].clone(),
        small=torch.zeros(2, dtype=torch.float8_e4m3fn), unsigned=torch.zeros(2, dtype=torch.uint16),
        nothing=None, module=Tower())


def trained():
    """A model after one step, its optimizer's and its scheduler's state."""
    torch.manual_seed(1)
    model = Tower()
    optimizer = torch.optim.AdamW(model.parameters(), lr=numpy.float64(1e-3))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, 10)
    model(torch.ones(4, 2) + torch.randn(4, 2)).sum().backward()
    optimizer.step()
    schedule.step()
    return model, optimizer, {k: v for k, v in schedule.state_dict().items() if k != "anneal_func"}


def prefixed(prefix, state):
    return collections.OrderedDict((prefix + n, t) for n, t in state.items())


def average(state):
    return collections.OrderedDict((n, t * 0) for n, t in state.items())


def lightning(state, optimizer, schedule):
    names = prefixed("model.", state)
    names["criterion.weight"] = torch.ones(2)
    return {"epoch": 1, "global_step": 20, "pytorch-lightning_version": "2.4.0", "state_dict": names,
            "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"current": {"ready": 1}}}},
            "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {"best_model_score": torch.tensor(0.5), "dirpath": "runs"}},
            "optimizer_states": [optimizer], "lr_schedulers": [schedule], "hparams_name": "kwargs",
            "hyper_parameters": objects()}


# File: (contents, arguments of torch.save). Each describes which program writes it.
def trainers(state, wrapped, optimizer, schedule):
    compiled = torch.compile(wrapped).state_dict()               # "_orig_mod."
    parallel = torch.nn.DataParallel(wrapped).state_dict()       # "module."
    both = torch.nn.DataParallel(torch.compile(wrapped)).state_dict()
    inner = Tower()
    inner.load_state_dict(state)
    inner.visual = torch.compile(inner.visual)
    averaged = torch.optim.swa_utils.AveragedModel(wrapped).state_dict()
    attributes = collections.OrderedDict((n, torch.nn.Parameter(t.clone()) if t.is_floating_point() else t)
                                         for n, t in state.items())
    attributes["visual.conv1.weight"].no_decay = True
    legacy = dict(_use_new_zipfile_serialization=False)
    return {
        "openclip.pt": ({"epoch": 1, "name": "run", "state_dict": parallel, "optimizer": optimizer,
                         "scaler": {"scale": 65536.0, "growth_tracker": 0}}, {}),
        "lightning.ckpt": (lightning(state, optimizer, schedule), {}),
        "lightning4.ckpt": (lightning(state, optimizer, schedule), dict(pickle_protocol=4)),
        "lightning_legacy.ckpt": (lightning(state, optimizer, schedule), legacy),
        "deepspeed.pt": ({"module": state, "buffer_names": [], "optimizer": None, "lr_scheduler": schedule,
                          "param_shapes": [collections.OrderedDict((n, t.shape) for n, t in state.items())],
                          "ds_config": {"zero": False}, "ds_version": "0.15.1", "global_steps": numpy.int64(3)}, {}),
        "compiled.pt": ({"model_state_dict": compiled, "optimizer_state_dict": optimizer, "loss": numpy.float32(0.5)}, {}),
        "compiled_ddp.pt": ({"model": both, "model_ema": average(both), "args": argparse.Namespace(lr=0.1),
                             "rng": torch.get_rng_state()[:8].clone()}, {}),
        "compiled_part.pt": ({"net": inner.state_dict()}, {}),
        "nested.pt": ({"checkpoint": {"model": {"state_dict": state}, "ema": {"state_dict": average(state)}}}, legacy),
        "attributes.pt": (attributes, {}),
        "swa.pt": (averaged, {}),
    }


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
    wrapped, optimizer, schedule = trained()
    weights = wrapped.state_dict()
    files = trainers(weights, wrapped, optimizer.state_dict(), schedule)
    files["ambiguous.pt"] = ({"generator": weights, "discriminator": average(weights)}, {})
    files["object.pt"] = ({"model": torch.nn.Linear(1, 1)}, {})
    for name, (content, arguments) in files.items():
        torch.save(content, out / name, **arguments)
        if name not in ("ambiguous.pt", "object.pt"):
            expected[name] = listed(weights)
    module = Outer().eval()
    scripted = torch.jit.script(module)
    torch.jit.save(scripted, str(out / "script.pt"))
    torch.jit.save(torch.jit.trace(module, torch.ones(3)), str(out / "traced.pt"))
    for name in ("script.pt", "traced.pt"):
        expected[name] = listed(torch.jit.load(str(out / name)).state_dict())
    (out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
