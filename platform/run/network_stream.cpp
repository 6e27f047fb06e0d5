// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/network_stream.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/run/network_turn.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

using engine::JobDescriptor;

namespace {

constexpr Bytes alignment = 64;

bool takes_jobs(const BlockPlan& block) { return static_cast<bool>(block.kind->refusal); }

/// Adds what an engine did for one sample to what it did for others. A setting is not a sum.
void add(engine::LayerRecord& sum, const engine::LayerRecord& r) {
  for (std::size_t i = 0; i < sum.counts.size() && i < r.counts.size(); ++i)
    if (sum.counts[i].second && r.counts[i].second && sum.counts[i].first != "tws") *sum.counts[i].second += *r.counts[i].second;
  sum.contribution_cycles += r.contribution_cycles;
  sum.total_cycles += r.total_cycles;
  if (sum.dram_bits && r.dram_bits) *sum.dram_bits += *r.dram_bits;
  sum.bus_bytes += r.bus_bytes;
  for (const auto& [key, count] : r.events) sum.events[key] += count;
}

}  // namespace

NetworkStream::NetworkStream(NetworkTask task) : task_(std::move(task)) {}
NetworkStream::~NetworkStream() = default;

void NetworkStream::check(const Plan&, const SourcePos&, Diagnostics&) const {}

std::vector<std::string> NetworkStream::helpers(const Plan& plan) const {
  std::vector<std::string> names;
  for (const auto& [name, block] : plan.blocks)
    if (takes_jobs(block) && !block.kind->takes_jobs) names.push_back(name);
  return names;
}

void NetworkStream::check_mapping(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) const {
  std::vector<std::string> blocks = setup.engines, layers;
  blocks.insert(blocks.end(), setup.helpers.begin(), setup.helpers.end());
  for (const IntegerNode& node : task_.network.nodes)
    if (node.op != NodeOp::input && node.op != NodeOp::output) layers.push_back(node.name);
  for (const auto& [layer, block] : task_.mapping) {
    if (std::find(layers.begin(), layers.end(), layer) == layers.end()) {
      const std::string hint = did_you_mean(layer, layers);
      diagnostics.error(pos, "workload.mapping", "the network has no layer " + quote(layer),
                        "layers: " + join_names(layers) + (hint.empty() ? "" : "   " + hint));
    }
    if (std::find(blocks.begin(), blocks.end(), block) != blocks.end()) continue;
    const std::string hint = did_you_mean(block, blocks);
    const bool exists = plan.blocks.count(block) != 0;
    diagnostics.error(pos, "workload.mapping." + layer,
                      quote(block) + (exists ? " is not among the engines of this run" : " is no engine of this platform"),
                      "engines: " + join_names(blocks) + (hint.empty() ? "" : "   " + hint));
  }
}

void NetworkStream::plan_turns(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) {
  const BlockRefusal refusal = [&plan](const std::string& name, const JobDescriptor& job) {
    const BlockPlan& block = plan.blocks.at(name);
    if (!block.kind->refusal) return std::string("it takes no jobs");
    // As it will arrive: values per channel are in memory then.
    const engine::Decoded sent = engine::decode(engine::encode(job));
    return sent.status == engine::JobStatus::ok ? block.kind->refusal(block.params, sent.job) : sent.problem;
  };
  std::vector<std::string> candidates;
  for (const auto& [name, block] : plan.blocks)
    if (takes_jobs(block)) candidates.push_back(name);
  std::vector<std::string> firsts = setup.engines;
  if (!task_.mapping.empty()) firsts.resize(1);
  for (const std::string& engine : firsts) {
    auto turn = std::make_unique<Turn>();
    turn->name = engine;
    std::vector<LayerRefusal> refused;
    const NetworkPlacement placement{engine, task_.mapping, setup.helpers, setup.check_output};
    try {
      turn->program = make_network_program(task_.network, task_.steps, placement, refusal, candidates, refused);
    } catch (const InputError& error) {
      diagnostics.error(pos, "workload.network", error.what());
      continue;
    }
    for (const LayerRefusal& r : refused)
      diagnostics.error(pos, task_.mapping.empty() ? "workload.engines" : "workload.mapping",
                        fmt::format("{} does not take layer {}: {}", r.engine, r.layer, r.reason),
                        r.others.empty() ? "no engine of this platform takes it" : "engines that take it: " + join_names(r.others));
    if (task_.pipelined) turn->lanes = turn->program.blocks();
    turn->lane_slot.resize(std::max<std::size_t>(1, turn->lanes.size()));
    turn->slots.resize(turn->lane_slot.size());
    turns_.push_back(std::move(turn));
  }
}

