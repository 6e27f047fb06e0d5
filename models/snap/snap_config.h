// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/interconnect/d2d/d2d_params.h>
#include <snnvp/interconnect/mesh/mesh_config.h>
#include <snnvp/workloads/encoding/activation_code.h>
#include <snnvp/workloads/encoding/encoding.h>

namespace snnvp::snap {

/// ann: dense everywhere. snn: spikes everywhere. hnn: dense inside a die, spikes across its edges (spec/chiplet.md 2).
enum class Mode { ann, snn, hnn };
enum class WindowClose { eow, timer };
enum class Partition { contiguous, balanced };
enum class Multicast { source, tree };
enum class ActPacking { single, burst };
enum class SnnCore { event, ranc };

/// What is known of the spikes that cross (spec/chiplet.md 4.8). One of rate, clustered rates, histogram, trace.
struct Boundary {
  double rate = 0.033;
  struct Bin {
    double low = 0, high = 0, weight = 0;
  };
  std::vector<Bin> histogram;        ///< each neuron draws its own rate
  std::optional<SpikeTensor> trace;  ///< replayed, neurons and steps modulo its own
  unsigned alpha = 0, beta = 0;      ///< each channel draws its own rate from Beta(alpha, beta), scaled to the layer's mean; 0: no
};

/// Largest alpha and beta of clustered rates.
constexpr unsigned most_cluster = 64;

/// A package of chips; the names are those of spec/chiplet.md 3.
struct Config {
  unsigned chips_x = 2, chips_y = 2;
  std::uint64_t noc_hz = 1'000'000'000, d2d_hz = 1'000'000'000;
  Mode mode = Mode::hnn;
  unsigned neurons = 256, axons = 256, macs_per_cycle = 256;
  unsigned act_bits = 8, weight_bits = 8, acc_bits = 32;
  SnnCore snn_core = SnnCore::event;
  mesh::Config mesh;             ///< of each chip; width x height tiles
  D2dParams d2d;                 ///< of each edge between chips; inputs are set by the package
  bool link_per_router = false;  ///< each edge router has a link of its own; else the routers of a side share one
  bool strip_header = false;     ///< packets leave their dx behind with the last hop in x: fewer bits on links in y
  Encoding encoding = Encoding::aer;
  bool auto_encoding = false;
  EncodingSpec encoding_spec;
  ActivationCoding coding;  ///< code, T, x_max = 2^act_bits - 1
  bool dual_axon = false;   ///< negative values cross on a second axon; else they are clipped to 0
  Cycles t_step_cycles = 32;
  WindowClose close = WindowClose::eow;
  Boundary boundary;
  Partition partition = Partition::contiguous;
  Multicast multicast = Multicast::source;
  ActPacking packing = ActPacking::single;
  double overlap = 1;
  bool pipeline = false;             ///< stages work on samples, or windows of steps, one behind the other
  std::uint64_t sample_tokens = 64;  ///< tokens of a layer that are simulated, the rest is extrapolated; 0: all
  std::uint64_t seed = 1;

  unsigned chips() const { return chips_x * chips_y; }
  unsigned tiles_per_chip() const { return mesh.width * mesh.height; }
  unsigned steps() const { return coding.steps; }
  unsigned act_bytes() const { return static_cast<unsigned>(ceil_div(act_bits, 8)); }
  unsigned acc_bytes() const { return static_cast<unsigned>(ceil_div(acc_bits, 8)); }
  /// Cycles of the mesh that a conversion to spikes takes.
  Cycles convert_cycles() const { return std::max<Cycles>(256, steps() * t_step_cycles); }
};

/// Sentences on what cannot be, empty if nothing is wrong.
std::vector<std::string> problems(const Config& config);

}  // namespace snnvp::snap
