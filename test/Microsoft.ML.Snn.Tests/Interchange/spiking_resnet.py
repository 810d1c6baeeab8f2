"""Trains a small spiking ResNet in PyTorch for some steps and writes its weights, samples, outputs and spikes.

python3 spiking_resnet.py folder tau v_threshold v_reset|none decay_input

The modules compute what SpikingJelly's do (LIFNode, ThresholdDependentBatchNorm2d, the spiking ResNet), written anew from its documentation.
"""
import json
import math
import struct
import sys

import torch
from torch import nn

T, SAMPLES, CHANNELS, SIZE, CLASSES = 4, 24, 3, 12, 5


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x >= 0).to(x)

    @staticmethod
    def backward(ctx, gradient):
        x, = ctx.saved_tensors
        return gradient * (x.abs() < 0.5).to(x)


class LIFNode(nn.Module):
    """
    v += (x - (v - v_reset)) / tau, or v += x - (v - v_reset) / tau; fires at v >= v_threshold; reset to v_reset or, where that is None
    (and counts as 0), by subtracting v_threshold.
    """
    settings = None
    log = None

    def forward(self, x):  # [T, N, ...]
        tau, threshold, reset, decay_input = LIFNode.settings
        rest = 0.0 if reset is None else reset
        v = torch.full_like(x[0], rest)
        spikes = []
        for t in range(x.shape[0]):
            v = v + ((x[t] - (v - rest)) / tau if decay_input else x[t] - (v - rest) / tau)
            s = Spike.apply(v - threshold)
            if LIFNode.log is not None:
                dims = list(range(1, v.dim()))
                LIFNode.log.append((s.sum(dims), (v - threshold).abs().amin(dims)))
            if reset is None:
                v = v - s * threshold
            else:
                v = torch.where(s > 0, torch.full_like(v, reset), v) if not self.training else (1 - s) * v + s * reset
            spikes.append(s)
        return torch.stack(spikes)


class Steps(nn.Module):
    """A module of images over all time steps at once; keeps the names of its tensors."""
    def over(self, module, x):
        y = module(x.flatten(0, 1))
        return y.view(x.shape[0], x.shape[1], *y.shape[1:])


def norm(channels, alpha, threshold):
    bn = nn.BatchNorm2d(channels)
    nn.init.constant_(bn.weight, alpha * threshold)
    nn.init.constant_(bn.bias, 0.3 * threshold)  # some layers would hardly fire so soon after the beginning
    return bn


class BasicBlock(Steps):
    def __init__(self, inputs, outputs, stride, threshold):
        super().__init__()
        alpha = 1 / math.sqrt(2)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = norm(outputs, 1, threshold)
        self.sn1 = LIFNode()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = norm(outputs, alpha, threshold)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs, alpha, threshold))
        self.sn2 = LIFNode()

    def forward(self, x):
        y = self.sn1(self.over(nn.Sequential(self.conv1, self.bn1), x))
        y = self.over(nn.Sequential(self.conv2, self.bn2), y)
        return self.sn2(y + (x if self.downsample is None else self.over(self.downsample, x)))


class SpikingResNet(Steps):
    def __init__(self, threshold):
        super().__init__()
        self.conv1 = nn.Conv2d(CHANNELS, 8, 3, 1, 1, bias=False)
        self.bn1 = norm(8, 1, threshold)
        self.sn1 = LIFNode()
        self.layer1 = nn.Sequential(BasicBlock(8, 8, 1, threshold), BasicBlock(8, 8, 1, threshold))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2, threshold))
        self.fc = nn.Linear(16, CLASSES)

    def forward(self, images):  # [N, C, H, W]
        x = images.unsqueeze(0).repeat(T, 1, 1, 1, 1)
        x = self.sn1(self.over(nn.Sequential(self.conv1, self.bn1), x))
        x = self.layer2(self.layer1(x))
        return self.fc(x.mean((3, 4))).mean(0)


def train(network, images, labels):
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 0.05, momentum=0.9)
    for _ in range(30):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()


def expect(folder, network, images):
    """Writes the weights, and what the network makes of the images."""
    network.eval()
    LIFNode.log = []
    with torch.no_grad():
        outputs = network(images).softmax(1)
    layers = [LIFNode.log[i:i + T] for i in range(0, len(LIFNode.log), T)]
    torch.save(network.state_dict(), f"{folder}/weights.pt")
    with open(f"{folder}/expected.json", "w") as file:
        json.dump({
            "Images": images.flatten().tolist(),
            "Scores": outputs.flatten().tolist(),
            # [layer][sample]: spikes over all steps, and how near a membrane potential came to the threshold.
            "Spikes": [sum(s for s, _ in layer).tolist() for layer in layers],
            "Nearest": [torch.stack([d for _, d in layer]).amin(0).tolist() for layer in layers],
        }, file)


def main(folder, tau, threshold, reset, decay_input):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    LIFNode.settings = (tau, threshold, reset, decay_input)
    images = torch.randn(SAMPLES, CHANNELS, SIZE, SIZE)
    labels = torch.arange(SAMPLES) % CLASSES
    # Divided inputs are smaller by tau.
    network = SpikingResNet((threshold - (reset or 0)) * (tau if decay_input else 1))
    train(network, images, labels)
    expect(folder, network, images)
    torch.save({"net": network.state_dict(), "epoch": 30}, f"{folder}/nested.pt")
    torch.save(network, f"{folder}/module.pt")
    header, data, offset = {}, [], 0
    for name, tensor in network.state_dict().items():
        kind, code = ("I64", "q") if tensor.dtype == torch.int64 else ("F32", "f")
        values = tensor.flatten().tolist()
        data.append(struct.pack(f"<{len(values)}{code}", *values))
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(data[-1])]}
        offset += len(data[-1])
    text = json.dumps(header).encode()
    with open(f"{folder}/weights.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), None if sys.argv[4] == "none" else float(sys.argv[4]), sys.argv[5] == "1")
