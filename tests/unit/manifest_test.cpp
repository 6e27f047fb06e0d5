// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/formats/own_networks.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/spikes/generators.h>
#include <snnvp/workloads/spikes/layout.h>

#include "../support/shared.h"

using namespace snnvp;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

// A folder that disappears at the end of the test.
class TemporaryFolder {
public:
  TemporaryFolder() : path_(fs::temp_directory_path() / ("snnvp_manifest_" + std::to_string(::getpid()) + "_" + std::to_string(count_++))) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
  static inline int count_ = 0;
  fs::path path_;
};

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// The message without the folder's path, so that expectations can be written down.
template <typename Function>
std::string error_of(const TemporaryFolder& folder, Function function) {
  std::string text = "no error";
  try {
    function();
  } catch (const InputError& error) {
    text = error.what();
  }
  for (std::size_t at; (at = text.find(folder.path() + "/")) != std::string::npos;) text.erase(at, folder.path().size() + 1);
  return text;
}

SpikeNetwork small_network() {
  SpikeNetwork network;
  network.name = "small";
  SpikeLayer conv;
  conv.name = "conv";
  conv.geometry.kind = GemmGeometry::Kind::conv2d;
  conv.geometry.T = 2;
  conv.geometry.C = 3;
  conv.geometry.H = conv.geometry.W = 5;
  conv.geometry.N = 4;
  conv.geometry.kernel = 3;
  conv.geometry.padding = 1;
  conv.spikes = bernoulli_spikes({"TCHW", {2, 3, 5, 5}, 0.3, 1, "conv"});
  conv.file = "conv.npy";
  SpikeLayer fc;
  fc.name = "fc";
  fc.geometry.T = 2;
  fc.geometry.L = 3;
  fc.geometry.C = 10;
  fc.geometry.N = 6;
  fc.spikes = bernoulli_spikes({"TLC", {2, 3, 10}, 0.3, 1, "fc"});
  fc.file = "fc.npy";
  SpikeLayer classifier;
  classifier.name = "classifier";
  classifier.geometry.T = 2;
  classifier.geometry.C = 6;
  classifier.spikes = bernoulli_spikes({"TC", {2, 6}, 0.3, 1, "classifier"});
  classifier.file = "classifier.npy";
  classifier.simulated = false;
  classifier.note = "not simulated";
  network.layers = {conv, fc, classifier};
  AttentionLayer attention;
  attention.name = "attention";
  attention.geometry = {AttentionGeometry::Kind::sdt, 2, 3, 6, 2};
  attention.q = bernoulli_spikes({"TLD", {2, 3, 6}, 0.3, 1, "q"});
  attention.k = bernoulli_spikes({"TLD", {2, 3, 6}, 0.3, 1, "k"});
  attention.v = bernoulli_spikes({"TLD", {2, 3, 6}, 0.3, 1, "v"});
  network.attentions = {attention};

  using Op = SequenceOp;
  const auto add = [&](Op::Kind kind, const std::string& name) -> Op& {
    Op op;
    op.kind = kind;
    op.name = name;
    if (!network.sequence.empty()) op.inputs = {network.sequence.back().name};
    network.sequence.push_back(op);
    return network.sequence.back();
  };
  add(Op::Kind::conv2d, "conv").index = 0;
  Op& lif = add(Op::Kind::lif, "lif");
  lif.neurons = 100;
  lif.T = 2;
  add(Op::Kind::maxpool2d, "pool").pool = {4, 5, 5, 2, 2, 0};
  add(Op::Kind::fc, "fc").index = 1;
  add(Op::Kind::layernorm, "norm").norm = {6, 6};
  add(Op::Kind::attention, "attention");
  add(Op::Kind::add, "sum").inputs = {"norm", "attention"};
  return network;
}

