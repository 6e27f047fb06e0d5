// SPDX-License-Identifier: Apache-2.0
// Memory images for the firmware examples that drive an engine: operands, job descriptors, and what must come out.
//   make_firmware_data scenarios [FOLDER]     writes layers.bin and classify.bin to FOLDER, by default scenarios/firmware
// The same bytes come out on every host; a test compares them with those in the tree.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/run/network_program.h>
#include <snnvp/platform/run/network_stream.h>
#include <snnvp/platform/run/program.h>
#include <snnvp/platform/run/sample_run.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/formats/spike_file.h>
#include <snnvp/workloads/network/simulate.h>

#include "image_memory.h"

using namespace snnvp;
using namespace snnvp::job_image;

namespace {

void save(const ImageMemory& image, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(image.bytes().data()), static_cast<std::streamsize>(image.bytes().size()));
  if (!out.flush()) throw InputError(file + ": cannot be written");
  std::printf("%s: %zu bytes\n", file.c_str(), image.bytes().size());
}

/// All layers of a recorded network as one chain, every sum and spike checked.
void make_layers(const std::string& scenarios, const std::string& folder) {
  SpikeNetwork network = read_spike_network(scenarios + "/networks/own_small");
  LayerProgram layers;
  layers.steps = steps_of(network);
  layers.store_sums = true;
  const MemoryProgram program = build_memory_program(layers, {"pu"}, payload_at, image_limit - (payload_at - image_base), true);
  ImageMemory image;
  image.take(program.bytes_used);
  for (const Placement& p : program.placements) image.debug_write(p.address, p.bytes.data, p.bytes.size);
  const engine::Submission& chain = program.engines.front().submission;
  for (const auto& [address, bytes] : chain.descriptors) image.debug_write(address, bytes.data(), bytes.size());
  Task task;
  task.first = chain.first;
  for (const Expectation& e : program.expectations) {
    const Address golden = image.take(e.expected.size);
    image.debug_write(golden, e.expected.data, e.expected.size);
    task.checks.push_back({e.address, golden, e.expected.size});
  }
  write_tables(image, {task}, 0, 0);
  save(image, folder + "/layers.bin");
}

/// Samples of the trained network of the quickstart, one chain each; the output's spikes are checked.
void make_classify(const std::string& scenarios, const std::string& folder, std::uint64_t samples) {
  const Prepared prepared = prepare(scenarios + "/quickstart.yaml", {}, all_kinds());
  const auto* stream = dynamic_cast<const NetworkStream*>(prepared.layers.driver.get());
  if (stream == nullptr) throw std::runtime_error("the quickstart is no network");
  const NetworkTask& task = stream->task();
  NetworkPlacement placement;
  placement.engine = "spikex";
  placement.keeps_sums = false;
  std::vector<LayerRefusal> refused;
  NetworkProgram program = make_network_program(
      task.network, task.steps, placement, [](const std::string&, const engine::JobDescriptor&) { return std::string(); }, {}, refused);
  if (program.chains.size() != 1) throw std::runtime_error("the network is more than one chain of jobs");
  ImageMemory image;
  std::vector<Address> shared(program.buffers.size(), 0);
  for (std::size_t i = 0; i < program.buffers.size(); ++i)
    if (const NetworkBuffer& b = program.buffers[i]; b.is_shared) {
      shared[i] = image.take(b.bytes);
      image.debug_write(shared[i], b.content.data(), b.bytes);
    }
  const std::size_t output = task.network.outputs().front();
  std::vector<int> own = program.input_buffer;
  own.push_back(program.value_buffer[program.source[output]]);
  for (const std::size_t input : task.network.inputs()) own.push_back(program.value_buffer[input]);
  IntegerSimulation simulation(task.network);
  std::vector<Task> tasks;
  for (std::uint64_t s = 0; s < samples; ++s) {
    // Inputs and the output are a sample's own; what lies between is used again, behind the image.
    std::vector<Address> addresses = shared;
    Address scratch = scratch_at;
    for (std::size_t i = 0; i < program.buffers.size(); ++i) {
      if (program.buffers[i].is_shared) continue;
      const int index = static_cast<int>(i);
      const bool is_own = std::count(own.begin(), own.end(), index) != 0;
      const Bytes room = (program.buffers[i].bytes + 63) / 64 * 64;
      addresses[i] = is_own ? image.take(room) : scratch;
      if (!is_own) scratch += room;
    }
    const NetworkSample sample = task.sample(s);
    SampleRun run(task.network, program, addresses);
    CheckTally tally;
    run.begin(s, sample, {}, image);
    if (run.advance(image, tally) != 0) throw std::runtime_error("a sample does not begin with its chain");
    Task t;
    t.label = task.labels.at(s);
    const auto& jobs = program.chains.front().jobs;
    Address next = image.take(jobs.size() * engine::JobDescriptor::size_bytes);
    t.first = next;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const NetworkJob& job = program.jobs[jobs[i]];
      engine::JobDescriptor d = job.descriptor;
      for (std::size_t o = 0; o < job.buffers.size(); ++o)
        if (job.buffers[o] != no_buffer) d.operands[o].address = addresses[static_cast<std::size_t>(job.buffers[o])];
      if (job.table != no_buffer) d.neuron.threshold_address = addresses[static_cast<std::size_t>(job.table)];
      d.next = i + 1 < jobs.size() ? next + engine::JobDescriptor::size_bytes : 0;
      const engine::DescriptorBytes bytes = engine::encode(d);
      image.debug_write(next, bytes.data(), bytes.size());
      next += engine::JobDescriptor::size_bytes;
    }
    // What must come out: the output's spikes, packed as the engine packs them.
    const std::vector<IntegerTrace> golden = simulation.run(sample);
    const SpikeTensor& packed = golden[output].spikes;
    const int buffer = program.value_buffer[program.source[output]];
    const Address expected = image.take(packed.byte_size());
    image.debug_write(expected, packed.data(), packed.byte_size());
    t.checks.push_back({addresses.at(static_cast<std::size_t>(buffer)), expected, packed.byte_size()});
    tasks.push_back(std::move(t));
  }
  write_tables(image, tasks, static_cast<std::uint32_t>(task.steps), static_cast<std::uint32_t>(task.network.nodes[output].size()));
  save(image, folder + "/classify.bin");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: make_firmware_data SCENARIOS [FOLDER]    (layers.bin and classify.bin; FOLDER: SCENARIOS/firmware)\n");
    return 2;
  }
  const std::string scenarios = argv[1], folder = argc == 3 ? argv[2] : scenarios + "/firmware";
  try {
    make_layers(scenarios, folder);
    make_classify(scenarios, folder, 8);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

// SystemC's library asks for it; nothing is simulated here.
int sc_main(int, char*[]) { return 0; }
