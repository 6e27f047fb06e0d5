// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>
#include <nlohmann/json.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string crc_text(const SpikeTensor& spikes) {
  return fmt::format("{:08x}", crc32(0, spikes.data(), static_cast<uInt>(spikes.byte_size())));
}

void write_spikes(const std::string& folder, const std::string& file, const SpikeTensor& spikes) {
  write_npy((fs::path(folder) / file).string(), NpyArray::of_bytes(spikes.data(), spikes.byte_size()));
}

Json layer_json(const SpikeLayer& layer) {
  const GemmGeometry& g = layer.geometry;
  const bool conv = g.kind == GemmGeometry::Kind::conv2d;
  Json json = {{"name", layer.name},
               {"file", layer.file},
               {"encoding", "packbits-little"},
               {"order", "C"},
               {"shape", layer.spikes.shape()},
               {"axes", layer.spikes.axes()},
               {"bits", layer.spikes.bits()},
               {"bytes", layer.spikes.byte_size()},
               {"crc32", crc_text(layer.spikes)},
               {"nnz", layer.spikes.count()},
               {"density", layer.spikes.density()},
               {"simulated", layer.simulated},
               {"T", g.T},
               {"C_in", g.C}};
  if (conv) {
    json["H_in"] = g.H;
    json["W_in"] = g.W;
  }
  json["type"] = kind_name(g.kind);
  if (layer.simulated) {
    json["C_out"] = g.N;
    if (conv) {
      json["kernel"] = g.kernel;
      json["stride"] = g.stride;
      json["padding"] = g.padding;
      json["H_out"] = g.out_h();
      json["W_out"] = g.out_w();
    } else if (g.L > 1) {
      json["L"] = g.L;
    }
    json["M"] = g.M();
    json["K"] = g.K();
    json["N"] = g.N;
  }
  if (!layer.note.empty()) json["note"] = layer.note;
  return json;
}

Json attention_json(const AttentionLayer& layer, const std::string& folder) {
  const AttentionGeometry& g = layer.geometry;
  Json files = Json::object();
  Json crc = Json::object();
  Json nnz = Json::object();
  for (const auto& [key, spikes] : {std::pair{"q", &layer.q}, std::pair{"k", &layer.k}, std::pair{"v", &layer.v}}) {
    const std::string file = fmt::format("{}_{}.npy", layer.name, key);
    write_spikes(folder, file, *spikes);
    files[key] = file;
    crc[key] = crc_text(*spikes);
    nnz[key] = spikes->count();
  }
  return {{"type", kind_name(g.kind)}, {"T", g.T},       {"L", g.L},     {"D", g.D},
          {"heads", g.heads},          {"files", files}, {"crc32", crc}, {"nnz", nnz}};
}

Json pool_json(const PoolGeometry& p) {
  return {{"H_in", p.H},          {"W_in", p.W},        {"C", p.C},           {"kernel", p.kernel},
          {"padding", p.padding}, {"stride", p.stride}, {"H_out", p.out_h()}, {"W_out", p.out_w()}};
}

Json op_json(const SpikeNetwork& network, std::size_t index, const std::string& folder) {
  const SequenceOp& op = network.sequence[index];
  Json json = {{"op", op_name(op.kind)}, {"name", op.name}};
  const bool is_default = index == 0 ? op.inputs.empty() : op.inputs == std::vector<std::string>{network.sequence[index - 1].name};
  if (!is_default) json["inputs"] = op.inputs;
  switch (op.kind) {
    case SequenceOp::Kind::lif:
      json["neurons"] = op.neurons;
      json["T"] = op.T;
      break;
    case SequenceOp::Kind::maxpool2d: json.update(pool_json(op.pool)); break;
    case SequenceOp::Kind::layernorm: json.update(Json{{"T", 1}, {"L", 1}, {"D", op.norm.width}, {"rows", op.norm.rows}}); break;
    case SequenceOp::Kind::attention: json.update(attention_json(network.attentions[op.index], folder)); break;
    case SequenceOp::Kind::conv2d:
    case SequenceOp::Kind::fc:
    case SequenceOp::Kind::add: break;
  }
  return json;
}

}  // namespace

void write_spike_network(const SpikeNetwork& network, const std::string& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw InputError(fmt::format("{}: cannot make this folder: {}", folder, problem.message()));
  Json manifest = {{"format", "snn-spikes-v1"}, {"network", network.name}};
  if (!network.source.empty()) manifest["source"] = network.source;
  manifest["bit_rule"] = "bit i (C order of the flattened shape) is bit (i & 7) of byte (i >> 3)";
  manifest["sequence"] = Json::array();
  for (std::size_t i = 0; i < network.sequence.size(); ++i) manifest["sequence"].push_back(op_json(network, i, folder));
  manifest["layers"] = Json::array();
  for (const SpikeLayer& layer : network.layers) {
    write_spikes(folder, layer.file, layer.spikes);
    manifest["layers"].push_back(layer_json(layer));
  }
  std::string text_problem;
  const std::string path = (fs::path(folder) / "manifest.json").string();
  if (!write_file_atomically(path, manifest.dump(1) + "\n", text_problem)) throw InputError(text_problem);
}

}  // namespace snnvp