bool equal(const SpikeNetwork& a, const SpikeNetwork& b) {
  const auto same_layer = [](const SpikeLayer& x, const SpikeLayer& y) {
    const GemmGeometry& g = x.geometry;
    const GemmGeometry& h = y.geometry;
    return x.name == y.name && x.spikes == y.spikes && x.simulated == y.simulated && g.kind == h.kind && g.T == h.T && g.C == h.C &&
           g.H == h.H && g.W == h.W && g.L == h.L && g.N == h.N && g.kernel == h.kernel && g.stride == h.stride && g.padding == h.padding;
  };
  const auto same_attention = [](const AttentionLayer& x, const AttentionLayer& y) {
    return x.name == y.name && x.geometry.kind == y.geometry.kind && x.geometry.heads == y.geometry.heads && x.q == y.q && x.k == y.k &&
           x.v == y.v;
  };
  const auto same_op = [](const SequenceOp& x, const SequenceOp& y) {
    return x.kind == y.kind && x.name == y.name && x.inputs == y.inputs && x.index == y.index && x.neurons == y.neurons && x.T == y.T &&
           x.pool.C == y.pool.C && x.pool.H == y.pool.H && x.pool.W == y.pool.W && x.pool.kernel == y.pool.kernel &&
           x.pool.stride == y.pool.stride && x.pool.padding == y.pool.padding && x.norm.rows == y.norm.rows && x.norm.width == y.norm.width;
  };
  return std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(), same_layer) &&
         std::equal(a.attentions.begin(), a.attentions.end(), b.attentions.begin(), b.attentions.end(), same_attention) &&
         std::equal(a.sequence.begin(), a.sequence.end(), b.sequence.begin(), b.sequence.end(), same_op);
}

// The small network on disk, with its manifest open to changes.
struct Fixture {
  TemporaryFolder folder;
  ordered_json manifest;

  Fixture() {
    write_spike_network(small_network(), folder.path());
    manifest = ordered_json::parse(read_text(folder.file("manifest.json")));
  }
  std::string error() {
    return error_of(folder, [&] { parse_spike_network(manifest.dump(1), folder.path()); });
  }
  // The error after one change, which is undone.
  template <typename Change>
  std::string error_after(Change change) {
    const ordered_json before = manifest;
    change(manifest);
    const std::string text = error();
    manifest = before;
    return text;
  }
};

}  // namespace

TEST_CASE("a network folder that is written and read back is the same network", "[manifest]") {
  TemporaryFolder folder;
  const SpikeNetwork network = small_network();
  write_spike_network(network, folder.path());
  const SpikeNetwork back = read_spike_network(folder.path());
  CHECK(back.name == "small");
  CHECK(equal(network, back));
  CHECK(back.input_files.size() == 7);
  CHECK(back.input_files[0] == folder.file("manifest.json"));
  CHECK(equal(network, read_spike_network(folder.file("manifest.json"))));
  REQUIRE(back.layer("fc") != nullptr);
  CHECK(back.layer("fc")->geometry.M() == 6);
  CHECK(back.layer("other") == nullptr);

  const std::string manifest = read_text(folder.file("manifest.json"));
  write_spike_network(back, folder.path());
  CHECK(read_text(folder.file("manifest.json")) == manifest);
}

