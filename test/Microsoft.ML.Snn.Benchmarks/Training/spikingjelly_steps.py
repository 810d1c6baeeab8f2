"""ResNet-19 (STBP-tdBN) in SpikingJelly's multi-step mode, torch backend, training a step for each line "step" that it reads.

    SPIKINGJELLY=<folder with SpikingJelly's source> python3 spikingjelly_steps.py <Float32|BFloat16> <width> <time steps>

Needs PyTorch (Debian: python3-torch) and SpikingJelly 0.0.0.0.14, the newest stable release, as source: nothing of it is part of this
repository. Answers "ready" and its peak resident memory in KiB before the first step, then the milliseconds of each step, and at "quit"
its peak resident memory, as StepServer.cs does.
BFloat16 is PyTorch's autocast on the CPU.
"""
import os
import resource
import sys
import time

sys.path.insert(0, os.environ.get("SPIKINGJELLY", ""))
import torch
from torch import nn
from spikingjelly.activation_based import functional, layer, neuron

THRESHOLD, DECAY, BATCH, THREADS, WARM_UP = 0.5, 0.25, 16, 2, 2
BRANCH = 0.5 ** 0.5


class Rectangle(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x >= 0).to(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * (x.abs() < 0.5).to(gradient)


class Surrogate(nn.Module):
    def forward(self, x):
        return Rectangle.apply(x)


class Norm(layer.ThresholdDependentBatchNorm2d):
    def _check_input_dim(self, x):  # its base class leaves this check to its heirs, which lack it
        pass


class HiddenNorm(layer.ThresholdDependentBatchNorm1d):
    def _check_input_dim(self, x):
        pass


def lif():
    return neuron.LIFNode(
        tau=1 / (1 - DECAY), decay_input=False, v_threshold=THRESHOLD, v_reset=0.0, surrogate_function=Surrogate(),
        detach_reset=False, step_mode="m", backend="torch")


def convolution(inputs, outputs, kernel, stride, alpha):
    conv = layer.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False, step_mode="m")
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(conv, Norm(alpha, THRESHOLD, outputs))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Sequential(convolution(inputs, outputs, 3, stride, 1.0), lif())
        self.second = convolution(outputs, outputs, 3, 1, BRANCH)
        changes = stride != 1 or inputs != outputs
        self.shortcut = convolution(inputs, outputs, 1, stride, BRANCH) if changes else Norm(BRANCH, THRESHOLD, outputs)
        self.neurons = lif()

    def forward(self, x):
        return self.neurons(self.second(self.first(x)) + self.shortcut(x))


class ResNet19(nn.Module):
    def __init__(self, width):
        super().__init__()
        base = max(8, round(128 * width / 8) * 8)
        stages = [(base, base, 1)] + [(base, base, 1)] * 2 + [(base, 2 * base, 2)] + [(2 * base, 2 * base, 1)] * 2
        stages += [(2 * base, 4 * base, 2), (4 * base, 4 * base, 1)]
        self.stem = nn.Sequential(convolution(3, base, 3, 1, 1.0), lif())
        self.blocks = nn.Sequential(*[Block(*stage) for stage in stages])
        self.hidden = layer.Linear(4 * base, 256, bias=False, step_mode="m")
        self.hidden_norm = HiddenNorm(1.0, THRESHOLD, 256)
        self.hidden_neurons = lif()
        self.output = layer.Linear(256, 10, step_mode="m")

    def forward(self, x):
        rates = self.blocks(self.stem(x)).mean((3, 4))
        return self.output(self.hidden_neurons(self.hidden_norm(self.hidden(rates))))


def main():
    precision, width, steps = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    network = ResNet19(width)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    images = torch.randn(BATCH, 3, 32, 32).unsqueeze(0).repeat(steps, 1, 1, 1, 1)
    labels = torch.randint(0, 10, (BATCH,))

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "BFloat16"):
            outputs = network(images)
        loss = nn.functional.cross_entropy(outputs.float().mean(0), labels)
        loss.backward()
        optimizer.step()
        functional.reset_net(network)
        if not torch.isfinite(loss):
            raise RuntimeError("Training diverged.")

    resting = peak_kib()
    for _ in range(WARM_UP):
        step()
    print("ready", resting, flush=True)
    for line in sys.stdin:
        if line.strip() != "step":
            break
        start = time.perf_counter()
        step()
        print((time.perf_counter() - start) * 1000, flush=True)
    print(peak_kib(), flush=True)


def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


main()
