#!/usr/bin/env python3
"""Generates tests/golden/mobilenet_v2: tiny random MobileNetV2s, and the logits that torchvision computes with them.

usage: mobilenet_v2.py OUT_DIR       needs torch, torchvision, safetensors, numpy

Each case: model.safetensors with torchvision's names, sizes.json (the number of parameters and the side),
pixels.npy (B, 3, S, S) f32, logits.npy (B, classes) f32.
"""
import copy
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.ops.misc import Conv2dNormActivation

CASES = {
    # The first stage has as many channels as the stem, and so a residual.
    "even": dict(width_mult=0.1, round_nearest=8, head=24, classes=10, image_size=64),
    # Channels that are no multiple of a vector's lanes, and a side that no stride divides.
    "odd": dict(width_mult=0.07, round_nearest=1, head=19, classes=13, image_size=47),
}


def make_model(width_mult, round_nearest, head, classes):
    """torchvision's model with another last convolution, which its width_mult never narrows."""
    model = MobileNetV2(classes, width_mult, round_nearest=round_nearest)
    channels = model.features[-1][0].in_channels
    model.features[-1] = Conv2dNormActivation(channels, head, 1, activation_layer=torch.nn.ReLU6)
    model.classifier[1] = torch.nn.Linear(head, classes)
    return model


def disturb(model, side):
    """Random values for all tensors, so that every part affects the result. Batch norms get the statistics of random
    images, then perturbed in every channel: with others, rounding errors would grow from layer to layer. Their scale
    lets ReLU6 clip values at either end."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn_like(value)
            if value.dim() > 1:
                value.copy_(noise * (2 / value[0].numel()) ** 0.5)
            elif name.startswith("classifier"):
                value.copy_(0.1 * noise)
            else:
                value.copy_(1.5 + 0.3 * noise if name.endswith("weight") else 2 + noise)
        for norm in norms:
            norm.momentum = 1.0
        model.train()
        images = torch.nn.functional.interpolate(torch.randn(16, 3, 8, 8), size=side, mode="bilinear")
        model(images + 1.5 * torch.randn(16, 3, 1, 1))
        model.eval()
        for norm in norms:
            norm.running_mean += 0.3 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= (0.4 * torch.randn_like(norm.running_var)).exp()


def clipped(model, pixels):
    """The shares of the activations that ReLU6 sets to 0 and to 6."""
    counts = torch.zeros(3)

    def count(_, inputs, output):
        counts.add_(torch.tensor([(output == 0).sum(), (output == 6).sum(), output.numel()]))

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, torch.nn.ReLU6)]
    with torch.no_grad():
        model(pixels)
    for hook in hooks:
        hook.remove()
    return (counts[:2] / counts[2]).tolist()


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, case) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        sizes = dict(case)
        side = sizes.pop("image_size")
        model = make_model(**sizes).eval()
        disturb(model, side)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), folder / "model.safetensors")
        rng = np.random.default_rng(seed)
        # Images of different colours and contrast: a network that averages cannot distinguish noise images.
        pixels = rng.standard_normal((2, 3, side, side)) * rng.uniform(0.3, 2, (2, 1, 1, 1))
        pixels = (pixels + 1.5 * rng.standard_normal((2, 3, 1, 1))).astype(np.float32)
        low, high = clipped(model, torch.from_numpy(pixels))
        assert low > 0.02 and high > 0.005, f"{name}: ReLU6 clips {low} at 0 and {high} at 6"
        with torch.no_grad():
            logits = model(torch.from_numpy(pixels)).numpy()
        apart = np.abs(logits - logits[0]).max() / logits.std()
        assert apart > 0.2, f"{name}: the images' logits differ by {apart} only"
        with torch.no_grad():
            exact = copy.deepcopy(model).double()(torch.from_numpy(pixels).double()).numpy()
        error = (np.linalg.norm(logits - exact, axis=1) / np.linalg.norm(exact, axis=1)).max()
        assert error < 1e-6, f"{name}: rounding changes the logits by {error}"
        parameters = sum(p.numel() for p in model.parameters())
        (folder / "sizes.json").write_text(json.dumps(dict(image_size=side, parameters=parameters)) + "\n")
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "logits.npy", logits)
        print(name, parameters, "std", logits.std(), "apart", apart, "clipped", low, high, "rounding", error)


main()