TEST_CASE("what a manifest says wrongly about its tensors is refused by file and key", "[manifest]") {
  Fixture f;
  CHECK(f.error() == "no error");
  const auto layer = [&](const char* key, const ordered_json& value) {
    return f.error_after([&](ordered_json& m) { m["layers"][0][key] = value; });
  };
  const std::string crc = f.manifest["layers"][0]["crc32"];
  const std::string ones = f.manifest["layers"][0]["nnz"].dump();
  CHECK(layer("crc32", "00000000") == "manifest.json: layers[0].crc32: says '00000000', conv.npy has " + crc);
  CHECK(layer("nnz", 7) == "manifest.json: layers[0].nnz: says 7, conv.npy has " + ones + " ones");
  CHECK(layer("bits", 151) == "manifest.json: layers[0].bits: says 151, but the product of the shape is 150");
  CHECK(layer("bytes", 20) == "manifest.json: layers[0].bytes: says 20, but the packed size of the shape is 19");
  CHECK(layer("density", 0.5).find("manifest.json: layers[0].density: says 0.5, the spikes have ") == 0);
  CHECK(layer("shape", {2, 3, 5}) == "manifest.json: layers[0].shape: has 3 sizes, but the axes TCHW need 4");
  CHECK(layer("shape", {4, 3, 5, 5}) == "manifest.json: layers[0].T: says 2, but axis T of the shape is 4");
  CHECK(layer("shape", {-1, 3, 5, 5}) == "manifest.json: layers[0].shape[0]: is -1, must be 1 to 1099511627776");
  CHECK(layer("shape", {1U << 31, 1U << 31, 5, 5}) ==
        "manifest.json: layers[0].shape: a tensor of shape (2147483648, 2147483648, 5, 5) has more than 8589934592 bits");
  CHECK(layer("shape", {2.5, 3, 5, 5}) == "manifest.json: layers[0].shape[0]: must be a whole number, is a fraction");
  CHECK(layer("axes", "TC") == "manifest.json: layers[0].shape: has 4 sizes, but the axes TC need 2");
  CHECK(layer("axes", "NCHW") == "manifest.json: layers[0].axes: 'NCHW' is not supported; allowed: TCHW, TC, TLC, TLD");
  CHECK(layer("encoding", "raw") ==
        "manifest.json: layers[0].encoding: 'raw' is not supported; allowed: packbits-little, packbits-big-lastaxis");
  CHECK(layer("order", "F") == "manifest.json: layers[0].order: 'F' is not supported; allowed: C");
  CHECK(layer("file", "fc.npy") ==
        "manifest.json: layers[0].crc32: says '" + crc + "', fc.npy has " + std::string(f.manifest["layers"][1]["crc32"]));
  CHECK(layer("file", "../x.npy") ==
        "manifest.json: layers[0].file: '../x.npy' leads out of the folder; files of a network stand inside it");
  CHECK(layer("file", "a/../../x.npy").find("leads out of the folder") != std::string::npos);
  CHECK(layer("file", "/etc/passwd").find("leads out of the folder") != std::string::npos);
  CHECK(layer("file", "missing.npy").find("missing.npy") != std::string::npos);
  CHECK(layer("file", "manifest.json") == "manifest.json: not an npy file (it does not start with \\x93NUMPY)");
  CHECK(f.error_after([](ordered_json& m) { m["layers"][0].erase("file"); }) ==
        "manifest.json: layers[0].file: missing: this layer has only its geometry, but recorded spikes are needed to simulate it");
}

TEST_CASE("an impossible geometry in a manifest is refused by file and key", "[manifest]") {
  Fixture f;
  const auto layer = [&](const char* key, const ordered_json& value) {
    return f.error_after([&](ordered_json& m) { m["layers"][0][key] = value; });
  };
  CHECK(layer("kernel", 0) == "manifest.json: layers[0].kernel: is 0, must be 1 to 1099511627776");
  CHECK(layer("stride", 0) == "manifest.json: layers[0].stride: is 0, must be 1 to 1099511627776");
  CHECK(layer("padding", -1) == "manifest.json: layers[0].padding: is -1, must be 0 to 1099511627776");
  CHECK(layer("kernel", 8) == "manifest.json: layers[0]: a kernel of 8 does not fit an image of 5 x 5 with padding 1");
  CHECK(layer("C_out", 0) == "manifest.json: layers[0].C_out: is 0, must be 1 to 1099511627776");
  CHECK(layer("C_out", 1U << 30) == "manifest.json: layers[0]: the layer has more than 4294967296 weights");
  CHECK(layer("C_out", 1ULL << 39) == "manifest.json: layers[0]: output channels N is 549755813888, must be at most 1073741824");
  CHECK(layer("padding", 1ULL << 40).find("padding is 1099511627776, must be at most") != std::string::npos);
  CHECK(layer("padding", 1U << 29).find("the layer has more than 4294967296 output sums") != std::string::npos);
  CHECK(layer("C_in", 4) == "manifest.json: layers[0].C_in: says 4, but axis C of the shape is 3");
  CHECK(layer("W_in", 4) == "manifest.json: layers[0].W_in: says 4, but axis W of the shape is 5");
  CHECK(layer("H_out", 4) == "manifest.json: layers[0].H_out: says 4, but the output height of this geometry is 5");
  CHECK(layer("M", 51) == "manifest.json: layers[0].M: says 51, but T times the output positions is 50");
  CHECK(layer("K", 3) == "manifest.json: layers[0].K: says 3, but the number of inputs per output is 27");
  CHECK(layer("N", 3) == "manifest.json: layers[0].N: says 3, but C_out is 4");
  CHECK(layer("type", "conv") == "manifest.json: layers[0].type: 'conv' is not a layer type; allowed: conv2d, fc");
  CHECK(layer("type", "fc") == "manifest.json: layers[0].axes: TCHW does not fit type fc");
  CHECK(layer("name", "") == "manifest.json: layers[0].name: must have 1 to 256 characters");
  CHECK(f.error_after([](ordered_json& m) { m["layers"][1]["name"] = "conv"; }) ==
        "manifest.json: layers[1].name: the name 'conv' stands twice");
  CHECK(f.error_after([](ordered_json& m) {
    m["layers"][0]["stryde"] = 2;
    m["layers"][0].erase("stride");
  }) == "manifest.json: layers[0].stryde: unknown key; did you mean stride?");
  CHECK(f.error_after([](ordered_json& m) { m["layers"][0]["remark"] = "anything"; }) == "no error");
}

