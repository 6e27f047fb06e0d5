// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/engine.h>

#include <algorithm>
#include <cstring>

#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/lif.h>
#include <snnvp/workloads/network/weights.h>
#include <snnvp/workloads/spikes/generators.h>
#include <catch2/catch.hpp>

using namespace snnvp;
using namespace snnvp::pe_array;
using engine::Job;
using engine::JobDescriptor;
using engine::Refusal;

namespace {

/// A job's operands in one flat memory, moved in zero time.
struct Memory {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(1 << 22);
  Address free = 64;

  Address put(const void* data, Bytes size) {
    const Address at = free;
    if (data) std::memcpy(bytes.data() + at, data, size);
    free += (size + 63) / 64 * 64;
    return at;
  }
  void read(const engine::TransferList& list) const {
    for (const auto* transfers : {&list.untimed, &list.timed})
      for (const engine::Transfer& t : *transfers) std::memcpy(t.data, bytes.data() + t.address, t.bytes);
  }
  void write(const engine::TransferList& list) {
    for (const auto* transfers : {&list.untimed, &list.timed})
      for (const engine::Transfer& t : *transfers) std::memcpy(bytes.data() + t.address, t.data, t.bytes);
  }
};

engine::Operand operand(Address address, engine::Format format, std::uint64_t elements) {
  engine::Operand o;
  o.address = address, o.format = format;
  o.shape = {static_cast<std::uint32_t>(elements), 1, 1, 1};
  return o;
}

GemmGeometry conv(std::uint64_t T, std::uint64_t C, std::uint64_t side, std::uint64_t N) {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = T, g.C = C, g.H = g.W = side, g.N = N, g.kernel = 3, g.padding = 1;
  return g;
}
GemmGeometry fc(std::uint64_t T, std::uint64_t C, std::uint64_t L, std::uint64_t N) {
  GemmGeometry g;
  g.T = T, g.C = C, g.L = L, g.N = N;
  return g;
}

/// A layer in memory and what must come out of it.
struct Layer {
  Layer(const GemmGeometry& geometry, double density) : g(geometry) {
    SpikeRequest request;
    if (g.kind == GemmGeometry::Kind::conv2d)
      request.axes = "TCHW", request.shape = {g.T, g.C, g.H, g.W};
    else
      request.axes = "TLC", request.shape = {g.T, g.L, g.C};
    request.density = density, request.name = "spikes/layer";
    spikes = bernoulli_spikes(request);
    const std::vector<std::int8_t> weights = layer_weights(1, "layer", g.K(), g.N);
    sums.resize(g.M() * g.N);
    SpikeView view = spikes.view();
    golden_direct(g, view, weights.data(), sums.data());
    fired = SpikeTensor("TC", {g.T, g.positions() * g.N});
    const bool is_conv = g.kind == GemmGeometry::Kind::conv2d;
    lif_run(neuron, g.T, g.N, g.positions(), sums.data(), fired,
            is_conv ? LifState::Order::channel_major : LifState::Order::position_major);
    job.operation = is_conv ? engine::Operation::conv2d : engine::Operation::gemm;
    job.gemm = g;
    job.neuron.present = true;
    job.neuron.neurons = static_cast<std::uint32_t>(g.positions() * g.N);
    job.neuron.record = neuron;
    job.operands[engine::operand::input] = operand(memory.put(spikes.data(), spikes.byte_size()), engine::Format::spikes, g.input_bits());
    job.operands[engine::operand::weights] = operand(memory.put(weights.data(), weights.size()), engine::Format::int8, weights.size());
    job.operands[engine::operand::sums] = operand(memory.put(nullptr, sums.size() * 4), engine::Format::int32, sums.size());
    job.operands[engine::operand::spikes_out] = operand(memory.put(nullptr, fired.byte_size()), engine::Format::spikes, fired.bits());
  }
  bool outputs_are_exact() const {
    const auto same = [this](unsigned which, const void* expected, Bytes size) {
      return std::memcmp(memory.bytes.data() + job.operands[which].address, expected, size) == 0;
    };
    return same(engine::operand::sums, sums.data(), sums.size() * 4) && same(engine::operand::spikes_out, fired.data(), fired.byte_size());
  }

