"""Writes a NIR file of the structure that NIR's own library gives the graph in another file: groups, names, types and shapes.

usage: nir_layout.py graph.nir reference.nir

From the graph are taken its nodes, edges and weights; what there is of a node, and of what type and shape, is by NIR's definition of the
nodes Input, Conv2d, LIF, IF and Output and by the sizes that follow from the graph.
"""
import sys

import h5py
import numpy as np


def text(value):
    return value.decode("utf8") if isinstance(value, bytes) else value


def main():
    graph, reference = sys.argv[1:]
    with h5py.File(graph, "r") as file:
        nodes = {name: {k: v[()] for k, v in group.items() if isinstance(v, h5py.Dataset)} for name, group in file["node/nodes"].items()}
        edges = [(text(a), text(b)) for a, b in file["node/edges"][()]]
    sizes = {}

    def size(name):
        """What a node gives, [C, H, W]."""
        if name not in sizes:
            node = nodes[name]
            if text(node["type"]) == "Input":
                sizes[name] = tuple(int(n) for n in node["shape"])
            else:
                source = size(next(a for a, b in edges if b == name))
                if text(node["type"]) == "Conv2d":
                    weight, padding, stride = node["weight"], node["padding"], node["stride"]
                    assert weight.shape[1] == source[0]
                    source = (weight.shape[0],) + tuple(
                        (n + 2 * int(p) - k) // int(s) + 1 for n, p, k, s in zip(source[1:], padding, weight.shape[2:], stride))
                sizes[name] = source
        return sizes[name]

    def parts(name):
        node = nodes[name]
        kind = text(node["type"])
        if kind in ("Input", "Output"):
            return {"shape": np.array(size(name))}
        source = size(next(a for a, b in edges if b == name))
        if kind == "Conv2d":
            outputs, _, kernel, _ = node["weight"].shape
            return {
                "input_shape": np.array(source[1:]), "weight": np.zeros((outputs, source[0], kernel, kernel), "<f4"),
                "stride": np.zeros(2, "<i8"), "padding": np.zeros(2, "<i8"), "dilation": np.zeros(2, "<i8"), "groups": 1,
                "bias": np.zeros(outputs, "<f4"),
            }
        names = {"LIF": ["tau", "r", "v_leak", "v_threshold", "v_reset"], "IF": ["r", "v_threshold", "v_reset"]}[kind]
        return {parameter: np.zeros(source, "<f4") for parameter in names}

    with h5py.File(reference, "w") as file:
        file.create_dataset("version", data="1.0.7", dtype=h5py.string_dtype())
        root = file.create_group("node")
        root.create_dataset("type", data="NIRGraph", dtype=h5py.string_dtype())
        root.create_dataset("edges", data=np.array(edges, dtype=object), dtype=h5py.string_dtype())
        group = root.create_group("nodes")
        for name, node in nodes.items():
            child = group.create_group(name)
            child.create_dataset("type", data=text(node["type"]), dtype=h5py.string_dtype())
            for part, value in parts(name).items():
                child.create_dataset(part, data=value)


main()