TEST_CASE("an impossible sequence in a manifest is refused by file and key", "[manifest]") {
  Fixture f;
  const auto op = [&](int index, const char* key, const ordered_json& value) {
    return f.error_after([&](ordered_json& m) { m["sequence"][index][key] = value; });
  };
  CHECK(op(0, "op", "conv3d") ==
        "manifest.json: sequence[0].op: unknown operation 'conv3d'; allowed: conv2d, fc, lif, maxpool2d, attention, layernorm, add; did "
        "you mean conv2d?");
  CHECK(op(0, "op", "fc") == "manifest.json: sequence[0].op: says fc, but the layer 'conv' is of type conv2d");
  CHECK(op(0, "name", "conw") == "manifest.json: sequence[0].name: no layer is called 'conw'; did you mean conv?");
  CHECK(op(3, "name", "classifier") ==
        "manifest.json: sequence[3].name: the layer 'classifier' says simulated: false, so it has no output geometry");
  CHECK(f.error_after([](ordered_json& m) { m["sequence"].erase(0); }) ==
        "manifest.json: sequence[0]: a lif stands after an operation, this one after none");
  CHECK(op(1, "neurons", 0) == "manifest.json: sequence[1].neurons: is 0, must be 1 to 1099511627776");
  CHECK(op(1, "neurons", 1ULL << 40) == "manifest.json: sequence[1].neurons: neurons x T exceeds 8589934592");
  CHECK(op(1, "T", 3) == "manifest.json: sequence[1].T: says 3, but T of the layer before it is 2");
  CHECK(op(1, "inputs", {"cone"}) ==
        "manifest.json: sequence[1].inputs[0]: 'cone' is no earlier operation of the sequence; did you mean conv?");
  CHECK(op(1, "inputs", {"fc"}) == "manifest.json: sequence[1].inputs[0]: 'fc' is no earlier operation of the sequence");
  CHECK(op(1, "inputs", ordered_json::array()) == "manifest.json: sequence[1]: a lif stands after an operation, this one after none");
  CHECK(op(2, "kernel", 9) == "manifest.json: sequence[2]: a kernel of 9 does not fit an image of 5 x 5 with padding 0");
  CHECK(op(2, "stride", 0) == "manifest.json: sequence[2].stride: is 0, must be 1 to 1099511627776");
  CHECK(op(2, "H_out", 3) == "manifest.json: sequence[2].H_out: says 3, but the output height of this geometry is 2");
  CHECK(op(2, "name", "conv") == "manifest.json: sequence[2].name: 'conv' stands twice in the sequence");
  CHECK(op(4, "D", 1U << 20) == "manifest.json: sequence[4].D: is 1048576, must be 1 to 32768");
  CHECK(f.error_after([](ordered_json& m) { m["sequence"][4].erase("rows"); }) ==
        "manifest.json: sequence[4].f: missing: a layernorm has T * f * L rows; give f or rows");
  CHECK(op(5, "type", "softmax") ==
        "manifest.json: sequence[5].type: unknown kind of attention 'softmax'; allowed: spikformer, spikebert, sdt, spikingbert");
  CHECK(op(5, "heads", 4) == "manifest.json: sequence[5]: D 6 is not a multiple of heads 4");
  CHECK(op(5, "L", 4).find("manifest.json: sequence[5].files.q: attention_q.npy: 5 packed bytes, but 48 bits need 6") == 0);
  CHECK(
      f.error_after([](ordered_json& m) { m["sequence"][5].erase("files"); }) ==
      "manifest.json: sequence[5].files: missing: this attention has only its geometry, but recorded q, k and v are needed to simulate it");
  CHECK(op(6, "inputs", {"norm"}) == "manifest.json: sequence[6].inputs: add needs at least two inputs");
  CHECK(f.error_after([](ordered_json& m) { m["sequence"] = ordered_json::array(); }) ==
        "manifest.json: sequence: is empty: nothing to run");
  CHECK(f.error_after([](ordered_json& m) { m.erase("sequence"); }) == "manifest.json: sequence: missing");
  CHECK(f.error_after([](ordered_json& m) { m["format"] = "snn-spikes-v2"; }) ==
        "manifest.json: format: 'snn-spikes-v2' is not supported; allowed: snn-spikes-v1");
}

