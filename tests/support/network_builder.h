// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/spikes/generators.h>

#include "process.h"

namespace snnvp::test {

/// A network folder in the making.
class NetworkBuilder {
public:
  explicit NetworkBuilder(std::string name = "test") { network_.name = std::move(name); }

  NetworkBuilder& layer(const std::string& name, const GemmGeometry& g, double density) {
    const bool conv = g.kind == GemmGeometry::Kind::conv2d;
    SpikeLayer layer;
    layer.name = name;
    layer.geometry = g;
    layer.file = name + ".npy";
    layer.spikes = conv      ? draw("TCHW", {g.T, g.C, g.H, g.W}, density)
                   : g.L > 1 ? draw("TLC", {g.T, g.L, g.C}, density)
                             : draw("TC", {g.T, g.C}, density);
    SequenceOp op;
    op.kind = conv ? SequenceOp::Kind::conv2d : SequenceOp::Kind::fc;
    op.name = name;
    op.index = network_.layers.size();
    network_.layers.push_back(std::move(layer));
    sums_ += output_sums(g);
    return append(op);
  }
  NetworkBuilder& conv(const std::string& name, std::uint64_t T, std::uint64_t C, std::uint64_t H, std::uint64_t N, std::uint64_t kernel,
                       std::uint64_t stride, std::uint64_t padding, double density = 0.2) {
    GemmGeometry g;
    g.kind = GemmGeometry::Kind::conv2d;
    g.T = T, g.C = C, g.H = g.W = H, g.N = N, g.kernel = kernel, g.stride = stride, g.padding = padding;
    return layer(name, g, density);
  }
  NetworkBuilder& fc(const std::string& name, std::uint64_t T, std::uint64_t L, std::uint64_t C, std::uint64_t N, double density = 0.2) {
    GemmGeometry g;
    g.T = T, g.L = L, g.C = C, g.N = N;
    return layer(name, g, density);
  }
  NetworkBuilder& lif(const std::string& name, std::uint64_t neurons, std::uint64_t T, bool computes = true) {
    SequenceOp op;
    op.kind = SequenceOp::Kind::lif;
    op.name = name;
    op.neurons = neurons;
    op.T = T;
    if (computes) spikes_ += neurons * T;
    return append(op);
  }
  NetworkBuilder& attention(AttentionLayer layer) {
    const AttentionGeometry& g = layer.geometry;
    (g.kind == AttentionGeometry::Kind::sdt ? spikes_ : sums_) += g.T * g.L * g.D;
    SequenceOp op;
    op.kind = SequenceOp::Kind::attention;
    op.name = layer.name;
    op.index = network_.attentions.size();
    network_.attentions.push_back(std::move(layer));
    return append(op);
  }
  NetworkBuilder& attention(const std::string& name, AttentionGeometry::Kind kind, std::uint64_t T, std::uint64_t L, std::uint64_t D,
                            std::uint64_t heads, double density = 0.25) {
    AttentionLayer layer;
    layer.name = name;
    layer.geometry = {kind, T, L, D, heads};
    for (SpikeTensor* tensor : {&layer.q, &layer.k, &layer.v}) *tensor = draw("TLD", {T, L, D}, density);
    return attention(std::move(layer));
  }
  NetworkBuilder& layernorm(const std::string& name, std::uint64_t rows, std::uint64_t width) {
    SequenceOp op;
    op.kind = SequenceOp::Kind::layernorm;
    op.name = name;
    op.norm = {rows, width};
    sums_ += rows * width;
    return append(op);
  }

  /// Writes the folder; sums and spikes that a run must compare.
  std::string write(const ScratchFolder& scratch) const {
    write_spike_network(network_, scratch.path() + "/network");
    return scratch.path() + "/network";
  }
  std::uint64_t compared() const { return sums_ + spikes_; }

private:
  SpikeTensor draw(const std::string& axes, std::vector<std::uint64_t> shape, double density) {
    SpikeRequest request;
    request.axes = axes;
    request.shape = std::move(shape);
    request.density = density;
    request.seed = 5;
    request.name = "test" + std::to_string(draws_++);
    return clustered_spikes(request);
  }
  NetworkBuilder& append(SequenceOp op) {
    if (!network_.sequence.empty()) op.inputs = {network_.sequence.back().name};
    network_.sequence.push_back(std::move(op));
    return *this;
  }
  SpikeNetwork network_;
  std::uint64_t sums_ = 0, spikes_ = 0;
  int draws_ = 0;
};

}  // namespace snnvp::test