void NetworkStream::check_jobs(const Plan& plan, const JobSetup& setup, const SourcePos& pos, Diagnostics& diagnostics) {
  check_output_ = setup.check_output;
  host_ = setup.host;
  const std::size_t errors_before = diagnostics.error_count();
  check_mapping(plan, setup, pos, diagnostics);
  if (diagnostics.error_count() != errors_before) return;
  plan_turns(plan, setup, pos, diagnostics);
  if (diagnostics.error_count() == errors_before) lay_out(plan, setup);
}

/// Weights once; values, sums and descriptors once per sample under way; nothing is shared between engines that run in turn, so
/// that none can find the results of another.
void NetworkStream::lay_out(const Plan& plan, const JobSetup& setup) {
  Address next = setup.memory.base;
  const auto take = [&next](Bytes bytes) {
    const Address at = next;
    next += (bytes + alignment - 1) / alignment * alignment;
    return at;
  };
  for (auto& turn : turns_) {
    std::vector<Address> addresses(turn->program.buffers.size());
    for (std::size_t b = 0; b < addresses.size(); ++b) {
      if (!turn->program.buffers[b].is_shared) continue;
      addresses[b] = take(turn->program.buffers[b].bytes);
      turn->shared.emplace_back(addresses[b], static_cast<int>(b));
    }
    for (Slot& slot : turn->slots) {
      for (std::size_t b = 0; b < addresses.size(); ++b)
        if (!turn->program.buffers[b].is_shared) addresses[b] = take(turn->program.buffers[b].bytes);
      slot.sample = std::make_unique<SampleRun>(task_.network, turn->program, addresses);
      make_chains(*turn, slot, plan, next);
    }
  }
  memory_needed_ = next - setup.memory.base;
}

void NetworkStream::make_chains(Turn& turn, Slot& slot, const Plan& plan, Address& next) const {
  const PortRef out{host_, "out", -1};
  for (const NetworkChain& chain : turn.program.chains) {
    engine::Submission submission;
    submission.engine = chain.block;
    submission.registers = plan.address_of(out, chain.block, "regs").value();  // prepare() has checked
    const LinkPlan* irq = plan.link_from({chain.block, "irq", -1});
    submission.irq = irq && irq->to.block == host_ ? irq->to.index : -1;
    submission.first = next;
    for (std::size_t i = 0; i < chain.jobs.size(); ++i) {
      const NetworkJob& job = turn.program.jobs[chain.jobs[i]];
      JobDescriptor d = job.descriptor;
      for (std::size_t o = 0; o < job.buffers.size(); ++o)
        if (job.buffers[o] != no_buffer) d.operands[o].address = slot.sample->address(job.buffers[o]);
      if (job.table != no_buffer)
        (d.operation == engine::Operation::elementwise ? d.elementwise.multipliers_address : d.neuron.threshold_address) =
            slot.sample->address(job.table);
      d.next = i + 1 < chain.jobs.size() ? next + JobDescriptor::size_bytes : 0;
      submission.descriptors.emplace_back(next, engine::encode(d));
      next += JobDescriptor::size_bytes;
    }
    slot.chains.push_back(std::move(submission));
  }
}

void NetworkStream::attach(Platform& platform) {
  platform_ = &platform;
  memory_ = platform.find<engine::JobDriver>(host_);
  if (memory_ == nullptr) throw InternalError(host_ + " is no job driver");
  memory_->serve(*this);
  if (check_output_) {
    golden_ = std::make_unique<IntegerSimulation>(task_.network);
    neurobench_ = std::make_unique<NeuroBench>(task_.network);
  }
}

void NetworkStream::start() {
  for (auto& turn : turns_)
    for (const auto& [address, index] : turn->shared) {
      NetworkBuffer& buffer = turn->program.buffers[static_cast<std::size_t>(index)];
      if (memory_->debug_write(address, buffer.content.data(), buffer.bytes) != buffer.bytes)
        throw InputError(fmt::format("{} cannot be placed at 0x{:x}: the memory refuses debug access there", buffer.what, address));
      std::vector<std::uint8_t>().swap(buffer.content);  // the memory has it now
    }
}

std::uint64_t NetworkStream::work_total() const {
  std::uint64_t total = 0;
  for (const auto& turn : turns_)
    total += task_.samples *
             static_cast<std::uint64_t>(std::count_if(turn->program.actions.begin(), turn->program.actions.end(),
                                                      [](const NetworkAction& a) { return a.kind == NetworkAction::Kind::chain; }));
  return total;
}

