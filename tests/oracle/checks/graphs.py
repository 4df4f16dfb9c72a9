"""The graphs of plans, as Graphviz reads them."""
import json
import shutil
import subprocess

from .bench import Bench, Report

NDVI = "where(is_in(scl, 8, 9), nodata, (nir - red) / (nir + red))"
# What a picture may have and still be looked at.
MOST_NODES = 120


def graphs(bench: Bench, report: Report) -> None:
    """Graphviz reads every graph; each input feeds a chunk, each chunk the file; many chunks are few nodes; any file name is quoted."""
    scene = bench.scene
    quoted = bench.folder / 'a "quoted" \\ name <b>.tif'
    shutil.copy(scene / "B08.tif", quoted)
    plain = ["--in", f"nir={scene / 'B08.tif'}@0", "--in", f"red={scene / 'B04.tif'}@0", "--in", f"scl={scene / 'SCL.tif'}"]
    cases = {
        "one chunk": ((NDVI, *plain, "--dtype", "f32"), 3),
        "stages": (("slope(match_grid(nir, scl, average)) + scl", "--in", f"nir={scene / 'B08.tif'}", "--in",
                    f"scl={scene / 'SCL.tif'}"), 2),
        "a name to be quoted": (("nir + 1", "--in", f"nir={quoted}"), 1),
    }
    if bench.shared:
        data = bench.shared / "scene/data"
        cases["many chunks"] = (("nir + red", "--in", f"nir={data / 'B08.tif'}", "--in", f"red={data / 'B04.tif'}"), 2)
    for name, (arguments, inputs) in cases.items():
        with report.case(f"graph {name}"):
            dot = bench.folder / "graph.dot"
            bench.program.succeed("plan", "calc", *arguments, "--graph", dot)
            drawn = subprocess.run(["dot", "-Tjson", dot], capture_output=True, text=True, check=True)
            assert not drawn.stderr, drawn.stderr
            graph = json.loads(drawn.stdout)
            connected(graph, inputs)


def connected(graph: dict, inputs: int) -> None:
    """The files that are read lead to the one that is written, and nothing stands alone."""
    nodes = {node["_gvid"]: node for node in graph["objects"] if "nodes" not in node}
    assert len(nodes) <= MOST_NODES, len(nodes)
    edges = {(edge["tail"], edge["head"]) for edge in graph["edges"]}
    files = {place for place, node in nodes.items() if node.get("shape") == "folder"}
    sources = files - {head for _, head in edges}
    ends = files - {tail for tail, _ in edges}
    assert (len(sources), len(ends)) == (inputs, 1), (sources, ends)
    reached, waiting = set(), list(sources)
    while waiting:
        place = waiting.pop()
        reached.add(place)
        waiting += [head for tail, head in edges if tail == place and head not in reached]
    assert ends <= reached, "no way from the inputs to the file"
    alone = [node.get("label") for place, node in nodes.items() if not any(place in edge for edge in edges)]
    assert not alone, alone