TEST_CASE("a manifest that is no JSON is refused with line and column", "[manifest]") {
  TemporaryFolder folder;
  const auto error_with = [&](const std::string& text) { return error_of(folder, [&] { parse_spike_network(text, folder.path()); }); };
  CHECK(error_with("{\n \"format\": oops\n}").find("manifest.json:2:12: not valid JSON: ") == 0);
  CHECK(error_with("").find("manifest.json:1:1: not valid JSON: ") == 0);
  CHECK(error_with("{\"format\": \"a\", \"format\": \"b\"}") == "manifest.json: the key 'format' stands twice in one object");
  CHECK(error_with("{\"format\": 1e999}").find("manifest.json: not valid JSON: ") == 0);
  CHECK(error_with("{\"format\": \"\xFF\"}").find("not valid JSON: ") != std::string::npos);
  CHECK(error_with("7") == "manifest.json: must be an object, is a number");
  CHECK(error_with("[]") == "manifest.json: this is a list of attention cases, not a network");
  CHECK(error_with(std::string(100000, '[')).find("not valid JSON: ") != std::string::npos);
  CHECK(error_of(folder, [&] { read_spike_network(folder.file("nothing")); }) == "nothing: no such network folder");
  CHECK(error_of(folder, [&] { read_spike_network(folder.path()); }).find("manifest.json") != std::string::npos);
}

TEST_CASE("a manifest with any byte changed gives an error or a well-formed network", "[manifest]") {
  Fixture f;
  const std::string whole = f.manifest.dump();
  RandomStream random(1, "manifest mutation");
  const SpikeNetwork original = small_network();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int round = 0; round < 2; ++round) {
      std::string changed = whole;
      changed[at] = round == 0 ? static_cast<char>(changed[at] ^ (1 << random.below(7))) : static_cast<char>(0x20 + random.below(0x5F));
      try {
        // A name, or a figure that only the manifest knows, may legally differ; the spikes are pinned by CRC and count.
        const SpikeNetwork network = parse_spike_network(changed, f.folder.path());
        REQUIRE(network.layers.size() == original.layers.size());
        for (std::size_t i = 0; i < network.layers.size(); ++i) {
          REQUIRE(network.layers[i].spikes == original.layers[i].spikes);
          if (network.layers[i].simulated) REQUIRE(geometry_problem(network.layers[i].geometry).empty());
        }
      } catch (const InputError&) {
      }
    }
}

