// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/layer_columns.h>

namespace snnvp::desk {

namespace {

constexpr ColumnAbout columns[] = {
    {"M", "rows", "rows of the product: time steps x positions"},
    {"K", "columns", "inputs of one output: channels x kernel area"},
    {"N", "columns", "output channels"},
    {"cycles", "cycles", "what the layer adds to totals.cycles; repeats contribution_cycles"},
    {"contribution_cycles", "cycles",
     "what the layer adds to totals.cycles: all of it, or of a LIF that hides behind its layer only what shows"},
    {"total_cycles", "cycles", "from the layer's first tile to its last, stalls included"},
    {"compute_cycles", "cycles", "cycles in which the adders work"},
    {"detect_cycles", "cycles", "cycles in which the detector searches prefixes"},
    {"preprocess_stall_cycles", "cycles", "cycles in which the adders wait for the detector"},
    {"stall_cycles", "cycles", "cycles in which nothing works because data are missing: memory"},
    {"elements", "", "input bits, times the number of n tiles"},
    {"ones", "", "input spikes, times the number of n tiles"},
    {"pro_ones", "", "spikes that are still added after prefix rows are reused, times the number of n tiles"},
    {"zero_rows", "rows", "tile rows without a spike"},
    {"em_rows", "rows", "tile rows equal to their prefix: nothing is added"},
    {"dram_bits", "bit", "bits read from and written to DRAM by the engine's own count"},
    {"bus_bytes", "B", "bytes that crossed the engine's DMA port"},
    {"energy_mj", "mJ", "the engine's published power times the layer's time, plus its DRAM bits and events at their prices"},
    {"tws", "steps", "time steps of a window"},
    {"passes", "", "passes over the array"},
    {"final_passes", "", "passes that end an output: their neurons are updated"},
    {"lines", "", "window lines that are dispatched"},
    {"slots", "", "lines after pairing"},
    {"active_slices", "", "slices with a spike"},
    {"active_windows", "", "windows with a spike that the passes read"},
    {"filled_windows", "", "windows of input neurons with a spike (S_p of the SpikeX paper)"},
    {"adds", "", "weights added to a membrane"},
    {"lif_updates", "", "neuron updates"},
    {"integ_cycles", "cycles", "integration: lines x window"},
    {"lif_cycles", "cycles", "neuron updates that do not hide"},
    {"fill_cycles", "cycles", "filling and draining the array"},
    {"fixed_cycles", "cycles", "fixed share of a pass"},
    {"glb_cycles", "cycles", "transfers between global buffer and array"},
    {"dram_cycles", "cycles", "transfers from and to DRAM"},
    {"weight_dram_bits", "bit", "weights read from DRAM"},
    {"weight_glb_bits", "bit", "weights read from the global buffer"},
    {"weight_lbuf_bits", "bit", "weights read from the local buffers"},
    {"input_bits", "bit", "input read by the engine"},
    {"output_bits", "bit", "output written by the engine"},
};

}  // namespace

const ColumnAbout* layer_column(const std::string& name) {
  for (const ColumnAbout& column : columns)
    if (name == column.name) return &column;
  return nullptr;
}

}  // namespace snnvp::desk
