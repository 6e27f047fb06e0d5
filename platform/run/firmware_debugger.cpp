// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/firmware_debugger.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

}  // namespace

FirmwareDebugger::FirmwareDebugger(std::vector<Hart> harts, View view, const GdbDecl& settings)
    : harts_(std::move(harts)),
      view_(std::move(view)),
      settings_(settings),
      server_(*this, settings.port, {say, [] { return stop_requested.load(); }}),
      resumes_(harts_.size()) {
  for (Hart& h : harts_) h.debug->set_debugger(this);
  if (settings_.wait) say("gdb: the program waits for a debugger");
}

FirmwareDebugger::~FirmwareDebugger() = default;

unsigned FirmwareDebugger::index_of(unsigned hart_id) const {
  const auto found = std::find_if(harts_.begin(), harts_.end(), [&](const Hart& h) { return h.hart->hart_id() == hart_id; });
  return static_cast<unsigned>(found - harts_.begin());
}

// --- called by harts ---

HartDebugger::Turn FirmwareDebugger::next_turn(unsigned hart_id) {
  const unsigned hart = index_of(hart_id);
  using Cause = gdb::StopEvent::Cause;
  if (!has_started_) {
    has_started_ = true;
    if (settings_.wait) halt(hart, {Cause::start, 0, harts_[hart].hart->pc(), gdb::WatchKind::write}, true);
  }
  if (until_ && now_ps() >= *until_) {
    until_.reset();
    halt(hart, {Cause::time, 0, 0, gdb::WatchKind::write});
  } else if (server_.poll()) {
    halt(hart, {Cause::interrupt, 0, 0, gdb::WatchKind::write});
  }
  Turn turn{resumes_[hart], until_.value_or(0)};
  if (traces_ && turn.how.kind == gdb::Resume::Kind::run) turn.how.kind = gdb::Resume::Kind::step;
  return turn;
}

void FirmwareDebugger::stopped(unsigned hart_id, const gdb::StopEvent& event) {
  const unsigned hart = index_of(hart_id);
  const std::uint32_t pc = harts_[hart].hart->pc();
  if (traces_) say(fmt::format("trace: {} at {}", harts_[hart].name, view_.place(pc)));
  if (event.cause == gdb::StopEvent::Cause::step && resumes_[hart].kind == gdb::Resume::Kind::run) return;  // one of the trace's own steps
  halt(hart, event);
}

bool FirmwareDebugger::idle(unsigned hart_id) {
  if (!server_.wait()) return false;
  const unsigned hart = index_of(hart_id);
  if (server_.poll()) halt(hart, {gdb::StopEvent::Cause::interrupt, 0, 0, gdb::WatchKind::write});
  return server_.is_attached();
}

void FirmwareDebugger::halt(unsigned hart, gdb::StopEvent event, bool wait_for_one) {
  event.hart = hart;
  resumes_ = server_.halt(event, wait_for_one);
  for (Hart& h : harts_) h.debug->resumed();
}

// --- called by the debugger ---

std::string FirmwareDebugger::hart_text(unsigned hart) const {
  static const char* const states[] = {"running", "asleep in wfi", "parked in a jump to itself", "stopped"};
  const Hart& h = harts_[hart];
  return fmt::format("{}, hart {}, {}", h.name, h.hart->hart_id(), states[static_cast<std::size_t>(h.hart->state())]);
}

std::string FirmwareDebugger::read_memory(unsigned hart, std::uint32_t address, std::size_t bytes) {
  std::string data(std::min<std::uint64_t>(bytes, (std::uint64_t{1} << 32) - address), '\0');
  Bytes done = harts_[hart].hart->debug_read(address, reinterpret_cast<std::uint8_t*>(data.data()), data.size());
  // A register bank answers by words: what is asked for across its holes comes word by word.
  while (done < data.size()) {
    const Bytes more = std::min<Bytes>(4 - (address + done) % 4, data.size() - done);
    const Bytes got = harts_[hart].hart->debug_read(address + done, reinterpret_cast<std::uint8_t*>(data.data()) + done, more);
    done += got;
    if (got != more) break;
  }
  data.resize(done);
  return data;
}

bool FirmwareDebugger::write_memory(unsigned hart, std::uint32_t address, const std::string& bytes) {
  const Bytes done = harts_[hart].hart->debug_write(address, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  for (Hart& h : harts_) h.debug->code_written(address, static_cast<std::uint32_t>(bytes.size()));
  return done == bytes.size();
}

void FirmwareDebugger::set_breakpoint(std::uint32_t address, bool set) {
  for (Hart& h : harts_) h.debug->set_breakpoint(address, set);
}

void FirmwareDebugger::set_watchpoints(const std::vector<gdb::Watchpoint>& watchpoints) {
  for (Hart& h : harts_) h.debug->set_watchpoints(watchpoints);
}

void FirmwareDebugger::kill() { stop_requested = true; }

}  // namespace snnvp
