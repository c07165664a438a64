#!/usr/bin/env python3
"""Creates the files that ONNX Runtime and OpenVINO run at each precision from a tower's ONNX file.

  make_variants.py TOWER.onnx OUT --calibration x.npy [--heads 12 --width 768]

Written to OUT, unless already there:
  fused.onnx      ONNX Runtime's transformer optimiser (attention, layer norm, GELU fused), where it applies
  fp16.onnx       fp32 graph converted to half (ONNX Runtime has few CPU kernels for it)
  dynamic.onnx    quantize_dynamic: weights int8 per channel, activations u8 at run time; from the fused graph
  static-u8s8.onnx, static-s8s8.onnx   QDQ with calibrated activations, weights int8 per channel
  openvino.xml    NNCF's post-training quantisation of the plain graph (transformers: its smooth-quant etc.)

`--calibration`: inputs of the tower as a .npy; the first 60 rows are used.
"""
import argparse
import pathlib
import sys

import numpy as np


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def fuse(source, target, heads, width):
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions
    options = FusionOptions("clip")
    best = None
    for kind in ("clip", "vit", "bert"):
        try:
            model = optimizer.optimize_model(str(source), model_type=kind, num_heads=heads, hidden_size=width,
                                             opt_level=0, only_onnxruntime=False)
        except Exception as error:
            say("fuse", kind, type(error).__name__, error)
            continue
        counts = model.get_fused_operator_statistics()
        score = 100 * (counts.get("Attention", 0) + counts.get("MultiHeadAttention", 0)) + sum(counts.values())
        say("fuse", kind, {k: v for k, v in counts.items() if v})
        if best is None or score > best[0]:
            best = (score, model)
    if best is None or best[0] == 0:
        return False
    best[1].save_model_to_file(str(target))
    return True


def half(source, target):
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16
    onnx.save(convert_float_to_float16(onnx.load(str(source)), keep_io_types=True), str(target))


def prepared(source, folder):
    """Infers shapes and folds constants, as the quantizer requires."""
    from onnxruntime.quantization.shape_inference import quant_pre_process
    target = folder / f"prepared-{source.stem}.onnx"
    if not target.exists():
        try:
            quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
        except Exception as error:
            say("quant_pre_process", type(error).__name__, error)
            return source
    return target


def dynamic(source, target, folder):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    quantize_dynamic(str(source), str(target), per_channel=True, reduce_range=False, weight_type=QuantType.QInt8,
                     op_types_to_quantize=["MatMul", "Gemm", "Attention"],
                     extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT})


def static(source, target, calibration, signed, folder):
    import onnxruntime
    from onnxruntime.quantization import (CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType,
                                          quantize_static)
    session = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    del session

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.batches = iter([calibration[i:i + 4] for i in range(0, len(calibration), 4)])

        def get_next(self):
            batch = next(self.batches, None)
            return None if batch is None else {name: np.ascontiguousarray(batch)}

    kind = QuantType.QInt8 if signed else QuantType.QUInt8
    quantize_static(str(prepared(source, folder)), str(target), Reader(), quant_format=QuantFormat.QDQ,
                    per_channel=True, reduce_range=False, activation_type=kind, weight_type=QuantType.QInt8,
                    op_types_to_quantize=["MatMul", "Gemm", "Conv"], calibrate_method=CalibrationMethod.MinMax,
                    extra_options={"MatMulConstBOnly": True, "ActivationSymmetric": signed})


def openvino(source, target, calibration, transformer):
    import nncf
    import openvino as ov
    model = ov.Core().read_model(str(source))
    name = model.input(0).any_name
    items = [{name: np.ascontiguousarray(calibration[i:i + 1])} for i in range(len(calibration))]
    options = {"model_type": nncf.ModelType.TRANSFORMER} if transformer else {}
    quantized = nncf.quantize(model, nncf.Dataset(items), subset_size=len(items), preset=nncf.QuantizationPreset.MIXED,
                              **options)
    ov.save_model(quantized, str(target), compress_to_fp16=False)


def attempt(target, function, *arguments):
    if target.exists():
        return
    try:
        function(*arguments)
        say(target.name, "made" if target.exists() else "nothing to make")
    except Exception as error:
        say(target.name, "not made:", f"{type(error).__name__}: {error}".splitlines()[0][:300])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tower", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--calibration", type=pathlib.Path, required=True)
    parser.add_argument("--heads", type=int, default=0)
    parser.add_argument("--width", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=None, help="file names without extension")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = lambda name: args.only is None or name in args.only
    calibration = np.load(args.calibration, mmap_mode="r")[:60]
    out = args.out
    if wanted("fused"):
        attempt(out / "fused.onnx", fuse, args.tower, out / "fused.onnx", args.heads, args.width)
    base = out / "fused.onnx" if (out / "fused.onnx").exists() else args.tower
    if wanted("dynamic"):
        attempt(out / "dynamic.onnx", dynamic, base, out / "dynamic.onnx", out)
    if wanted("static"):
        for signed in (False, True):
            target = out / f"static-{'s8s8' if signed else 'u8s8'}.onnx"
            attempt(target, static, args.tower, target, calibration, signed, out)
    if wanted("openvino"):
        attempt(out / "openvino.xml", openvino, args.tower, out / "openvino.xml", calibration, args.heads > 0)
    if wanted("fp16"):
        attempt(out / "fp16.onnx", half, args.tower, out / "fp16.onnx")


if __name__ == "__main__":
    main()
