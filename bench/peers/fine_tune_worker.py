"""Fine-tuning in transformers and PyTorch, in a process of its own; used by fine_tune.py.

  fine_tune_worker.py MODEL --method full|lora --ids ids.npz --batch 64 --threads 2

Reads one JSON object per line from stdin and answers each with one on stdout:
  {"steps": 3}      optimizer steps -> {"seconds": of each step, "loss": of the last}
  {"memory": true}  -> {"peak_mib": highest resident memory so far}
The first line it writes is {"ready": true, "versions": …}, after one step that is not counted.

One step is what transformers' documentation shows: CLIPModel with return_loss=True, in training mode (CLIP has no
dropout), and torch.optim.AdamW. LoRA is peft's, rank 8 on q_proj and v_proj of both towers. The batches are in memory
and prepared before the first step.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
import transformers
from transformers import CLIPModel


def make_model(args):
    model = CLIPModel.from_pretrained(args.model, dtype=torch.float32)
    if args.method == "lora":
        from peft import LoraConfig, get_peft_model
        model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))
    return model.train()


class Steps:
    def __init__(self, args):
        self.model = make_model(args)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-5, weight_decay=0.1)
        texts = np.load(args.ids)
        self.ids, self.mask = torch.from_numpy(texts["ids"]), torch.from_numpy(texts["mask"])
        size = self.model.config.vision_config.image_size
        torch.manual_seed(0)
        self.pixels = torch.randn(2 * args.batch, 3, size, size)
        self.batch, self.done = args.batch, 0

    def step(self):
        start = time.perf_counter()
        rows = (torch.arange(self.batch) + self.done * self.batch)
        texts, images = rows % len(self.ids), rows % len(self.pixels)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model(input_ids=self.ids[texts], attention_mask=self.mask[texts],
                          pixel_values=self.pixels[images], return_loss=True).loss
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return time.perf_counter() - start, loss.item()


def peak_mib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--method", choices=("full", "lora"), required=True)
    parser.add_argument("--ids", required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    torch.set_num_threads(args.threads)
    steps = Steps(args)
    steps.step()
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({"ready": True, "versions": versions}), file=replies)
    for line in sys.stdin:
        command = json.loads(line)
        if "memory" in command:
            reply = {"peak_mib": peak_mib()}
        else:
            done = [steps.step() for _ in range(command["steps"])]
            reply = {"seconds": [seconds for seconds, _ in done], "loss": done[-1][1]}
        print(json.dumps(reply), file=replies)


if __name__ == "__main__":
    main()
