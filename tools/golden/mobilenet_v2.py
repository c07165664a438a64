#!/usr/bin/env python3
"""Generates tests/golden/mobilenet_v2: tiny random MobileNetV2s, and the logits that torchvision computes with them.

usage: mobilenet_v2.py OUT_DIR       needs torch, torchvision, safetensors, numpy

Each case: model.safetensors with torchvision's names, sizes.json (the number of parameters and the side),
pixels.npy (B, 3, S, S) f32, logits.npy (B, classes) f32.
"""
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


def disturb(model):
    """Perturbs all tensors, so that every part affects the result, in particular the batch norms' statistics, which
    are initialised to 0 and 1. The scale lets ReLU6 clip some values at either end."""
    with torch.no_grad():
        for name, value in list(model.named_parameters()) + list(model.named_buffers()):
            if not value.is_floating_point():
                continue
            noise = torch.randn_like(value)
            if name.endswith("running_var"):
                value.copy_(0.3 + noise.square())
            elif name.endswith("running_mean"):
                value.copy_(0.5 * noise)
            elif value.dim() == 4:
                value.copy_(noise * (2.5 / value[0].numel()) ** 0.5)
            elif value.dim() == 1 and name != "classifier.1.bias":
                value.copy_(1.5 + 0.3 * noise if name.endswith("weight") else 0.5 + 0.5 * noise)
            else:
                value.add_(0.1 * noise)


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
        disturb(model)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), folder / "model.safetensors")
        rng = np.random.default_rng(seed)
        # Images of different colours and contrast: a network that averages cannot distinguish noise images.
        pixels = rng.standard_normal((2, 3, side, side)) * rng.uniform(0.3, 2, (2, 1, 1, 1))
        pixels = (pixels + 1.5 * rng.standard_normal((2, 3, 1, 1))).astype(np.float32)
        low, high = clipped(model, torch.from_numpy(pixels))
        assert low > 0.02 and high > 0.02, f"{name}: ReLU6 clips {low} at 0 and {high} at 6"
        with torch.no_grad():
            logits = model(torch.from_numpy(pixels)).numpy()
        apart = np.abs(logits - logits[0]).max() / logits.std()
        assert apart > 0.3, f"{name}: the images' logits differ by {apart} only"
        parameters = sum(p.numel() for p in model.parameters())
        (folder / "sizes.json").write_text(json.dumps(dict(image_size=side, parameters=parameters)) + "\n")
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "logits.npy", logits)
        print(name, parameters, "std", logits.std(), "apart", apart, "clipped", low, high)


main()