unsigned NetworkStream::lanes() const { return turns_.empty() ? 1 : static_cast<unsigned>(turns_.front()->lane_slot.size()); }

/// Starts the next sample in a free slot.
void NetworkStream::fill(Turn& turn, Slot& slot) {
  while (!slot.is_busy && turn.next_sample < task_.samples) {
    slot.index = turn.next_sample++;
    slot.is_busy = true;
    const NetworkSample sample = task_.sample(slot.index);
    const bool is_first_turn = &turn == turns_.front().get();
    std::vector<IntegerTrace> golden;
    if (golden_) golden = golden_->run(sample, {}, is_first_turn ? neurobench_.get() : nullptr);
    if (golden_ && is_first_turn) {
      neurobench_->end_sample();
      if (task_.graph) compare_sample(*task_.graph, *golden_, task_.network, sample, task_.readout, agreement_);
    }
    slot.sample->begin(slot.index, sample, std::move(golden), *memory_);
    advance(turn, slot);
  }
}

void NetworkStream::advance(Turn& turn, Slot& slot) {
  slot.waiting = slot.sample->advance(*memory_, turn.tally);
  if (slot.waiting < 0) finish_sample(turn, slot);
}

void NetworkStream::finish_sample(Turn& turn, Slot& slot) {
  const std::size_t output = task_.network.outputs().front();
  const std::size_t answer = classify(task_.network.nodes[output], slot.sample->values(output, *memory_), task_.steps, task_.readout);
  if (&turn == turns_.front().get()) {  // the other engines' are the same
    for (std::size_t i = 0; i < kept_nodes_.size(); ++i) {
      const SpikeTensor& spikes = slot.sample->values(kept_nodes_[i], *memory_).spikes;
      const std::uint64_t first = slot.index * spikes.bits();
      for (std::uint64_t bit = 0; bit < spikes.bits(); ++bit)
        if (spikes.at(bit)) kept_[i].spikes.set(first + bit);
    }
  }
  if (!task_.labels.empty()) turn.correct += task_.labels[slot.index] == answer;
  ++turn.done;
  slot.is_busy = false;
}

const engine::Submission* NetworkStream::next(unsigned lane, bool& finished) {
  try {
    if (!problem_) return choose(lane, finished);
  } catch (const InputError&) {
    problem_ = std::current_exception();  // thrown again outside the kernel
  }
  finished = true;
  return nullptr;
}

const engine::Submission* NetworkStream::choose(unsigned lane, bool& finished) {
  while (turn_ < turns_.size()) {
    Turn& turn = *turns_[turn_];
    if (!turn.has_started) turn.has_started = true, turn.started = now_ps();
    for (Slot& slot : turn.slots) fill(turn, slot);
    if (turn.done == task_.samples) {
      turn_end_(turn.program.blocks());
      ++turn_;
      continue;
    }
    Slot* first = nullptr;
    for (Slot& slot : turn.slots) {
      if (!slot.is_busy || slot.is_running || slot.waiting < 0) continue;
      const std::string& block = slot.chains[static_cast<std::size_t>(slot.waiting)].engine;
      if (!turn.lanes.empty() && turn.lanes[lane] != block) continue;
      if (first == nullptr || slot.index < first->index) first = &slot;
    }
    if (first == nullptr) return nullptr;
    first->is_running = true;
    turn.lane_slot[lane] = first;
    return &first->chains[static_cast<std::size_t>(first->waiting)];
  }
  finished = true;
  return nullptr;
}

void NetworkStream::ended(unsigned lane, const engine::SubmissionResult& result) {
  Turn& turn = *turns_[turn_];
  Slot& slot = *turn.lane_slot[lane];
  slot.is_running = false;
  turn.ended = now_ps();
  ++work_done_;
  take_rows(turn);
  if (!result.finished || result.status != engine::JobStatus::ok) return;   // the run is over
  slot.chains[static_cast<std::size_t>(slot.waiting)].descriptors.clear();  // they lie in memory now, for all samples that follow
  try {
    slot.sample->chain_done(*memory_, turn.tally);
    advance(turn, slot);
  } catch (const InputError&) {
    problem_ = std::current_exception();
  }
}

void NetworkStream::take_rows(Turn& turn) {
  for (const std::string& block : turn.program.blocks()) {
    auto* engine = platform_->find<engine::JobEngine>(block);
    if (engine == nullptr) continue;
    for (engine::LayerRecord& record : engine->take_layer_records()) {
      const auto [it, fresh] = turn.rows.try_emplace({block, std::uint64_t{record.tag} << 8 | record.part}, record);
      if (!fresh) add(it->second, record);
    }
  }
}

}  // namespace snnvp
