#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expected figures of the Prosperity unit, worked out a second time.

Written from spec/prosperity.md alone and sharing no code with the project, so that an error would have to be made
twice to go unnoticed. Python 3 standard library only; slow and plain on purpose. Section numbers refer to that page.

  reference.py FOLDER --out DIR --prefix NAME     writes NAME_layers.csv, NAME_totals.csv, NAME_tile_pipeline.csv and, for the
                                                  comparison models, NAME_baselines.csv
  reference.py FOLDER --compare GOLDEN_DIR        compares with prosperity_layers.csv etc. of the authors' simulator

FOLDER is a network folder (snn-spikes-v1) of conv2d, fc, lif and maxpool2d. The committed own_small_*.csv are made by

  tests/golden/reference.py scenarios/networks/own_small --out tests/golden --prefix own_small
"""
import argparse
import ast
import csv
import io
import json
import math
import os
import sys
from collections import namedtuple

TILE_N = 128
ADDERS_MW, DRAM_PJ_PER_BIT, CLOCK_HZ = 446.5, 12.45, 500e6

# The runs of the committed golden: one odd shape (100 x 12) beside the powers of two.
OWN_TILES = [(256, 16), (64, 16), (256, 8), (512, 32), (100, 12)]
# The runs of the authors' golden data, in its order.
AUTHORS_TILES = [(256, 16), (32, 16), (64, 16), (128, 16), (512, 16), (1024, 16), (2048, 16),
                 (256, 4), (256, 8), (256, 32), (256, 64), (256, 128)]

LAYER_COLUMNS = """network accelerator path issue_type tile_M tile_K tile_N layer_idx layer op_type T H_in C_in C_out kernel
stride pad M_rows K_cols N_cols L_positions elements_x_tileN nnz_x_tileN pro_nnz_x_tileN bit_density product_density rows_zero
rows_exact_match rows_partial_match rows_no_prefix compute_cycles_raw compute_cycles preprocess_stall_cycles mem_stall_cycles
total_cycles lif_latency_cycles end_to_end_contribution_cycles num_ops_add dram_read_bits dram_write_bits g_act_read_bits
g_act_write_bits g_wgt_read_bits g_wgt_write_bits g_psum_read_bits g_psum_write_bits onchip_energy_mJ dram_energy_mJ
energy_mJ""".split()
TOTAL_COLUMNS = """network accelerator path issue_type tile_M tile_K tile_N total_cycles time_s mem_stall_cycles_sum
preprocess_stall_cycles_sum bit_density product_density dram_bits onchip_energy_mJ dram_energy_mJ energy_mJ num_ops_add""".split()
PIPELINE_COLUMNS = ["network", "layer", "tiles", "sum_compute", "sum_preprocess_cpu_path", "layer_level_max(reference)",
                    "sum_of_tile_max(c_i;p_i)", "two_stage_pipeline p_0+sum max(c_i;p_i+1)"]

BASELINE_COLUMNS = """network model layer op_type left_out compute_cycles mem_stall_cycles total_cycles dram_read_bits_modelled
dram_write_bits_modelled rows cols elements nnz pro_nnz bit_density product_density onchip_energy_mJ dram_energy_mJ
energy_mJ""".split()

Gemm = namedtuple("Gemm", "M K N L area rows")
Run = namedtuple("Run", "accelerator path issue_type tile_m tile_k")
Tile = namedtuple("Tile", "rows columns ones pro searched zero exact partial alone depth")


def cdiv(a, b):
    return -(-a // b)


# ---- input -----------------------------------------------------------------------------------------------------------

def read_packed(path):
    """The bytes of a one-dimensional uint8 npy file of version 1.0."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x93NUMPY\x01\x00", path
    start = 10 + int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:start].decode("ascii"))
    assert header["descr"] == "|u1" and len(data) - start == header["shape"][0], path
    return data[start:]


