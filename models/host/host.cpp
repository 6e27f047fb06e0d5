// SPDX-License-Identifier: Apache-2.0
#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn
#endif
#include <snnvp/models/host/host.h>

#include <algorithm>

#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/register_map.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Submission;
using engine::SubmissionResult;

namespace {

// Offsets of the common front end (platform/engine/registers.yaml); checked against it by a test.
enum Offset : std::uint32_t {
  status_at = 0x0C,
  irq_enable_at = 0x10,
  irq_status_at = 0x14,
  desc_addr_lo_at = 0x20,
  desc_addr_hi_at = 0x24,
  doorbell_at = 0x34,
  error_addr_lo_at = 0x38,
  error_addr_hi_at = 0x3C,
};
constexpr Bytes timed_chunk = 64;  ///< of what goes by timed accesses where a memory refuses debug access
constexpr std::uint32_t busy_bit = 1, error_bit = 2, done_irq = 1, error_irq = 2;

}  // namespace

Host::Host(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock)
    : sc_module(name), out("out"), irq("irq", params.interrupts), params_(params), clock_(clock) {
  SNNVP_HAS_PROCESS(Host);
  SC_THREAD(run);
}

void Host::submit(std::vector<Submission> submissions) {
  submissions_ = std::move(submissions);
  results_.clear();
  for (const Submission& s : submissions_) results_.push_back({s.engine, false, JobStatus::ok, 0, {}});
}

void Host::reset() {
  for (Counter* c : {&submitted_, &descriptor_bytes_, &register_accesses_, &interrupts_, &polls_}) c->reset();
}

bool Host::write_first(Address address, const std::uint8_t* data, Bytes length) {
  first_writes_.push_back({address, data, length});
  return true;
}

bool Host::timed_read(Address address, std::uint8_t* data, Bytes length) {
  for (Bytes at = 0; at < length; at += timed_chunk) {
    sc_core::sc_time delay;
    if (out.read(address + at, data + at, std::min(timed_chunk, length - at), delay) != tlm::TLM_OK_RESPONSE) return false;
    pass(delay);
  }
  return true;
}

std::string Host::place_first() {
  for (const FirstWrite& write : first_writes_)
    for (Bytes at = 0; at < write.length; at += timed_chunk) {
      sc_core::sc_time delay;
      const auto status = out.write(write.address + at, write.data + at, std::min(timed_chunk, write.length - at), delay);
      if (status != tlm::TLM_OK_RESPONSE) return "a timed write of the workload's data answered " + response_name(status);
      pass(delay);
    }
  return {};
}

void Host::run() {
  doing_[0] = "placing the workload's data by timed accesses";
  if (const std::string problem = place_first(); !problem.empty()) {
    if (results_.empty()) results_.push_back({});
    results_.front().problem = problem;
    return;
  }
  for (std::size_t i = 0; i < submissions_.size(); ++i) drive(0, submissions_[i], results_[i]);
  doing_.clear();
  if (source_ == nullptr) return;
  for (unsigned lane = 1; lane < source_->lanes(); ++lane) sc_core::sc_spawn([this, lane] { serve_lane(lane); });
  serve_lane(0);
}

void Host::serve_lane(unsigned lane) {
  for (;;) {
    bool finished = false;
    const Submission* submission = source_->next(lane, finished);
    if (submission == nullptr) {
      doing_.erase(lane);
      if (finished) return;
      doing_[lane] = "waiting for the results of another engine";
      wait(ended_event_);
      continue;
    }
    SubmissionResult result{submission->engine, false, JobStatus::ok, 0, {}};
    drive(lane, *submission, result);
    const bool failed = !result.finished || result.status != JobStatus::ok;
    source_->ended(lane, result);
    ended_event_.notify(sc_core::SC_ZERO_TIME);
    if (!failed) continue;
    results_.push_back(std::move(result));
    return;
  }
}

std::string Host::waiting_for() const {
  std::string text;
  for (const auto& [lane, doing] : doing_) text += (text.empty() ? "" : "; ") + doing;
  return text;
}

void Host::pass(sc_core::sc_time delay) {
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
}

bool Host::write_register(const Submission& submission, std::uint32_t offset, std::uint32_t value, SubmissionResult& result) {
  const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
                                 static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
  sc_core::sc_time delay = sc_time_of(clock_.duration_ps(params_.driver_cycles));
  const auto status = out.write(submission.registers + offset, bytes, 4, delay);
  pass(delay);
  register_accesses_.add(1);
  if (status == tlm::TLM_OK_RESPONSE) return true;
  result.problem = "a register write answered " + response_name(status);
  return false;
}

