// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/manifest.h>

#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/spike_file.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/spikes/layout.h>

namespace snnvp {

namespace {

using Kind = SequenceOp::Kind;

constexpr std::size_t max_layers = 4096;
constexpr std::size_t max_sequence = 65536;
constexpr std::uint64_t max_network_bits = std::uint64_t{1} << 35;

const std::vector<std::string> root_keys = {"format",   "network",         "source",   "source_sha256",
                                            "bit_rule", "sequence_origin", "sequence", "layers"};
const std::vector<std::string> layer_keys = {"name",  "source_key", "file", "encoding", "order",     "axes",   "shape",   "bits",
                                             "bytes", "crc32",      "nnz",  "density",  "simulated", "T",      "C_in",    "H_in",
                                             "W_in",  "type",       "note", "C_out",    "kernel",    "stride", "padding", "H_out",
                                             "W_out", "L",          "M",    "K",        "N"};
const std::vector<std::string> op_keys = {"op",    "name",  "inputs", "neurons", "T", "H_in",  "W_in",  "C", "kernel", "padding", "stride",
                                          "H_out", "W_out", "type",   "L",       "D", "heads", "files", "f", "rows",   "note"};

constexpr std::pair<Kind, const char*> op_names[] = {
    {Kind::conv2d, "conv2d"},       {Kind::fc, "fc"},  {Kind::lif, "lif"}, {Kind::maxpool2d, "maxpool2d"}, {Kind::attention, "attention"},
    {Kind::layernorm, "layernorm"}, {Kind::add, "add"}};

std::uint64_t count_at(const JsonNode& entry, const char* key, std::uint64_t least = 1) {
  return entry.at(key).number(least, max_manifest_number);
}

// A number the manifest may repeat: if it does, it has to be right.
void verify(const JsonNode& entry, const char* key, std::uint64_t expected, const char* meaning) {
  if (!entry.has(key)) return;
  const std::uint64_t said = entry.at(key).number(0, ~std::uint64_t{0});
  if (said != expected) entry.fail(key, fmt::format("says {}, but {} is {}", said, meaning, expected));
}

std::string name_of(const JsonNode& entry) {
  std::string name = entry.at("name").text();
  if (name.empty() || name.size() > 256) entry.fail("name", "must have 1 to 256 characters");
  return name;
}

class NetworkReader {
public:
  explicit NetworkReader(ManifestText manifest) : manifest_(std::move(manifest)), root_(manifest_.json, manifest_.path) {}

  SpikeNetwork read() {
    if (root_.is_array()) root_.fail("this is a list of attention cases, not a network");
    root_.refuse_misspelt(root_keys);
    if (const std::string format = root_.at("format").text(); format != "snn-spikes-v1")
      root_.fail("format", quote(format) + " is not supported; allowed: snn-spikes-v1");
    network_.name = root_.at("network").text();
    network_.folder = manifest_.folder;
    if (root_.has("source")) network_.source = root_.at("source").text();
    network_.input_files.push_back(manifest_.path);
    for (const JsonNode& entry : root_.at("layers").items(max_layers)) read_layer(entry);
    const std::vector<JsonNode> sequence = root_.at("sequence").items(max_sequence);
    if (sequence.empty()) root_.fail("sequence", "is empty: nothing to run");
    for (const JsonNode& entry : sequence) read_op(entry);
    return std::move(network_);
  }

private:
  void read_layer(const JsonNode& entry) {
    entry.refuse_misspelt(layer_keys);
    SpikeLayer layer;
    layer.name = name_of(entry);
    if (!layer_index_.emplace(layer.name, network_.layers.size()).second)
      entry.fail("name", "the name " + quote(layer.name) + " stands twice");
    if (!entry.has("file")) entry.fail("file", "missing: this layer has only its geometry, but recorded spikes are needed to simulate it");
    layer.file = entry.at("file").text();
    if (entry.has("note")) layer.note = entry.at("note").text();
    layer.simulated = entry.has("simulated") ? entry.at("simulated").boolean() : entry.has("C_out");
    SpikeFileClaims claims = read_claims(entry);
    read_geometry(entry, claims, layer);
    verify_sizes(entry, claims);
    layer.spikes = read_spike_file(entry, "file", manifest_.folder, claims, network_.input_files);
    verify_density(entry, layer.spikes);
    network_.layers.push_back(std::move(layer));
  }