def gemm_of(layer, folder):
    """Section 4.1: the left operand as one Python integer per row, bit k = column k; m = l*T + t."""
    packed = int.from_bytes(read_packed(os.path.join(folder, layer["file"])), "little")
    T, N = layer["T"], layer["C_out"]

    def ones():
        text, i = bin(packed)[:1:-1], 0  # bit i of the tensor is character i
        while (i := text.find("1", i)) >= 0:
            yield i
            i += 1

    if layer["type"] == "fc":
        K = layer["C_in"]
        L = layer["shape"][1] if len(layer["shape"]) == 3 else 1
        rows = [0] * (T * L)
        for i in ones():
            tl, k = divmod(i, K)
            t, l = divmod(tl, L)
            rows[l * T + t] |= 1 << k
        return Gemm(T * L, K, N, L, 1, rows)
    C, H, k, s, p = layer["C_in"], layer["H_in"], layer["kernel"], layer["stride"], layer["padding"]
    Ho = (H - k + 2 * p) // s + 1
    rows = [0] * (T * Ho * Ho)
    for i in ones():
        rest, x = divmod(i, H)
        rest, y = divmod(rest, H)
        t, ch = divmod(rest, C)
        for ky in range(k):
            oy, off = divmod(y + p - ky, s)
            if off or not 0 <= oy < Ho:
                continue
            for kx in range(k):
                ox, off = divmod(x + p - kx, s)
                if not off and 0 <= ox < Ho:
                    rows[(oy * Ho + ox) * T + t] |= 1 << (ch * k * k + ky * k + kx)
    return Gemm(T * Ho * Ho, C * k * k, N, Ho * Ho, k * k, rows)


# ---- product sparsity of one tile, section 4.2 --------------------------------------------------------------------------

def analyse(rows, columns):
    first = {}
    for i, row in enumerate(rows):
        first.setdefault(row, i)
    count = {row: bin(row).count("1") for row in first}
    by_size = sorted((row for row in first if row), key=lambda row: (-count[row], first[row]))

    prefix = {}  # of the first row with this pattern: the pattern of its prefix
    for row in by_size:
        if count[row] >= 2:
            # Largest popcount first, lowest index first among equals: the first proper subset found is the prefix.
            for other in by_size:
                if count[other] < count[row] and other & ~row == 0:
                    prefix[row] = other
                    break

    depth = {}  # longest chain of prefixes in edges, at the first row of the pattern
    for row in reversed(by_size):
        depth[row] = depth[prefix[row]] + 1 if row in prefix else 0

    ones = pro = searched = zero = exact = partial = alone = deepest = 0
    for i, row in enumerate(rows):
        n = count[row]
        ones += n
        searched += n > 1
        if n == 0:
            zero += 1
        elif n >= 2 and first[row] != i:  # an equal earlier row exists; the lowest one is the prefix
            exact += 1
            deepest = max(deepest, depth[row] + 1)
        elif row in prefix:
            partial += 1
            pro += n - count[prefix[row]]
            deepest = max(deepest, depth[row])
        else:
            alone += 1
            pro += n
    return Tile(len(rows), columns, ones, pro, searched, zero, exact, partial, alone, deepest)


def tiles_of(gemm, tile_m, tile_k):
    """[m][k] of Tile."""
    table = []
    for m in range(0, gemm.M, tile_m):
        rows = gemm.rows[m:m + tile_m]
        line = []
        for k in range(0, gemm.K, tile_k):
            columns = min(tile_k, gemm.K - k)
            mask = (1 << columns) - 1
            line.append(analyse([(row >> k) & mask for row in rows], columns))
        table.append(line)
    return table


# ---- paper timing, sections 5.1 to 5.3 ----------------------------------------------------------------------------------

class Traffic(dict):
    def __missing__(self, key):
        return 0