bool Host::read_register(const Submission& submission, std::uint32_t offset, std::uint32_t& value, SubmissionResult& result) {
  std::uint8_t bytes[4] = {};
  sc_core::sc_time delay = sc_time_of(clock_.duration_ps(params_.driver_cycles));
  const auto status = out.read(submission.registers + offset, bytes, 4, delay);
  pass(delay);
  register_accesses_.add(1);
  value = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
  if (status == tlm::TLM_OK_RESPONSE) return true;
  result.problem = "a register read answered " + response_name(status);
  return false;
}

void Host::drive(unsigned lane, const Submission& submission, SubmissionResult& result) {
  std::string& doing = doing_[lane];
  doing = "writing descriptors for " + submission.engine;
  submitted_.add(1);
  for (const auto& [address, image] : submission.descriptors) {
    sc_core::sc_time delay;
    const auto status = out.write(address, image.data(), image.size(), delay);
    pass(delay);
    descriptor_bytes_.add(image.size());
    if (status != tlm::TLM_OK_RESPONSE) {
      result.problem = "a descriptor write answered " + response_name(status);
      result.error_address = address;
      return;
    }
  }
  doing = "programming the registers of " + submission.engine;
  if (!write_register(submission, irq_enable_at, done_irq | error_irq, result)) return;
  if (!write_register(submission, desc_addr_lo_at, static_cast<std::uint32_t>(submission.first), result)) return;
  if (!write_register(submission, desc_addr_hi_at, static_cast<std::uint32_t>(submission.first >> 32), result)) return;
  if (!write_register(submission, doorbell_at, 1, result)) return;

  std::uint32_t status = 0;
  if (submission.irq >= 0) {
    doing = "waiting for the interrupt of " + submission.engine;
    auto& line = irq[static_cast<std::size_t>(submission.irq)];
    while (!line.read()) wait(line.value_changed_event());
    interrupts_.add(1);
    if (!read_register(submission, status_at, status, result)) return;
  } else {
    doing = "polling the status of " + submission.engine;
    for (;;) {
      if (!read_register(submission, status_at, status, result)) return;
      polls_.add(1);
      if (!(status & busy_bit)) break;
      pass(sc_time_of(clock_.duration_ps(params_.poll_cycles)));
    }
  }
  if (!write_register(submission, irq_status_at, done_irq | error_irq, result)) return;
  if (status & error_bit) {
    std::uint32_t lo = 0, hi = 0;
    if (!read_register(submission, error_addr_lo_at, lo, result) || !read_register(submission, error_addr_hi_at, hi, result)) return;
    result.status = static_cast<JobStatus>((status >> 8) & 0xFF);
    result.error_address = static_cast<Address>(hi) << 32 | lo;
  }
  // A level that is still up would end the next wait at once.
  if (submission.irq >= 0)
    while (irq[static_cast<std::size_t>(submission.irq)].read()) wait(irq[static_cast<std::size_t>(submission.irq)].value_changed_event());
  result.finished = true;
}

void Host::report_stats(StatSink& sink) const {
  sink.count("submissions", submitted_);
  sink.count("descriptor_bytes", descriptor_bytes_);
  sink.count("register_accesses", register_accesses_);
  sink.count("interrupts", interrupts_);
  sink.count("polls", polls_);
}

void register_host(Registry& registry) {
  KindDescriptor d;
  d.kind = "models.host";
  d.doc = "Drives engines without a CPU: descriptors, doorbells, interrupts. Places nothing itself, models no instruction.";
  d.params = {
      param("driver_cycles", 0, "own time before each register access").at_least(0).unit("cycles").from("assumed: 0, a lower bound"),
      param("poll_cycles", 1000, "time between two status reads where no interrupt is linked").at_least(1).unit("cycles").from("assumed"),
  };
  d.ports = {initiator("out", "memory and register accesses"), irq_in("irq", "interrupts of the engines")};
  d.stats = {
      {"submissions", "chains", StatKind::count, "Chains of jobs submitted"},
      {"descriptor_bytes", "bytes", StatKind::bytes, "Descriptor bytes written to memory"},
      {"register_accesses", "accesses", StatKind::count, "Register reads and writes"},
      {"interrupts", "interrupts", StatKind::count, "Interrupts taken"},
      {"polls", "reads", StatKind::count, "Status reads where no interrupt is linked"},
  };
  d.drives_engines = true;
  d.energy_not_counted = "a driver without a CPU has no energy model";
  d.sources = {{"driver time", Certainty::assumed, "bus time of its accesses only"}};
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    Host::Params params;
    params.driver_cycles = p.get<Cycles>("driver_cycles");
    params.poll_cycles = p.get<Cycles>("poll_cycles");
    params.interrupts = static_cast<unsigned>(p.peers("irq").size());
    return std::make_unique<Host>(name, params, ClockDomain(p.clock()));
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