  SpikeFileClaims read_claims(const JsonNode& entry) {
    SpikeFileClaims claims;
    claims.file = entry.at("file").text();
    for (const JsonNode& side : entry.at("shape").items(8)) claims.shape.push_back(side.number(1, max_manifest_number));
    try {
      checked_bits(claims.shape);
    } catch (const InputError& error) {
      entry.fail("shape", error.what());
    }
    total_bits_ += checked_bits(claims.shape);
    if (total_bits_ > max_network_bits) entry.fail("shape", fmt::format("all layers together have more than {} bits", max_network_bits));
    claims.axes = entry.has("axes") ? entry.at("axes").text() : std::string(default_layout(claims.shape.size()));
    if (!is_known_layout(claims.axes)) entry.fail("axes", quote(claims.axes) + " is not supported; allowed: TCHW, TC, TLC, TLD");
    if (claims.axes.size() != claims.shape.size())
      entry.fail("shape", fmt::format("has {} sizes, but the axes {} need {}", claims.shape.size(), claims.axes, claims.axes.size()));
    if (entry.has("crc32")) claims.crc32 = entry.at("crc32").text();
    if (entry.has("nnz")) claims.nnz = entry.at("nnz").number(0, max_manifest_number);
    return claims;
  }

  static void verify_sizes(const JsonNode& entry, const SpikeFileClaims& claims) {
    const std::uint64_t bits = checked_bits(claims.shape);
    verify(entry, "bits", bits, "the product of the shape");
    const bool big = entry.has("encoding") && entry.at("encoding").text() == "packbits-big-lastaxis";
    verify(entry, "bytes", big ? big_last_axis_bytes(claims.shape) : ceil_div(bits, 8), "the packed size of the shape");
  }

  static void verify_density(const JsonNode& entry, const SpikeTensor& spikes) {
    if (!entry.has("density")) return;
    const double said = entry.at("density").real();
    // A rounded figure is no lie; nnz is the exact one.
    if (!(std::abs(said - spikes.density()) <= 1e-3))
      entry.fail("density", fmt::format("says {}, the spikes have {}", said, spikes.density()));
  }

  void read_geometry(const JsonNode& entry, const SpikeFileClaims& claims, SpikeLayer& layer) const {
    const std::string type = entry.at("type").text();
    if (type != "conv2d" && type != "fc") entry.fail("type", quote(type) + " is not a layer type; allowed: conv2d, fc");
    GemmGeometry& g = layer.geometry;
    g.kind = type == "conv2d" ? GemmGeometry::Kind::conv2d : GemmGeometry::Kind::fc;
    const bool conv = g.kind == GemmGeometry::Kind::conv2d;
    if (conv != (claims.axes == "TCHW")) entry.fail("axes", fmt::format("{} does not fit type {}", claims.axes, type));
    g.T = claims.shape[0];
    g.C = conv ? claims.shape[1] : claims.shape.back();
    if (conv) {
      g.H = claims.shape[2];
      g.W = claims.shape[3];
    } else if (claims.shape.size() == 3) {
      g.L = claims.shape[1];
    }
    verify(entry, "T", g.T, "axis T of the shape");
    verify(entry, "C_in", g.C, "axis C of the shape");
    if (conv) {
      verify(entry, "H_in", g.H, "axis H of the shape");
      verify(entry, "W_in", g.W, "axis W of the shape");
    } else {
      verify(entry, "L", g.L, "axis L of the shape");
    }
    if (layer.simulated) read_gemm(entry, g);
  }