  GemmGeometry g;
  NeuronRecord neuron;
  SpikeTensor spikes, fired;
  std::vector<std::int32_t> sums;
  JobDescriptor job;
  Memory memory;
};

/// Runs a job's items through the pipeline with memories that answer at once.
Cycles run(Job& job, Memory& memory) {
  engine::Pipeline pipeline(job.stages(), 0);
  engine::TransferList list;
  Cycles end = 0;
  for (std::uint64_t item = 0; item < job.items(); ++item) {
    bool executed = false;
    for (unsigned stage = 0; stage < job.stages().size(); ++stage) {
      Cycles cycles = 0;
      const Cycles at = pipeline.earliest(stage);
      if (job.stages()[stage].moves_data) {
        list.clear();
        job.transfers(item, stage, list);
        memory.read(list);
        cycles = list.port_cycles;
      } else {
        if (!executed) job.execute(item);
        executed = true;
        cycles = job.cycles(item, stage);
      }
      pipeline.complete(stage, at, at + cycles);
      end = at + cycles;
    }
    list.clear();
    job.stores(item, end, list);
    memory.write(list);
    pipeline.next_item();
  }
  return pipeline.end();
}

std::unique_ptr<Job> started(PeArrayEngine& unit, const JobDescriptor& job) {
  auto result = unit.start(job);
  if (auto* refusal = std::get_if<Refusal>(&result)) FAIL(refusal->reason);
  return std::get<std::unique_ptr<Job>>(std::move(result));
}

}  // namespace

TEST_CASE(
    "spikex.S1 jobs give exact sums and spikes from the bytes they "
    "fetched under every policy") {
  for (const GemmGeometry& g : {conv(21, 5, 6, 13), fc(33, 150, 1, 20), fc(9, 12, 7, 10)})
    for (const double density : {0.0, 0.01, 0.2})
      for (const Dispatch dispatch : {Dispatch::time_serial, Dispatch::ptb_group, Dispatch::ptb_lines, Dispatch::temporal,
                                      Dispatch::spatial, Dispatch::automatic, Dispatch::dense})
        for (const bool switches : {false, true}) {
          EngineConfig config;
          config.array.dispatch = dispatch;
          config.array.weight_tailoring = config.array.double_buffered = config.array.tag_overlap = config.array.lif_overlap = switches;
          config.timing = switches ? Timing::tile : Timing::paper;
          INFO("dispatch " << dispatch_name(dispatch) << " density " << density << " T " << g.T << " L " << g.L);
          PeArrayEngine unit(config);
          Layer layer(g, density);
          const auto job = started(unit, layer.job);
          run(*job, layer.memory);
          REQUIRE(layer.outputs_are_exact());
        }
}

TEST_CASE(
    "spikex.S9 tile timing with unlimited memory meets the closed form "
    "within one fill per item") {
  for (const GemmGeometry& g : {conv(40, 6, 8, 20), fc(60, 200, 1, 30)})
    for (const Dispatch dispatch : {Dispatch::time_serial, Dispatch::ptb_group, Dispatch::temporal, Dispatch::spatial})
      for (const bool overlap : {false, true}) {
        EngineConfig config;
        config.array.dispatch = dispatch;
        config.array.glb_port_bits = 0, config.array.dram_bits_per_cycle = 0;
        config.array.fill_overlap = config.array.lif_overlap = overlap;
        PeArrayEngine unit(config);
        Layer layer(g, 0.02);
        const auto job = started(unit, layer.job);
        const Cycles tile = run(*job, layer.memory);
        const LayerCounts paper = count_layer(config.array, analyze(config.array, LayerMap(g), layer.spikes.view()), &layer.neuron);
        const Cycles fill = config.array.rows + config.array.cols - 2;
        INFO("dispatch " << dispatch_name(dispatch) << " overlap " << overlap << ": tile " << tile << ", paper " << paper.cycles.array());
        CHECK(tile <= paper.cycles.array() + fill * job->items());
        CHECK(paper.cycles.array() <= tile + fill * job->items());
        CHECK(tile == paper.cycles.array());  // in fact nothing is lost between items
      }
}

TEST_CASE("spikex.8 six stages work on up to two items each") {
  PeArrayEngine unit(EngineConfig{});
  Layer layer(conv(10, 2, 5, 9), 0.1);
  const auto job = started(unit, layer.job);
  std::vector<std::string> names;
  for (const engine::Stage& stage : job->stages()) names.push_back(stage.name);
  CHECK(names == std::vector<std::string>{"tags", "glb_fill", "lbuf_fill", "passes", "lif", "write_back"});
  CHECK(job->items() == 2 * 2);  // channels x groups of outputs
}

