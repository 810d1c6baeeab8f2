"""Runs a feed-forward NIR graph, step by step in float64, by the equations that NIR publishes for its nodes.

usage: nir_interpreter.py graph.nir features.f32 rows steps has_steps dt output_folder

features.f32 has float32 rows, of one sample each or, where has_steps is 1, of one sample a step. Written are, little-endian, for each node
with spikes (types LIF, IF, CubaLIF and Threshold) the file <name>.u8, [rows, steps, neurons], and output.f64, [rows, steps, outputs].
"""
import sys

import h5py
import numpy as np


def pair(value):
    value = np.ravel(value)
    return (int(value[0]), int(value[-1]))


def text(value):
    return value.decode("utf8") if isinstance(value, bytes) else value


def windows(x, kernel, stride, padding, dilation):
    """All windows of the zero-padded map x [C, H, W]: [C, kh, kw, H', W']."""
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    (top, bottom), (left, right) = padding
    x = np.pad(x, ((0, 0), (top, bottom), (left, right)))
    height = (x.shape[1] - dh * (kh - 1) - 1) // sh + 1
    width = (x.shape[2] - dw * (kw - 1) - 1) // sw + 1
    result = np.zeros((x.shape[0], kh, kw, height, width))
    for i in range(kh):
        for j in range(kw):
            result[:, i, j] = x[:, i * dh:i * dh + sh * (height - 1) + 1:sh, j * dw:j * dw + sw * (width - 1) + 1:sw]
    return result


class Node:
    """One node, with its state."""

    def __init__(self, group, dt):
        self.type = text(group["type"][()])
        self.p = {k: v[()] for k, v in group.items() if isinstance(v, h5py.Dataset) and k != "type"}
        self.dt = dt
        self.spikes = self.type in ("LIF", "IF", "CubaLIF", "Threshold")
        self.reset()

    def reset(self):
        # NIR's equations leave open where neurons start: at rest.
        self.v = self.f("v_reset", 0.0)
        self.i = 0.0

    def f(self, name, default=None):
        value = self.p.get(name, default)
        return np.asarray(value, dtype=np.float64)

    def conv2d(self, x):
        weight, groups = self.f("weight"), int(self.p["groups"])
        outputs, inputs, kh, kw = weight.shape
        stride, dilation, padding = pair(self.p["stride"]), pair(self.p["dilation"]), text(self.p["padding"])
        if padding == "valid":
            padding = ((0, 0), (0, 0))
        elif padding == "same":
            total = [d * (k - 1) for d, k in zip(dilation, (kh, kw))]
            padding = tuple((t // 2, t - t // 2) for t in total)
        else:
            padding = tuple((p, p) for p in pair(padding))
        result = []
        for g in range(groups):
            part = windows(x[g * inputs:(g + 1) * inputs], (kh, kw), stride, padding, dilation)
            w = weight[g * outputs // groups:(g + 1) * outputs // groups]
            result.append(np.einsum("oikl,iklyx->oyx", w, part, optimize=True))
        return np.concatenate(result) + self.f("bias")[:, None, None]

    def pool(self, x):
        padding = tuple((p, p) for p in pair(self.p["padding"]))
        kernel = pair(self.p["kernel_size"])
        total = windows(x, kernel, pair(self.p["stride"]), padding, (1, 1)).sum(axis=(1, 2))
        return total if self.type == "SumPool2d" else total / (kernel[0] * kernel[1])

    def fire(self):
        z = self.v > self.f("v_threshold")
        self.v = np.where(z, self.f("v_reset", 0.0), self.v)
        return z.astype(np.float64)

    def step(self, x):
        p, dt = self.p, self.dt
        if self.type in ("Input", "Output"):
            return x
        if self.type == "Conv2d":
            return self.conv2d(x)
        if self.type in ("Affine", "Linear"):
            return self.f("weight") @ x + (self.f("bias") if self.type == "Affine" else 0.0)
        if self.type == "Scale":
            return x * self.f("scale")
        if self.type in ("SumPool2d", "AvgPool2d"):
            return self.pool(x)
        if self.type == "Flatten":
            start, end = int(p["start_dim"]), int(p["end_dim"])
            end = end + x.ndim if end < 0 else end
            return x.reshape(x.shape[:start] + (-1,) + x.shape[end + 1:])
        if self.type == "Threshold":
            return (x > self.f("threshold")).astype(np.float64)
        if self.type == "IF":
            self.v = self.v + dt * self.f("r") * x
            return self.fire()
        if self.type == "LIF":
            self.v = self.v + dt / self.f("tau") * (self.f("v_leak") - self.v + self.f("r") * x)
            return self.fire()
        if self.type == "CubaLIF":
            self.i = self.i + dt / self.f("tau_syn") * (self.f("w_in", 1.0) * x - self.i)
            self.v = self.v + dt / self.f("tau_mem") * (self.f("v_leak") - self.v + self.f("r") * self.i)
            return self.fire()
        raise SystemExit(f"type {self.type}")


def main():
    graph, features, rows, steps, has_steps, dt, folder = sys.argv[1:]
    rows, steps, has_steps, dt = int(rows), int(steps), int(has_steps), float(dt)
    with h5py.File(graph, "r") as file:
        nodes = {name: Node(group, dt) for name, group in file["node/nodes"].items()}
        edges = [(text(a), text(b)) for a, b in file["node/edges"][()]]
    sources = {name: [a for a, b in edges if b == name] for name in nodes}
    order, done = [], set()
    while len(order) < len(nodes):
        ready = [name for name in nodes if name not in done and done.issuperset(sources[name])]
        if not ready:
            raise SystemExit("a cycle")
        order += ready
        done.update(ready)
    entry = next(name for name in nodes if nodes[name].type == "Input")
    leave = next(name for name in nodes if nodes[name].type == "Output")
    shape = tuple(int(size) for size in nodes[entry].p["shape"])
    data = np.fromfile(features, dtype="<f4").reshape((rows, steps if has_steps else 1) + shape).astype(np.float64)
    spikes = {name: [] for name in nodes if nodes[name].spikes}
    output = []
    for row in data:
        for node in nodes.values():
            node.reset()
        for step in range(steps):
            values = {}
            for name in order:
                x = row[step if has_steps else 0] if name == entry else sum(values[source] for source in sources[name])
                values[name] = nodes[name].step(x)
            for name, list_of_steps in spikes.items():
                list_of_steps.append(values[name].astype(np.uint8).ravel())
            output.append(values[leave].ravel())
    for name, list_of_steps in spikes.items():
        np.concatenate(list_of_steps).tofile(f"{folder}/{name}.u8")
    np.concatenate(output).astype("<f8").tofile(f"{folder}/output.f64")


main()