  static void read_gemm(const JsonNode& entry, GemmGeometry& g) {
    const bool conv = g.kind == GemmGeometry::Kind::conv2d;
    g.N = count_at(entry, "C_out");
    if (conv) {
      g.kernel = count_at(entry, "kernel");
      g.stride = count_at(entry, "stride");
      g.padding = count_at(entry, "padding", 0);
    }
    if (const std::string problem = geometry_problem(g); !problem.empty()) entry.fail(problem);
    if (conv) {
      verify(entry, "H_out", g.out_h(), "the output height of this geometry");
      verify(entry, "W_out", g.out_w(), "the output width of this geometry");
    }
    verify(entry, "M", g.M(), "T times the output positions");
    verify(entry, "K", g.K(), "the number of inputs per output");
    verify(entry, "N", g.N, "C_out");
  }

  void read_op(const JsonNode& entry) {
    SequenceOp op;
    op.kind = kind_of(entry);
    if (op.kind != Kind::attention) entry.refuse_misspelt(op_keys);
    op.name = name_of(entry);
    read_inputs(entry, op);
    switch (op.kind) {
      case Kind::conv2d:
      case Kind::fc: use_layer(entry, op); break;
      case Kind::lif: read_lif(entry, op); break;
      case Kind::maxpool2d: read_pool(entry, op); break;
      case Kind::layernorm: read_norm(entry, op); break;
      case Kind::attention:
        op.index = network_.attentions.size();
        network_.attentions.push_back(read_attention(entry, "name", manifest_.folder, network_.input_files));
        break;
      case Kind::add:
        if (op.inputs.size() < 2) entry.fail("inputs", "add needs at least two inputs");
        break;
    }
    if (!op_index_.emplace(op.name, network_.sequence.size()).second) entry.fail("name", quote(op.name) + " stands twice in the sequence");
    network_.sequence.push_back(std::move(op));
  }

  static Kind kind_of(const JsonNode& entry) {
    const std::string word = entry.at("op").text();
    std::vector<std::string> allowed;
    for (const auto& [kind, name] : op_names) {
      if (word == name) return kind;
      allowed.emplace_back(name);
    }
    std::string text = fmt::format("unknown operation {}; allowed: {}", quote(word), join_names(allowed));
    if (const std::string hint = did_you_mean(word, allowed); !hint.empty()) text += "; " + hint;
    entry.fail("op", text);
  }

  void read_inputs(const JsonNode& entry, SequenceOp& op) const {
    if (!entry.has("inputs")) {
      if (!network_.sequence.empty()) op.inputs.push_back(network_.sequence.back().name);
      return;
    }
    for (const JsonNode& input : entry.at("inputs").items(64)) {
      op.inputs.push_back(input.text());
      if (op_index_.count(op.inputs.back()) != 0) continue;
      std::vector<std::string> earlier;
      for (const SequenceOp& before : network_.sequence) earlier.push_back(before.name);
      std::string text = quote(op.inputs.back()) + " is no earlier operation of the sequence";
      if (const std::string hint = did_you_mean(op.inputs.back(), earlier); !hint.empty()) text += "; " + hint;
      input.fail(text);
    }
  }

  void use_layer(const JsonNode& entry, SequenceOp& op) const {
    const auto found = layer_index_.find(op.name);
    if (found == layer_index_.end()) {
      std::vector<std::string> names;
      for (const SpikeLayer& layer : network_.layers) names.push_back(layer.name);
      std::string text = "no layer is called " + quote(op.name);
      if (const std::string hint = did_you_mean(op.name, names); !hint.empty()) text += "; " + hint;
      entry.fail("name", text);
    }
    op.index = found->second;
    const SpikeLayer& layer = network_.layers[op.index];
    if (!layer.simulated) entry.fail("name", "the layer " + quote(op.name) + " says simulated: false, so it has no output geometry");
    if (kind_name(layer.geometry.kind) != op_name(op.kind))
      entry.fail("op",
                 fmt::format("says {}, but the layer {} is of type {}", op_name(op.kind), quote(op.name), kind_name(layer.geometry.kind)));
  }

