#!/usr/bin/env python3
"""Generates tests/golden/resnet: tiny random ResNets, and the logits that torchvision computes with them.

usage: resnet.py OUT_DIR       needs torch, torchvision, safetensors, numpy

Each case: model.safetensors with torchvision's names, sizes.json (the fields of ResnetConfig),
pixels.npy (B, 3, S, S) f32, logits.npy (B, classes) f32.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torchvision.models.resnet import Bottleneck, ResNet

CASES = {
    "even": dict(layers=[2, 1, 1, 2], stem_width=8, channels=[8, 8, 16, 16], classes=10, image_size=64),
    # Channels that are no multiple of a vector's lanes, and a side that no stride divides.
    "odd": dict(layers=[1, 2, 1, 1], stem_width=7, channels=[5, 6, 9, 11], classes=13, image_size=47),
}


class SmallResNet(ResNet):
    """torchvision's forward pass and blocks with other channels."""

    def __init__(self, layers, stem_width, channels, classes, image_size):
        super().__init__(Bottleneck, layers)
        self.inplanes = stem_width
        self.conv1 = torch.nn.Conv2d(3, stem_width, 7, stride=2, padding=3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(stem_width)
        for i in range(4):
            stage = self._make_layer(Bottleneck, channels[i], layers[i], stride=1 if i == 0 else 2)
            setattr(self, f"layer{i + 1}", stage)
        self.fc = torch.nn.Linear(channels[3] * Bottleneck.expansion, classes)


def disturb(model):
    """Perturbs all tensors, so that every part affects the result, in particular the batch norms' statistics, which
    are initialised to 0 and 1."""
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
                value.copy_(noise * (1.5 / value[0].numel()) ** 0.5)
            elif value.dim() == 1 and name != "fc.bias":
                value.copy_(1 + 0.3 * noise if name.endswith("weight") else 0.3 * noise)
            else:
                value.add_(0.1 * noise)


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, sizes) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model = SmallResNet(**sizes).eval()
        disturb(model)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), folder / "model.safetensors")
        (folder / "sizes.json").write_text(json.dumps(sizes) + "\n")
        rng, side = np.random.default_rng(seed), sizes["image_size"]
        # Images of different colours and contrast: a network that averages cannot distinguish noise images.
        pixels = rng.standard_normal((2, 3, side, side)) * rng.uniform(0.3, 2, (2, 1, 1, 1))
        pixels = (pixels + 1.5 * rng.standard_normal((2, 3, 1, 1))).astype(np.float32)
        with torch.no_grad():
            logits = model(torch.from_numpy(pixels)).numpy()
        # With few channels, ReLU may set all to 0, and all images would have the same logits.
        apart = np.abs(logits - logits[0]).max() / logits.std()
        assert apart > 0.3, f"{name}: the images' logits differ by {apart} only"
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "logits.npy", logits)
        print(name, logits.std())


main()
