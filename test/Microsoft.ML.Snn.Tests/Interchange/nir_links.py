"""Writes variants of a NIR graph in which the neurons' time constant is somewhere else, or in groups of another form.

usage: nir_links.py graph.nir output_folder

The files are <form>_<count>_<kind>.nir: form is old (symbol tables) or new (link messages), count few or many (new groups have many links
in a heap), and kind how the graph finds tau: here (no link at all), soft (another name in the file), external (another file), circle (a
link that leads to itself), raw (values in a file without a format) or virtual (a dataset of parts of another file). Of soft_group and
external_group, the link is that to the whole node.
"""
import sys

import h5py
import numpy as np

KINDS = ["here", "soft", "external", "circle", "raw", "virtual", "soft_group", "external_group"]


def write(source, folder, form, many, kind):
    path = f"{folder}/{form}_{'many' if many else 'few'}_{kind}.nir"
    with h5py.File(path, "w", libver="earliest" if form == "old" else "latest") as file:
        # Copied part by part, since a group keeps its form when it is copied.
        def copy(group, target):
            for name, child in group.items():
                if isinstance(child, h5py.Group):
                    copy(child, target.create_group(name))
                else:
                    target.create_dataset(name, data=child[()], dtype=child.dtype)

        copy(source, file)
        nodes = file["node/nodes"]
        node = nodes["n"]
        if many:
            for i in range(60):
                node[f"unused{i}"] = i
        tau = node["tau"][()]
        if kind.endswith("group"):
            file.move("node/nodes/n", "elsewhere")
            nodes["n"] = h5py.SoftLink("/elsewhere") if kind == "soft_group" else h5py.ExternalLink("other.h5", "/n")
        elif kind != "here":
            del node["tau"]
            if kind == "soft":
                file["elsewhere"] = tau
                node["tau"] = h5py.SoftLink("/elsewhere")
            elif kind == "external":
                node["tau"] = h5py.ExternalLink(f"{folder}/other.h5", "/tau")
            elif kind == "circle":
                node["tau"] = h5py.SoftLink("/node/nodes/n/round")
                node["round"] = h5py.SoftLink("/node/nodes/n/tau")
            elif kind == "raw":
                node.create_dataset("tau", shape=(1,), dtype="<f4", external=[(f"{folder}/other.raw", 0, 4)])
            else:
                layout = h5py.VirtualLayout(shape=(1,), dtype="<f4")
                layout[0:1] = h5py.VirtualSource(f"{folder}/other.h5", "values", shape=(1,))
                node.create_virtual_dataset("tau", layout)


def main():
    graph, folder = sys.argv[1:]
    with h5py.File(graph, "r") as source:
        with h5py.File(f"{folder}/other.h5", "w") as other:
            other["tau"] = np.float32(1)
            other["values"] = np.ones(1, "<f4")
            source.copy("node/nodes/n", other)
        np.ones(1, "<f4").tofile(f"{folder}/other.raw")
        for form in ("old", "new"):
            for many in (False, True):
                for kind in KINDS:
                    write(source, folder, form, many, kind)


main()