  void read_lif(const JsonNode& entry, SequenceOp& op) const {
    if (op.inputs.size() != 1)
      entry.fail(op.inputs.empty() ? "a lif stands after an operation, this one after none" : "a lif has one input");
    op.neurons = count_at(entry, "neurons");
    op.T = count_at(entry, "T");
    if (op.neurons > max_tensor_bits / op.T) entry.fail("neurons", fmt::format("neurons x T exceeds {}", max_tensor_bits));
    const SequenceOp& before = network_.sequence[op_index_.at(op.inputs[0])];
    if (before.kind == Kind::conv2d || before.kind == Kind::fc)
      verify(entry, "T", network_.layers[before.index].geometry.T, "T of the layer before it");
  }

  static void read_pool(const JsonNode& entry, SequenceOp& op) {
    PoolGeometry& p = op.pool;
    p.H = count_at(entry, "H_in");
    p.W = entry.has("W_in") ? count_at(entry, "W_in") : p.H;
    p.C = count_at(entry, "C");
    p.kernel = count_at(entry, "kernel");
    p.stride = count_at(entry, "stride");
    p.padding = entry.has("padding") ? count_at(entry, "padding", 0) : 0;
    if (const std::string problem = geometry_problem(p); !problem.empty()) entry.fail(problem);
    verify(entry, "H_out", p.out_h(), "the output height of this geometry");
    verify(entry, "W_out", p.out_w(), "the output width of this geometry");
  }

  static void read_norm(const JsonNode& entry, SequenceOp& op) {
    constexpr std::uint64_t most = std::uint64_t{1} << 30;
    const std::uint64_t T = entry.at("T").number(1, most);
    const std::uint64_t L = entry.at("L").number(1, most);
    op.norm.width = entry.at("D").number(1, max_norm_width);
    if (!entry.has("f") && !entry.has("rows")) entry.fail("f", "missing: a layernorm has T * f * L rows; give f or rows");
    const std::uint64_t f = entry.has("f") ? entry.at("f").number(1, most) : 1;
    if (T * L > max_manifest_number / f) entry.fail("f", fmt::format("T * f * L exceeds {}", max_manifest_number));
    op.norm.rows = entry.has("f") ? T * f * L : count_at(entry, "rows");
    if (entry.has("f")) verify(entry, "rows", op.norm.rows, "T * f * L");
    if (op.norm.rows % (T * L) != 0) entry.fail("rows", fmt::format("is {}, no multiple of T * L = {}", op.norm.rows, T * L));
    if (op.norm.rows > max_tensor_bits / op.norm.width) entry.fail(fmt::format("rows x D exceeds {}", max_tensor_bits));
  }

  ManifestText manifest_;
  JsonNode root_;
  SpikeNetwork network_;
  std::uint64_t total_bits_ = 0;
  std::map<std::string, std::size_t> layer_index_;
  std::map<std::string, std::size_t> op_index_;
};

}  // namespace

std::string op_name(SequenceOp::Kind kind) {
  for (const auto& [known, name] : op_names)
    if (known == kind) return name;
  return {};
}

const SpikeLayer* SpikeNetwork::layer(const std::string& layer_name) const {
  for (const SpikeLayer& one : layers)
    if (one.name == layer_name) return &one;
  return nullptr;
}

SpikeNetwork read_spike_network(const std::string& folder) { return NetworkReader(read_manifest_text(folder)).read(); }

SpikeNetwork parse_spike_network(std::string_view manifest, const std::string& folder) {
  return NetworkReader(parse_manifest_text(manifest, folder)).read();
}

}  // namespace snnvp