TEST_CASE("spikex.6 a finished job reports its counts and books its events") {
  EngineConfig config;
  config.timing = Timing::paper;
  PeArrayEngine unit(config);
  Layer layer(conv(20, 3, 6, 9), 0.05);
  const auto job = started(unit, layer.job);
  run(*job, layer.memory);
  const LayerCounts expected = count_layer(config.array, analyze(config.array, LayerMap(layer.g), layer.spikes.view()), &layer.neuron);
  CHECK(job->ignores_bus_time());
  CHECK(job->fixed_duration() == expected.cycles.total);
  const auto rows = job->finish({});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].kind == "conv2d");
  CHECK(rows[0].contribution_cycles == expected.cycles.total);
  CHECK(rows[0].dram_bits == expected.traffic.dram());
  CHECK(rows[1].kind == "lif");
  CHECK(rows[1].contribution_cycles == 0);
  const EventCounts events = unit.events();
  CHECK(events.at("spike_acc.8.16") == expected.adds);
  CHECK(events.at("lif.16") == expected.lif_updates);
  CHECK(events.at("reg_bit") == 2 * 16 * expected.lif_updates);
  CHECK(events.at("sram_rd.55296.64") == ceil_div(expected.traffic.glb_read.total(), 64));
  CHECK(events.at("sram_wr.2048.64") == ceil_div(expected.traffic.lbuf_write.total(), 64));
  unit.reset();
  CHECK(unit.events().at("lif.16") == 0);
}

TEST_CASE("spikex.3 jobs the array cannot run are refused with a reason") {
  PeArrayEngine unit(EngineConfig{});
  const auto reason = [&unit](const JobDescriptor& job) {
    auto result = unit.start(job);
    const auto* refusal = std::get_if<Refusal>(&result);
    return refusal ? refusal->reason : std::string();
  };
  const Layer layer(conv(8, 2, 5, 9), 0.1);
  CHECK(reason(layer.job).empty());
  JobDescriptor job = layer.job;
  job.operation = engine::Operation::attention;
  CHECK(reason(job).find("conv2d and gemm") != std::string::npos);
  job = layer.job;
  job.operands[engine::operand::input].stream_port = 1;
  CHECK(reason(job).find("memory") != std::string::npos);
  job = layer.job;
  job.operands[engine::operand::weights].shape[0] -= 1;
  CHECK(reason(job).find("weights") != std::string::npos);
  job = layer.job;
  job.neuron.record.model = NeuronRecord::Model::cuba;
  CHECK(reason(job).find("models.neuron") != std::string::npos);
  job = layer.job;
  job.neuron.record.channel_threshold = {1, 2};  // for 9 channels
  CHECK(reason(job).find("neuron record") != std::string::npos);
  EngineConfig compat;
  compat.array.dispatch = Dispatch::ptb_lines, compat.array.ptb_variant = PtbVariant::prosperity_compat;
  PeArrayEngine reference(compat);
  JobDescriptor odd = layer.job;  // 2 windows x 25 positions do not divide into 8 columns
  auto refused = reference.start(odd);
  REQUIRE(std::holds_alternative<Refusal>(refused));
  CHECK(std::get<Refusal>(refused).reason.find("50 rows") != std::string::npos);
}

TEST_CASE("spikex.3 window sizes go by layer of a chain, and a driver may set them at run time") {
  EngineConfig config;
  config.timing = Timing::paper;
  config.layer_tws = {2, 7};
  PeArrayEngine unit(config);
  Layer layer(conv(21, 3, 6, 8), 0.1);
  std::string notice;
  const auto window_of_next = [&](bool starts_chain) -> std::uint64_t {
    layer.job.flags = starts_chain ? std::uint32_t{engine::flag_first} : 0;
    const auto job = started(unit, layer.job);
    run(*job, layer.memory);
    CHECK(layer.outputs_are_exact());
    const std::vector<engine::LayerRecord> rows = job->finish({});
    notice = rows.front().notice;
    return *rows.front().counts.front().second;  // tws
  };
  CHECK(window_of_next(true) == 2);
  CHECK(notice.empty());
  CHECK(window_of_next(false) == 7);
  CHECK(window_of_next(false) == 2);
  CHECK(window_of_next(true) == 2);
  CHECK(unit.configure("tws", 4) == 4);
  CHECK(window_of_next(false) == 4);
  CHECK(window_of_next(true) == 4);
  CHECK(unit.configure("tws", 0) == 1);
  CHECK(window_of_next(false) == 1);
  CHECK(unit.configure("tws", 0xFFFFFFFF) == Config::max_tws);
  CHECK(window_of_next(false) == 21);  // all the layer has
  CHECK(notice == "windows of 65536 time points were cut to the layer's 21");
  unit.reset();
  CHECK(window_of_next(false) == 2);
}

TEST_CASE("spikex.6 events of the array are the sum of those of its layers") {
  EngineConfig config;
  PeArrayEngine unit(config);
  EventCounts sum;
  for (const double density : {0.0, 0.05, 0.3}) {
    Layer layer(conv(21, 3, 6, 8), density);
    const auto job = started(unit, layer.job);
    run(*job, layer.memory);
    const std::vector<engine::LayerRecord> rows = job->finish({});
    for (const auto& [key, count] : rows.front().events) sum[key] += count;
  }
  CHECK(sum == unit.events());
  CHECK(sum.at("spike_acc.8.16") > 0);
  unit.reset();
  for (const auto& [key, count] : unit.events()) CHECK(count == 0);
}
