// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/spike_file.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp {

namespace {

constexpr std::size_t max_cases = 4096;

AttentionGeometry::Kind kind_of(const JsonNode& entry) {
  const JsonNode type = entry.has("attention_type") ? entry.at("attention_type") : entry.at("type");
  using Kind = AttentionGeometry::Kind;
  std::vector<std::string> allowed;
  for (const Kind kind : {Kind::spikformer, Kind::spikebert, Kind::sdt, Kind::spikingbert}) {
    if (type.text() == kind_name(kind)) return kind;
    allowed.push_back(kind_name(kind));
  }
  type.fail(fmt::format("unknown kind of attention {}; allowed: {}", quote(type.text()), join_names(allowed)));
}

// The density of generated operands is nominal: +-0.005 (decision 32), or five standard deviations of a small tensor.
void check_density(const JsonNode& entry, const AttentionLayer& layer) {
  if (!entry.has("density")) return;
  const double nominal = entry.at("density").real();
  if (!(nominal >= 0 && nominal <= 1)) entry.fail("density", "must be 0 to 1");
  for (const SpikeTensor* spikes : {&layer.q, &layer.k, &layer.v}) {
    const double spread = 5 * std::sqrt(nominal * (1 - nominal) / static_cast<double>(spikes->bits()));
    if (std::abs(spikes->density() - nominal) > std::max(0.005, spread))
      entry.fail("density", fmt::format("says {}, an operand has {:.4f}", nominal, spikes->density()));
  }
}

}  // namespace

AttentionLayer read_attention(const JsonNode& entry, const std::string& name_key, const std::string& folder,
                              std::vector<std::string>& input_files) {
  entry.refuse_misspelt({"op", name_key, "attention_type", "type", "T", "L", "D", "heads", "shape", "encoding", "order", "density", "files",
                         "inputs", "crc32", "nnz", "note"});
  AttentionLayer layer;
  layer.name = entry.at(name_key).text();
  AttentionGeometry& g = layer.geometry;
  g.kind = kind_of(entry);
  const auto number = [&](const char* key) { return entry.at(key).number(1, max_manifest_number); };
  g.T = number("T");
  g.L = number("L");
  g.D = number("D");
  g.heads = number("heads");
  if (const std::string problem = geometry_problem(g); !problem.empty()) entry.fail(problem);
  if (entry.has("shape")) {
    std::vector<std::uint64_t> shape;
    for (const JsonNode& side : entry.at("shape").items(8)) shape.push_back(side.number(0, max_manifest_number));
    if (shape != std::vector<std::uint64_t>{g.T, g.L, g.D})
      entry.fail("shape", fmt::format("({}) is not (T, L, D) = ({}, {}, {})", shape_text(shape), g.T, g.L, g.D));
  }
  if (!entry.has("files"))
    entry.fail("files", "missing: this attention has only its geometry, but recorded q, k and v are needed to simulate it");
  const JsonNode files = entry.at("files");
  files.expect_object();
  for (const auto& [key, tensor] : {std::pair{"q", &layer.q}, std::pair{"k", &layer.k}, std::pair{"v", &layer.v}}) {
    SpikeFileClaims claims{files.at(key).text(), "TLD", {g.T, g.L, g.D}, {}, {}};
    if (entry.has("crc32")) claims.crc32 = entry.at("crc32").at(key).text();
    if (entry.has("nnz")) claims.nnz = entry.at("nnz").at(key).number(0, max_manifest_number);
    *tensor = read_spike_file(entry, std::string("files.") + key, folder, claims, input_files);
  }
  check_density(entry, layer);
  return layer;
}

std::vector<AttentionLayer> read_attention_cases(const std::string& folder, std::vector<std::string>* input_files) {
  const ManifestText manifest = read_manifest_text(folder);
  const JsonNode root(manifest.json, manifest.path);
  if (!root.is_array()) root.fail("not a list of attention cases; a network folder is read as workload.network");
  std::vector<std::string> files = {manifest.path};
  std::vector<AttentionLayer> cases;
  std::set<std::string> names;
  for (const JsonNode& entry : root.items(max_cases)) {
    cases.push_back(read_attention(entry, "case", manifest.folder, files));
    if (!names.insert(cases.back().name).second) entry.fail("case", "the name " + quote(cases.back().name) + " stands twice");
  }
  if (input_files != nullptr) *input_files = std::move(files);
  return cases;
}

SpikeNetwork network_of(const AttentionLayer& attention) {
  SpikeNetwork network;
  network.name = attention.name;
  SequenceOp op;
  op.kind = SequenceOp::Kind::attention;
  op.name = attention.name;
  network.sequence.push_back(std::move(op));
  network.attentions.push_back(attention);
  return network;
}

}  // namespace snnvp
