"""Trains a small spiking ResNet with the names of BrainCog's, and writes what spiking_resnet.py does.

python3 braincog_resnet.py folder tau threshold window

Neurons have their threshold, and the shape of their surrogate gradient, among the tensors, and fire above it. The first block of a stage
normalizes its shortcut even where it is an identity. The head has a hidden layer, behind an average over windows of the last map or, with 0,
over all of it.
"""
import math
import sys

import torch
from torch import nn

sys.dont_write_bytecode = True  # no folder beside the sources
from spiking_resnet import CHANNELS, CLASSES, SAMPLES, SIZE, T, LIFNode, Steps, expect, norm, train


class Above(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x)

    @staticmethod
    def backward(ctx, gradient):
        x, = ctx.saved_tensors
        return gradient * (x.abs() < 0.5).to(x)


class Surrogate(nn.Module):
    def __init__(self):
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor(2.0), requires_grad=False)


class Node(nn.Module):
    """mem += (x - mem) / tau; fires at mem > threshold; then mem = 0."""
    tau = 2.0

    def __init__(self, threshold):
        super().__init__()
        self.threshold = nn.Parameter(torch.tensor(threshold), requires_grad=False)
        self.act_fun = Surrogate()

    def forward(self, x):  # [T, N, ...]
        mem = torch.zeros_like(x[0])
        spikes = []
        for t in range(x.shape[0]):
            mem = mem + (x[t] - mem) / Node.tau
            s = Above.apply(mem - self.threshold)
            if LIFNode.log is not None:
                dims = list(range(1, mem.dim()))
                LIFNode.log.append((s.sum(dims), (mem - self.threshold).abs().amin(dims)))
            mem = mem * (1 - s)
            spikes.append(s)
        return torch.stack(spikes)


class BasicBlock(Steps):
    def __init__(self, inputs, outputs, stride, threshold, is_first):
        super().__init__()
        alpha, scale = 1 / math.sqrt(2), threshold * Node.tau
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = norm(outputs, 1, scale)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = norm(outputs, alpha, scale)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs, alpha, scale))
        elif is_first:
            self.downsample = nn.Sequential(norm(outputs, alpha, scale))
        self.node1 = Node(threshold)
        # Another one, as it would be where it is learned.
        self.node2 = Node(threshold * 0.9)

    def forward(self, x):
        y = self.node1(self.over(nn.Sequential(self.conv1, self.bn1), x))
        y = self.over(nn.Sequential(self.conv2, self.bn2), y)
        return self.node2(y + (x if self.downsample is None else self.over(self.downsample, x)))


class ResNet(Steps):
    def __init__(self, threshold, window):
        super().__init__()
        self.conv1 = nn.Conv2d(CHANNELS, 8, 3, 1, 1, bias=False)
        self.bn1 = norm(8, 1, threshold * Node.tau)
        self.layer1 = nn.Sequential(BasicBlock(8, 8, 1, threshold, True), BasicBlock(8, 8, 1, threshold, False))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2, threshold, True))
        self.pool = nn.AvgPool2d(window) if window else nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Linear(16 * (SIZE // 2 // window) ** 2 if window else 16, 10)
        self.fc2 = nn.Linear(10, CLASSES)
        nn.init.normal_(self.fc1.weight, 0, 16 * threshold / math.sqrt(self.fc1.in_features))
        self.node1 = Node(threshold)
        self.node2 = Node(threshold)

    def forward(self, images):  # [N, C, H, W]
        x = images.unsqueeze(0).repeat(T, 1, 1, 1, 1)
        x = self.node1(self.over(nn.Sequential(self.conv1, self.bn1), x))
        x = self.layer2(self.layer1(x))
        return self.fc2(self.node2(self.fc1(self.over(self.pool, x).flatten(2)))).mean(0)


def main(folder, tau, threshold, window):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    Node.tau = tau
    images = torch.randn(SAMPLES, CHANNELS, SIZE, SIZE)
    network = ResNet(threshold, window)
    train(network, images, torch.arange(SAMPLES) % CLASSES)
    expect(folder, network, images)


main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