def run_gemm(gemm, tiles, run, spikes_in_buffer):
    M, K, N = gemm.M, gemm.K, gemm.N
    flat = [tile for line in tiles for tile in line]
    nm, nk, nn = len(tiles), len(tiles[0]), cdiv(N, TILE_N)
    A_sram, W_sram = run.tile_m * run.tile_k, run.tile_k * TILE_N * 8
    ones, pro = sum(t.ones for t in flat), sum(t.pro for t in flat)
    bit, dense, tree = run.accelerator.endswith("_bit_sparsity"), run.accelerator.endswith("_dense"), run.issue_type == 1
    product = not (bit or dense)
    cuda = run.path == "cuda"

    if bit:
        C, P = nn * ones, 0
    elif dense:
        C, P = nn * M * K, 0
    else:
        C = nn * sum(max(t.pro + t.exact, t.depth // 4 * t.rows if tree else 0) for t in flat)
        P = nn * (sum(t.searched for t in flat) + (M // 8 if cuda else sum(t.rows // 8 for t in flat)))

    x = Traffic()
    if cuda:
        x["dram_read_bits"] = K * N * 8 * nm + M * K * nn // gemm.area
        x["g_act_write_bits"] = M * K * nn
        x["g_wgt_write_bits"] = K * N * 8 * nm
        x["g_wgt_read_bits"] = pro * N * 8 * nm
    else:
        weights = K * N * 8 * (1 if K * N * 8 <= W_sram or nk == 1 else nm)
        f = 0 if spikes_in_buffer else 1 if M * K <= A_sram else nn
        x["dram_read_bits"] = weights + f * sum(t.rows * t.columns // gemm.area for t in flat)
        x["g_act_write_bits"] = f * M * K
        x["g_wgt_write_bits"] = weights
        x["g_wgt_read_bits"] = (pro if product else ones) * N * 8 if not dense else K * N * 8 * nm
        x["g_psum_read_bits"] = M * N * 8 * nk
        x["num_ops_add"] = 0 if dense else (pro if product else ones) * N
    x["g_act_read_bits"] = M * K * nn
    x["g_psum_write_bits"] = M * N * 8 * nk

    compute = max(C, P)
    init = min(run.tile_k, K) * min(TILE_N, N) * 8 + (0 if spikes_in_buffer else min(run.tile_k, K) * min(run.tile_m, M))
    stall = init // 1024 + max(0, (x["dram_read_bits"] - init) // 1024 - compute)

    x.update(compute_cycles_raw=C, compute_cycles=compute, preprocess_stall_cycles=max(0, P - C), mem_stall_cycles=stall,
             total_cycles=compute + stall, lif_latency_cycles=0, end_to_end_contribution_cycles=compute + stall)
    if product:
        x.update(elements_x_tileN=M * K * nn, nnz_x_tileN=ones * nn, pro_nnz_x_tileN=pro * nn,
                 bit_density=ones * nn / (M * K * nn), product_density=pro * nn / (M * K * nn))
        if not cuda:
            x.update(rows_zero=nn * sum(t.zero for t in flat), rows_exact_match=nn * sum(t.exact for t in flat),
                     rows_partial_match=nn * sum(t.partial for t in flat), rows_no_prefix=nn * sum(t.alone for t in flat))
    else:
        x.update(elements_x_tileN=0, nnz_x_tileN=0, pro_nnz_x_tileN=0)
    return x


def run_lif(neurons, T, run, overlaps):
    """Returns the row and whether the spikes stay in the buffer."""
    x = Traffic()
    cycles = cdiv(neurons, 32) * T * 2
    latency = min(cycles, cdiv(256 * 128 // T, 32) * T * 2)
    out = neurons * T
    in_buffer = out < run.tile_m * run.tile_k
    x["g_act_write_bits" if in_buffer else "dram_write_bits"] = out
    stall = 0 if in_buffer else max(0, out // 1024 - cycles)
    x["g_psum_read_bits"] = neurons * T * 8
    x.update(compute_cycles_raw=cycles, compute_cycles=cycles, preprocess_stall_cycles=0, mem_stall_cycles=stall,
             total_cycles=cycles + stall, lif_latency_cycles=latency,
             end_to_end_contribution_cycles=latency if overlaps else cycles + stall)
    return x, in_buffer


def energy(cycles, dram_bits):
    onchip = ADDERS_MW * cycles / CLOCK_HZ
    dram = DRAM_PJ_PER_BIT * 1e-9 * dram_bits
    return onchip, dram, onchip + dram


class Network:
    def __init__(self, folder):
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            self.manifest = json.load(file)
        self.name = self.manifest["network"]
        self.layers = {layer["name"]: layer for layer in self.manifest["layers"]}
        self.gemms = {op["name"]: gemm_of(self.layers[op["name"]], folder)
                      for op in self.manifest["sequence"] if op["op"] in ("conv2d", "fc")}
        self.tile_cache = {}

    def tiles(self, name, tile_m, tile_k):
        key = name, tile_m, tile_k
        if key not in self.tile_cache:
            self.tile_cache[key] = tiles_of(self.gemms[name], tile_m, tile_k)
        return self.tile_cache[key]

    def simulate(self, run):
        """All rows of prosperity_layers.csv of one run, and the row of prosperity_totals.csv."""
        common = dict(network=self.name, accelerator=run.accelerator, path=run.path, issue_type=run.issue_type,
                      tile_M=run.tile_m, tile_K=run.tile_k, tile_N=TILE_N)
        in_buffer, before, rows = False, None, []
        for op in self.manifest["sequence"]:
            kind, name = op["op"], op["name"]
            row = dict(common, layer_idx=len(rows), layer=name, op_type=kind)
            if kind in ("conv2d", "fc"):
                layer, g = self.layers[name], self.gemms[name]
                conv = kind == "conv2d"
                row.update(T=layer["T"], H_in=layer["H_in"] if conv else 1, C_in=layer["C_in"], C_out=layer["C_out"],
                           kernel=layer["kernel"] if conv else 1, stride=layer["stride"] if conv else 1,
                           pad=layer["padding"] if conv else 0, M_rows=g.M, K_cols=g.K, N_cols=g.N, L_positions=g.L)
                result = run_gemm(g, self.tiles(name, run.tile_m, run.tile_k), run, in_buffer)
            elif kind == "lif":
                row.update(T=op["T"], C_out=op["neurons"])
                result, in_buffer = run_lif(op["neurons"], op["T"], run, before in ("conv2d", "fc"))
            elif kind == "maxpool2d":  # no cycles, no traffic, no row; a lif after it overlaps with nothing
                before = kind
                continue
            else:
                raise SystemExit("operation %s is outside this reference" % kind)
            before = kind
            row.update(result)
            for column in LAYER_COLUMNS:
                if column.endswith("_bits") or column == "num_ops_add":
                    row.setdefault(column, 0)
            row["onchip_energy_mJ"], row["dram_energy_mJ"], row["energy_mJ"] = energy(
                row["end_to_end_contribution_cycles"], row["dram_read_bits"] + row["dram_write_bits"])
            rows.append(row)

        def add(column):
            return sum(row.get(column, 0) for row in rows)

        total = dict(common, total_cycles=add("end_to_end_contribution_cycles"), mem_stall_cycles_sum=add("mem_stall_cycles"),
                     preprocess_stall_cycles_sum=add("preprocess_stall_cycles"), num_ops_add=add("num_ops_add"),
                     dram_bits=add("dram_read_bits") + add("dram_write_bits"))
        total["time_s"] = total["total_cycles"] / CLOCK_HZ
        elements = add("elements_x_tileN")
        total["bit_density"] = add("nnz_x_tileN") / elements if elements else 0
        total["product_density"] = add("pro_nnz_x_tileN") / elements if elements else 0
        total["onchip_energy_mJ"], total["dram_energy_mJ"], total["energy_mJ"] = energy(total["total_cycles"], total["dram_bits"])
        return rows, total

    def pipeline(self, tile_m=256, tile_k=16):
        """Section 5.7: rows of tile_pipeline_gap.csv."""
        rows = []
        for op in self.manifest["sequence"]:
            if op["name"] not in self.gemms:
                continue
            nn = cdiv(self.gemms[op["name"]].N, TILE_N)
            order = [t for line in self.tiles(op["name"], tile_m, tile_k) for _ in range(nn) for t in line]
            c = [t.pro + t.exact for t in order]
            p = [t.searched + t.rows // 8 for t in order]
            rows.append([self.name, op["name"], len(order), sum(c), sum(p), max(sum(c), sum(p)), sum(map(max, c, p)),
                         p[0] + sum(map(max, c, p[1:] + [0]))])
        rows.append([self.name, "TOTAL", ""] + [sum(row[i] for row in rows) for i in range(3, 8)])
        return [dict(zip(PIPELINE_COLUMNS, row)) for row in rows]


# ---- comparison models, sections 5.6 and 6.2 -----------------------------------------------------------------------------

# Model: on-chip power in mW, DRAM traffic relative to Prosperity's.
BASELINE_ENERGY = {"eyeriss": (1410.5, 5.47), "eyeriss_linear": (1410.5, 5.47), "mint": (396.3, 3.12), "sato": (319.5, 4.85),
                   "ptb": (982.0, 2.53)}
LOAS_MAPS = [(over, rows) for over in (0, 1) for rows in ("positions", "inputs")]


def power_of_two(T):
    return 1 << (T - 1).bit_length()


def eyeriss_gemm(g, T):
    return cdiv(g.N, 12) * (g.K * g.M // 14), None


def mint_gemm(g, T):
    return sum(bin(row).count("1") for row in g.rows) * cdiv(g.N, 128), None


def sato_gemm(g, T):
    load = [0] * 128
    for t in range(T):
        for l in range(g.L):
            load[load.index(min(load))] += bin(g.rows[l * T + t]).count("1")
    return max(load) * g.N, None


def ptb_gemm(g, T, plain_fc):
    """Cycles, and why not. Rows of the windows in the order (window, position)."""
    if T < 4:
        return None, "T"
    windows = power_of_two(T) // 4
    row = [[0] * g.L for _ in range(windows)]
    for l in range(g.L):
        for t in range(T):
            row[t // 4][l] |= g.rows[l * T + t]
    flat = [word for line in row for word in line]
    length = 0
    if plain_fc:
        seen = 0
        for word in flat:
            seen |= word
        length = bin(seen).count("1")
    else:
        if len(flat) % 8:
            return None, "rows"
        S = len(flat) // 8
        for s in range(S):
            lines = [sum((flat[b * S + s] >> k & 1) << b for b in range(8)) for k in range(g.K)]
            length += lines.count(0xFF)
            rest = [word for word in lines if word not in (0, 0xFF)]
            while rest:
                word = rest.pop(0)
                partner = next((i for i, other in enumerate(rest) if not word & other), None)
                if partner is not None:
                    rest.pop(partner)
                length += 1
    return length * cdiv(g.N, 16) * 4 + g.L * 32, None


def baseline_lif(model, neurons, T):
    if model.startswith("eyeriss"):
        return T // 12 * neurons // 14
    if model == "sato":
        return math.floor(neurons * (math.log2(T) + 1) + 0.5)  # whole cycles; the authors keep the fraction
    return neurons * T * 3 // 16


def loas_matrix(g, T, conv, packing):
    """Rows, columns and the rows as integers; None where the packing does not apply."""
    if packing == "groups":
        padded = power_of_two(T)
        if padded < 4:
            return None
        rows = []
        for l in range(g.L):
            for group in range(4):
                word = 0
                for t in range(group * padded // 4, min(T, (group + 1) * padded // 4)):
                    word |= g.rows[l * T + t]
                rows.append(word)
        return 4 * g.L, g.K, rows
    if not conv:
        return None
    over, orientation = packing
    table = []
    for l in range(g.L):
        steps = g.rows[l * T:(l + 1) * T]
        table.append(sum(1 << k for k in range(g.K) if sum(row >> k & 1 for row in steps) > over))
    if orientation == "positions":
        return g.L, g.K, table
    return g.K, g.L, [sum((table[l] >> k & 1) << l for l in range(g.L)) for k in range(g.K)]


def loas_name(packing):
    return "loas_groups" if packing == "groups" else "loas_map_%d_%s" % packing


def loas_rows(network, packing):
    rows, sums = [], [0, 0, 0]
    for op in network.manifest["sequence"]:
        if op["op"] not in ("conv2d", "fc"):
            continue
        g, T = network.gemms[op["name"]], network.layers[op["name"]]["T"]
        row = dict(network=network.name, model=loas_name(packing), layer=op["name"], op_type=op["op"])
        matrix = loas_matrix(g, T, op["op"] == "conv2d", packing)
        rows.append(row)
        if matrix is None:
            row["left_out"] = "yes"
            continue
        M, K, words = matrix
        flat = [t for line in tiles_of(Gemm(M, K, 0, 0, 1, words), 256, 16) for t in line]
        ones, pro = sum(t.ones for t in flat), sum(t.pro for t in flat)
        row.update(rows=M, cols=K, elements=M * K, nnz=ones, pro_nnz=pro, bit_density=ones / (M * K), product_density=pro / (M * K))
        weight = g.N if packing == "groups" else 1
        for i, value in enumerate((M * K, ones, pro)):
            sums[i] += value * weight
    total = dict(network=network.name, model=loas_name(packing), layer="TOTAL")
    if sums[0]:
        total.update(bit_density=sums[1] / sums[0], product_density=sums[2] / sums[0])
    return rows + [total]


def baseline_rows(network, dram_bits):
    """All rows of NAME_baselines.csv; a model's last row is its total. `dram_bits`: Prosperity's, cuda path, 256 x 16."""
    all_rows = []
    for model, (power, ratio) in BASELINE_ENERGY.items():
        rows = []
        for op in network.manifest["sequence"]:
            kind, name = op["op"], op["name"]
            row = dict(network=network.name, model=model, layer=name, op_type=kind)
            if kind in ("conv2d", "fc"):
                g, layer = network.gemms[name], network.layers[name]
                T = layer["T"]
                if model == "ptb":
                    compute, why = ptb_gemm(g, T, kind == "fc" and g.L == 1)
                else:
                    compute, why = {"e": eyeriss_gemm, "m": mint_gemm, "s": sato_gemm}[model[0]](g, T)
                if why:
                    row["left_out"] = "yes"
                else:
                    row.update(compute_cycles=compute, mem_stall_cycles=0)
                    if model == "ptb":
                        read, write = g.M * g.K + g.K * g.N * 8, g.M * g.N
                        row.update(dram_read_bits_modelled=read, dram_write_bits_modelled=write,
                                   mem_stall_cycles=1 + max(0, (read + write - 1536) // 1024 - compute))
                    row["total_cycles"] = row["compute_cycles"] + row["mem_stall_cycles"]
            elif kind == "lif":
                cycles = baseline_lif(model, op["neurons"], op["T"])
                row.update(compute_cycles=cycles, mem_stall_cycles=0, total_cycles=cycles)
            else:
                continue
            rows.append(row)
        cycles = sum(row.get("total_cycles", 0) for row in rows)
        onchip, dram = power * cycles / CLOCK_HZ, DRAM_PJ_PER_BIT * 1e-9 * dram_bits * ratio
        all_rows += rows + [dict(network=network.name, model=model, layer="TOTAL", total_cycles=cycles, onchip_energy_mJ=onchip,
                                 dram_energy_mJ=dram, energy_mJ=onchip + dram)]
    for packing in ["groups"] + LOAS_MAPS:
        all_rows += loas_rows(network, packing)
    return all_rows


def runs(tiles):
    for tile_m, tile_k in tiles:
        for path in ("cuda", "cpu"):
            yield Run("Prosperity", path, 2, tile_m, tile_k)
    yield Run("Prosperity_bit_sparsity", "cpu", 2, 256, 16)
    yield Run("Prosperity_dense", "cpu", 2, 256, 16)
    yield Run("Prosperity_issue_type_1", "cpu", 1, 256, 16)


def to_csv(columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


# ---- comparison with the authors' figures ---------------------------------------------------------------------------------

def differs(ours, theirs):
    if ours == theirs:
        return False
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return True
    return "." not in ours + theirs and "e" not in ours + theirs or abs(a - b) > 1e-12 * max(abs(a), abs(b))


def default_dram_bits(totals):
    return next(row["dram_bits"] for row in totals
                if (row["accelerator"], row["path"], row["tile_M"], row["tile_K"]) == ("Prosperity", "cuda", 256, 16))


def compare_baselines(network, rows, golden_dir):
    """Every value of the authors' tables of comparison models and LoAS densities that the rows hold."""
    ours = {(row["model"], row["layer"]): row for row in rows}
    maps = {"positions": "positions", "C*k*k (authors historic script)": "inputs"}

    def model_of(row):
        if "accelerator" in row:
            return row["accelerator"].lower()
        if row["variant"] == "LoAS_type":
            return "loas_groups"
        over, orientation = row["variant"][len("packed>"):].split(" rows=")
        return "loas_map_%s_%s" % (over, maps[orientation])

    wrong = 0
    for file in ("baseline_layers.csv", "baseline_totals.csv", "loas_layers.csv", "loas_totals.csv"):
        values = differences = count = 0
        with open(os.path.join(golden_dir, file), encoding="utf-8", newline="") as handle:
            for theirs in csv.DictReader(handle):
                if theirs["network"] != network.name:
                    continue
                count += 1
                row = ours[model_of(theirs), theirs.get("layer", "TOTAL")]
                for column in BASELINE_COLUMNS[5:]:
                    name = "dram_energy_mJ(prosperity_dram_bits*ratio)" if column == "dram_energy_mJ" else column
                    if name not in theirs or column not in row:
                        continue
                    values += 1
                    a, b = float(row[column]), float(theirs[name])
                    if abs(a - b) > (1e-12 * abs(b) if "energy" in column or "density" in column else 0):
                        differences += 1
                        print("%s %s %s %s: %s, expected %s" % (file, row["model"], row["layer"], column, a, b))
        print("%s: %d rows, %d values, %d differences" % (file, count, values, differences))
        wrong += differences
    return wrong


def compare(network, results, golden_dir):
    def load(file):
        with open(os.path.join(golden_dir, file), encoding="utf-8", newline="") as handle:
            return [row for row in csv.DictReader(handle) if row["network"] == network.name]

    def issued(rows, issue_type):
        return [row for row in rows if row["issue_type"] == issue_type]

    layers, totals, pipeline = results
    checks = [("prosperity_layers.csv", LAYER_COLUMNS, issued(layers, 2), None),
              ("prosperity_totals.csv", TOTAL_COLUMNS, issued(totals, 2), None),
              ("prosperity_issue1_layers.csv", LAYER_COLUMNS, issued(layers, 1), "cpu"),
              ("prosperity_issue1_totals.csv", TOTAL_COLUMNS, issued(totals, 1), "cpu"),
              ("tile_pipeline_gap.csv", PIPELINE_COLUMNS, pipeline, None)]
    wrong = compare_baselines(network, baseline_rows(network, default_dram_bits(totals)), golden_dir)
    for file, columns, ours, only_path in checks:
        theirs = [row for row in load(file) if only_path is None or row["path"] == only_path]
        ours = list(csv.DictReader(io.StringIO(to_csv(columns, ours))))
        values = differences = 0
        if len(ours) != len(theirs):
            print("%s: %d rows, expected %d" % (file, len(ours), len(theirs)))
            wrong += 1
        for row, (a, b) in enumerate(zip(ours, theirs)):
            for column in columns:
                values += 1
                if differs(a[column], b[column]):
                    differences += 1
                    if differences <= 10:
                        print("%s row %d %s: %s, expected %s" % (file, row, column, a[column], b[column]))
        print("%s: %d rows, %d values, %d differences" % (file, len(ours), values, differences))
        wrong += differences
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--out")
    parser.add_argument("--prefix")
    parser.add_argument("--compare")
    options = parser.parse_args()
    network = Network(options.folder)
    layers, totals = [], []
    for run in runs(AUTHORS_TILES if options.compare else OWN_TILES):
        rows, total = network.simulate(run)
        layers += rows
        totals.append(total)
    if options.compare:
        return 1 if compare(network, (layers, totals, network.pipeline()), options.compare) else 0
    prefix = os.path.join(options.out or ".", options.prefix or network.name)
    for suffix, columns, rows in (("layers", LAYER_COLUMNS, layers), ("totals", TOTAL_COLUMNS, totals),
                                  ("baselines", BASELINE_COLUMNS, baseline_rows(network, default_dram_bits(totals))),
                                  ("tile_pipeline", PIPELINE_COLUMNS, network.pipeline())):
        with open("%s_%s.csv" % (prefix, suffix), "w", encoding="utf-8", newline="") as file:
            file.write(to_csv(columns, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