TEST_CASE("a spike file with a changed byte is refused or read as before and a cut one is refused", "[manifest]") {
  Fixture f;
  const std::string whole = read_text(f.folder.file("conv.npy"));
  const SpikeNetwork original = small_network();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write_text(f.folder.file("conv.npy"), changed);
    try {
      // Only the white space that fills the npy header carries no meaning.
      const SpikeNetwork network = read_spike_network(f.folder.path());
      REQUIRE(equal(network, original));
    } catch (const InputError&) {
    }
    write_text(f.folder.file("conv.npy"), whole.substr(0, at));
    REQUIRE(error_of(f.folder, [&] { read_spike_network(f.folder.path()); }) != "no error");
  }
}

TEST_CASE("spikes packed the numpy way are read where the manifest says so", "[manifest]") {
  Fixture f;
  const SpikeNetwork original = small_network();
  const std::vector<std::uint8_t> bytes = pack_big_last_axis(original.layers[0].spikes.view());
  write_npy(f.folder.file("conv.npy"), NpyArray::of_bytes(bytes.data(), bytes.size()));
  ordered_json& layer = f.manifest["layers"][0];
  layer["encoding"] = "packbits-big-lastaxis";
  layer["bytes"] = bytes.size();
  layer.erase("crc32");
  CHECK(equal(parse_spike_network(f.manifest.dump(), f.folder.path()), original));
}

TEST_CASE("formats.F9 every layer of the recorded networks has its CRC-32 and number of ones", "[manifest]") {
  SNNVP_NEEDS_SHARED(shared);
  const struct {
    const char* name;
    std::size_t layers;
    std::uint64_t ones;
  } expected[] = {{"lenet5_mnist", 5, 9533 + 5036 + 674},
                  {"vgg9_cifar10", 9, 43327 + 12162 + 16681 + 7024 + 5472 + 3116},
                  {"alexnet_cifar10_loas", 6, 2229 + 4233 + 26297 + 16510}};
  for (const auto& one : expected) {
    // The reader refuses a wrong CRC-32 or count; here the counts of spec/prosperity.md 7.1 are held against it, too.
    const SpikeNetwork network = read_spike_network(shared + "/spikes/" + one.name);
    CHECK(network.name == one.name);
    CHECK(network.layers.size() == one.layers);
    std::uint64_t ones = 0;
    for (const SpikeLayer& layer : network.layers)
      if (layer.simulated) ones += layer.spikes.count();
    CHECK(ones == one.ones);
  }
}

TEST_CASE("formats.F9 the attention cases have their nominal density", "[manifest]") {
  SNNVP_NEEDS_SHARED(shared);
  std::vector<std::string> files;
  const std::vector<AttentionLayer> cases = read_attention_cases(shared + "/spikes/synthetic_attention", &files);
  REQUIRE(cases.size() == 5);
  CHECK(files.size() == 16);
  const double nominal[] = {0.15, 0.2, 0.15, 0.12, 0.2};
  for (std::size_t i = 0; i < cases.size(); ++i)
    for (const SpikeTensor* spikes : {&cases[i].q, &cases[i].k, &cases[i].v}) CHECK(spikes->density() == Approx(nominal[i]).margin(0.005));
  CHECK(cases[3].geometry.kind == AttentionGeometry::Kind::sdt);
  CHECK(network_of(cases[0]).sequence.size() == 1);
}

TEST_CASE("the shipped network is what its recipe makes byte for byte", "[manifest]") {
  const fs::path shipped = fs::path(__FILE__).parent_path() / "../../scenarios/networks/own_small";
  TemporaryFolder folder;
  write_spike_network(make_own_small(), folder.path());
  std::size_t files = 0;
  std::size_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(shipped)) {
    const std::string made = read_text(folder.file(entry.path().filename().string()));
    CHECK(read_text(entry.path().string()) == made);
    bytes += made.size();
    ++files;
  }
  CHECK(files == 4);
  CHECK(bytes < 100000);
  const SpikeNetwork network = read_spike_network(shipped.string());
  CHECK(network.layers[0].geometry.M() % 256 != 0);
  CHECK(network.layers[0].geometry.M() > 256);
  CHECK(network.layers[0].geometry.K() % 16 != 0);
  CHECK(network.layers[0].geometry.N > 128);
}
