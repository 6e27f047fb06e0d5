// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/firmware_driver.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/activity.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr std::uint32_t doorbell = 0x34;  // platform/engine/registers.yaml
constexpr std::size_t told_functions = 20, told_places = 3;

std::string with_stack(const std::string& advice, const std::string& stack) { return stack.empty() ? advice : advice + "; " + stack; }

}  // namespace

FirmwareDriver::FirmwareDriver(std::optional<ElfFile> elf, std::vector<FlatImage> images)
    : elf_(std::move(elf)), images_(std::move(images)) {}

// --- before the run ---

void FirmwareDriver::check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const {
  std::vector<std::pair<std::uint64_t, std::string>> harts;
  for (const auto& [name, block] : plan.blocks)
    if (block.kind->runs_firmware) harts.emplace_back(block.params.get<std::uint64_t>("hart_id"), name);
  if (harts.empty())
    return diagnostics.error(pos, "workload.kind", "no block of this platform executes a program", "add a hart such as models.riscv");
  std::sort(harts.begin(), harts.end());
  for (std::size_t i = 1; i < harts.size(); ++i)
    if (harts[i].first == harts[i - 1].first)
      diagnostics.error(plan.blocks.at(harts[i].second).decl->pos, "platform.blocks." + harts[i].second + ".params.hart_id",
                        fmt::format("{} and {} have the same hart id {}", harts[i - 1].second, harts[i].second, harts[i].first));
  hart_names_.clear();
  for (const auto& [id, name] : harts) hart_names_.push_back(name);
  memories_.clear();
  for (const auto& [name, block] : plan.blocks) {
    if (!block.kind->is_memory) continue;
    const auto window = plan.window_of({hart_names_.front(), "bus", -1}, name, "in");
    if (!window || window->base > 0xFFFFFFFF) continue;
    const Address last = std::min<Address>(window->base + (window->size - 1), 0xFFFFFFFF);
    memories_.push_back({name, {static_cast<std::uint32_t>(window->base), static_cast<std::uint32_t>(last)}});
  }
  ranges_.clear();
  for (const MapPlan& map : plan.maps) {
    const auto window = plan.window_of({hart_names_.front(), "bus", -1}, map.target.block, map.target.port);
    const auto& kind = *plan.blocks.at(map.target.block).kind;
    if (!window || window->base > 0xFFFFFFFF || kind.routes_addresses) continue;
    const Address last = std::min<Address>(window->base + (window->size - 1), 0xFFFFFFFF);
    ranges_.push_back({kind.is_memory ? map.target.block : map.target.text(),
                       {static_cast<std::uint32_t>(window->base), static_cast<std::uint32_t>(last)},
                       kind.is_memory});
  }
  if (memories_.empty())
    return diagnostics.error(pos, "workload.kind", hart_names_.front() + " reaches no memory",
                             "map a models.sram or models.dram through its bus");
  map_ = address_map("firmware", plan, hart_names_.front() + ".bus");
  if (elf_)
    for (const ElfFile::Segment& s : elf_->segments)
      check_fit(fmt::format("{}: segment {}", elf_->path, s.index), s.address, s.memory_size, pos, diagnostics);
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const FlatImage& image = images_[i];
    check_fit(image.file, image.address, image.bytes.size(), pos, diagnostics);
    const std::uint64_t end = image.address + image.bytes.size();
    const auto overlap = [&](const std::string& other, std::uint64_t first, std::uint64_t last) {
      if (first < end && image.address < last)
        diagnostics.error(
            pos, fmt::format("workload.images[{}]", i),
            fmt::format("{} [{:#x}, {:#x}) and {} [{:#x}, {:#x}) overlap", image.file, image.address, end, other, first, last));
    };
    if (elf_)
      for (const ElfFile::Segment& s : elf_->segments) overlap(fmt::format("segment {} of {}", s.index, elf_->path), s.address, s.end());
    for (std::size_t j = 0; j < i; ++j) overlap(images_[j].file, images_[j].address, images_[j].address + images_[j].bytes.size());
  }
}

void FirmwareDriver::check_fit(const std::string& what, std::uint32_t address, std::uint64_t bytes, const SourcePos& pos,
                               Diagnostics& diagnostics) const {
  std::string known;
  for (const Memory& m : memories_) {
    if (address >= m.range.first && address + bytes <= std::uint64_t{m.range.last} + 1) return;
    known += fmt::format("{}{} [{:#x}, {:#x})", known.empty() ? "" : ", ", m.name, m.range.first, std::uint64_t{m.range.last} + 1);
  }
  diagnostics.error(pos, "workload", fmt::format("{} [{:#x}, {:#x}) does not fit a memory", what, address, address + bytes),
                    "memories: " + known);
}

void FirmwareDriver::configure(const RunSettings& settings) {
  settings_ = settings;
  if (settings_.signature.empty()) return;
  if (!elf_) throw InputError("--signature needs an ELF file with the symbols begin_signature and end_signature");
  for (const char* symbol : {"begin_signature", "end_signature"})
    if (!elf_->find(symbol))
      throw InputError(fmt::format("{}: --signature needs the symbol {}, which it does not have", elf_->path, symbol));
}

void FirmwareDriver::attach(Platform& platform) {
  places_ = FirmwarePlaces(elf_ ? &*elf_ : nullptr, ranges_);
  const FirmwareTimer* timer = nullptr;
  for (const auto& [name, module] : platform.blocks()) {
    if (auto* console = dynamic_cast<FirmwareConsole*>(module.get())) consoles_.emplace_back(name, console);
    if (auto* block = dynamic_cast<Resettable*>(module.get())) resettable_.push_back(block);
    if (auto* control = dynamic_cast<FirmwareControl*>(module.get())) controls_.push_back(control);
    if (const auto* engine = dynamic_cast<const engine::JobEngine*>(module.get())) engines_.emplace_back(name, engine);
    if (const auto* found = dynamic_cast<const FirmwareTimer*>(module.get()); found != nullptr && timer == nullptr) timer = found;
  }
  std::vector<MemoryRange> ranges;
  for (const Memory& m : memories_) ranges.push_back(m.range);
  for (const std::string& name : hart_names_) {
    auto* hart = platform.find<FirmwareHart>(name);
    if (hart == nullptr) throw InternalError(name + " executes no program");
    hart->set_memories(ranges);
    hart->set_timer(timer);
    hart->set_observer(this);
    hart->set_time_limit(settings_.limit);
    if (elf_) {
      hart->start_at(elf_->entry);
      if (const auto tohost = elf_->find("tohost")) hart->watch_tohost(*tohost);
    }
    harts_.push_back({name, hart});
    for (std::size_t i = 0; i < memories_.size(); ++i)
      if (auto* memory = dynamic_cast<DirectMemory*>(platform.blocks().at(memories_[i].name).get()))
        memory->add_user([hart, i] { return hart->direct_use(i); });
  }
  std::FILE* out = settings_.console_on_stdout ? stdout : stderr;
  for (auto& [name, console] : consoles_) {
    console->connect([out](char c) {
      std::fputc(c, out);
      if (c == '\n') std::fflush(out);
    });
    if (const std::string where = console->open(); !where.empty()) fmt::print(stderr, "{}: {}\n", name, where);
  }
  for (FirmwareControl* control : controls_) control->set_observer(this);
  draw(platform);
  if (!settings_.gdb) return;
  std::vector<FirmwareDebugger::Hart> debugged;
  for (const Hart& h : harts_) {
    auto* debug = dynamic_cast<DebugHart*>(h.hart);
    if (debug == nullptr) throw InputError("run.gdb: " + h.name + " cannot be debugged");
    debugged.push_back({h.name, h.hart, debug});
  }
  debugger_ = std::make_unique<FirmwareDebugger>(
      std::move(debugged),
      FirmwareDebugger::View{&platform, map_.value(), [this](std::uint32_t address) { return places_.place(address); }}, *settings_.gdb);
}

/// Harts first, then whatever else has something to show.
void FirmwareDriver::draw(Platform& platform) {
  std::vector<std::string> names = hart_names_;
  for (const auto& [name, module] : platform.blocks())
    if (std::find(hart_names_.begin(), hart_names_.end(), name) == hart_names_.end()) names.push_back(name);
  for (const std::string& name : names)
    if (auto* source = dynamic_cast<ActivitySource*>(platform.blocks().at(name).get()))
      source->on_activity(
          [this, lane = timeline_.add_lane(name)](Picoseconds at, const std::string& what) { timeline_.change(lane, at, what); });
}

/// As QEMU does: the program is placed anew, other bytes in memory stay.
void FirmwareDriver::restart() {
  if (is_finished_) return;
  place_all();
  for (Resettable* block : resettable_) block->reset();
}

void FirmwareDriver::place(std::uint32_t address, const std::uint8_t* data, Bytes bytes, const std::string& what) {
  if (harts_.front().hart->debug_write(address, data, bytes) != bytes)
    throw InputError(fmt::format("{} cannot be placed at {:#x}: the memory refuses debug access there", what, address));
}

void FirmwareDriver::start() {
  place_all();
  started_ = std::chrono::steady_clock::now();
}

void FirmwareDriver::place_all() {
  if (elf_)
    for (const ElfFile::Segment& s : elf_->segments) {
      const std::string what = fmt::format("{}: segment {}", elf_->path, s.index);
      if (!s.bytes.empty()) place(s.address, s.bytes.data(), s.bytes.size(), what);
      const std::vector<std::uint8_t> zeros(std::min<std::size_t>(s.memory_size - s.bytes.size(), 1 << 20), 0);
      for (std::uint64_t at = s.address + s.bytes.size(); at < s.end(); at += zeros.size())
        place(static_cast<std::uint32_t>(at), zeros.data(), std::min<std::uint64_t>(zeros.size(), s.end() - at), what);
    }
  for (const FlatImage& image : images_) place(image.address, image.bytes.data(), image.bytes.size(), image.file);
}

// --- the run ---

std::uint64_t FirmwareDriver::work_done() const {
  std::uint64_t sum = 0;
  for (const Hart& h : harts_) sum += h.hart->summary().instructions;
  return sum;
}

void FirmwareDriver::finish(const std::string& status, std::uint32_t code, const std::string& reason) {
  if (is_finished_) return;  // the first one counts
  is_finished_ = true;
  status_ = status;
  if (status == "ok" || status == "firmware_failed") exit_code_ = code;
  reason_ = reason;
  if (debugger_)
    debugger_->ended(
        status == "ok" ? code : std::max(code, 1u),
        status == "ok" ? std::string() : fmt::format("the run ends with status {}{}{}\n", status, reason.empty() ? "" : ": ", reason));
  sc_core::sc_stop();
}

void FirmwareDriver::tohost(std::uint32_t value) {
  if (value == 0) return;
  if ((value & 1) == 0) {
    if (!host_call_) host_call_ = value;
    return;
  }
  if (value == 1) return finish("ok", 0, {});
  test_number_ = value >> 1;
  // riscv-tests: the number of the test, ored with this.
  constexpr std::uint32_t unexpected_trap = 1337;
  if ((value & unexpected_trap) == unexpected_trap)
    return finish(
        "firmware_failed", value >> 1,
        fmt::format("the program reports through tohost a trap it did not expect (value {}: a test's number ored with 1337)", value));
  finish("firmware_failed", value >> 1, fmt::format("the program reports through tohost that test {} failed", value >> 1));
}

// --- after the run ---

/// Cycles by function over all harts, most first.
std::vector<FirmwareDriver::Function> FirmwareDriver::functions() {
  std::map<std::string, Function> by_name;
  for (const Hart& h : harts_)
    for (const FirmwareHart::Piece& piece : h.hart->profile()) {
      const ElfFile::Symbol* symbol = elf_ ? elf_->function_at(piece.address) : nullptr;
      Function& f = by_name[symbol != nullptr ? symbol->name : "?"];
      f.cycles += piece.cycles;
      if (piece.cycles > f.hottest_cycles) f.hottest = piece.address, f.hottest_cycles = piece.cycles;
    }
  std::vector<Function> all;
  for (auto& [name, f] : by_name)
    if (f.cycles != 0) {
      f.name = name;
      all.push_back(f);
    }
  std::stable_sort(all.begin(), all.end(), [](const Function& a, const Function& b) { return a.cycles > b.cycles; });
  return all;
}

/// "wait_for (main.c:12) 99 %, main (main.c:40) 1 %".
std::string FirmwareDriver::hottest() {
  const std::vector<Function> all = functions();
  std::uint64_t sum = 0;
  for (const Function& f : all) sum += f.cycles;
  std::string text;
  for (std::size_t i = 0; i < std::min(told_places, all.size()); ++i) {
    if (i != 0 && all[i].cycles * 200 < sum) break;  // under half a per cent
    text +=
        fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", elf_ ? places_.function(all[i].hottest) : fmt::format("{:#010x}", all[i].hottest),
                    100.0 * static_cast<double>(all[i].cycles) / static_cast<double>(sum));
  }
  return text;
}

void FirmwareDriver::tell_faults(RunReport& report) {
  const bool is_ok = report.status == "ok";
  for (const Hart& h : harts_) {
    const auto& faults = h.hart->access_faults();
    for (const FirmwareHart::Event& e : faults) {
      // The last one has been told with the end.
      const auto last = h.hart->last_exception();
      if (!is_ok && last && last->pc == e.pc && last->value == e.value) continue;
      report.diagnosis.push_back(
          {"firmware.access_fault", is_ok ? "notice" : "warning", fmt::format("{}: {}", h.name, places_.explain(e)),
           is_ok && faults.size() > 1 ? "the program handled it, and others like it" : "the program took a trap for it"});
      if (is_ok) break;  // a program that ends well knew what it did
    }
  }
}

/// Jobs that engines did not take, and who gave them.
void FirmwareDriver::tell_refusals(RunReport& report) {
  for (const auto& [name, engine] : engines_) {
    if (engine->refusal().empty()) continue;
    std::string giver;
    for (const FirmwarePlaces::Range& r : ranges_)
      for (const Hart& h : harts_)
        if (const auto writer = h.hart->last_writer(r.range.first + doorbell, r.range.first + doorbell + 3);
            writer && r.name == name + ".regs")
          giver = fmt::format("; {} last rang its doorbell at {}", h.name, places_.place(writer->pc));
    report.diagnosis.push_back({"firmware.job_refused", report.status == "ok" ? "notice" : "error",
                                fmt::format("{} refused a job: {}{}", name, engine->refusal(), giver),
                                "status.code and error_addr tell the program the same"});
  }
}

/// Call stack where the hart stands; empty if that cannot be told.
std::string FirmwareDriver::stack_of(const Hart& h) {
  auto* registers = dynamic_cast<DebugHart*>(h.hart);
  if (registers == nullptr) return {};
  const auto reg = [&](unsigned number) { return registers->debug_register(number).value_or(0); };
  return places_.call_stack({h.hart->pc(), 0, 0, 0, {}, reg(1), reg(2), reg(8)}, *h.hart);
}

/// What a run that did not end well was doing.
void FirmwareDriver::tell_end(RunReport& report) {
  if (host_call_)
    report.diagnosis.push_back({"firmware.host_call", "notice",
                                fmt::format("the program made a host call through tohost ({:#x}): it was ignored", *host_call_),
                                "only 1 (pass) and odd values (failed test) are understood"});
  if (report.status == "ok") return;
  constexpr std::uint32_t unhandled_trap = 127;  // workloads/firmware/sdk/trap.c
  const bool was_unhandled = exit_code_ == unhandled_trap && harts_.front().hart->last_exception().has_value();
  if (report.status == status_ && !reason_.empty())
    report.diagnosis.push_back({"firmware." + status_, "error", reason_ + (was_unhandled ? ": a trap that it does not handle" : ""), ""});
  for (const Hart& h : harts_) {
    if (report.status == "lockup") {
      const FirmwareHart::Event first = h.hart->first_trap();
      if (first.cycle == 0) continue;
      report.diagnosis.push_back({"firmware.trap_loop", "error",
                                  fmt::format("{}: traps lead to traps. The first, in cycle {}: {}; now at {}, mtvec {:#x}", h.name,
                                              first.cycle, places_.explain(first), places_.place(h.hart->pc()), h.hart->csr(0x305)),
                                  "is mtvec set before anything can trap, and does the handler end in mret?"});
    } else if (const auto last = h.hart->last_exception()) {
      const std::string stack = places_.call_stack(*last, *h.hart);
      report.diagnosis.push_back(
          {"firmware.exception", "error",
           fmt::format("{}: the last exception, in cycle {}: {}", h.name, last->cycle, places_.explain(*last, stack.empty())), stack});
    }
  }
  if (report.status == "deadlock")
    for (const Hart& h : harts_) {
      const bool asleep = h.hart->state() == FirmwareHart::State::sleeping;
      report.diagnosis.push_back(
          {asleep ? "firmware.asleep" : "firmware.parked", "error",
           fmt::format("{} {} at {}, mie {:#x}, mip {:#x}, mstatus {:#x}", h.name, asleep ? "sleeps in wfi" : "jumps to itself for ever",
                       places_.place(h.hart->pc()), h.hart->csr(0x304), h.hart->csr(0x344), h.hart->csr(0x300)),
           with_stack(asleep ? "no device is left that could raise an enabled interrupt"
                             : "end the program through models.simctl or tohost; interrupts are off or nothing can raise one",
                      stack_of(h))});
    }
  if (report.status == "limit" || report.status == "watchdog" || report.status == "timeout" || report.status == "interrupted") {
    for (const Hart& h : harts_)
      report.diagnosis.push_back({"firmware.hot", "error",
                                  fmt::format("{} was at {}; most cycles went to {}", h.name, places_.place(h.hart->pc()), hottest()),
                                  with_stack("an endless loop? if not, raise the limit", stack_of(h))});
  }
}

/// A run that did not end through the program: a debugger that waits for it hears why.
void FirmwareDriver::tell_debugger(const RunReport& report) {
  if (!debugger_ || is_finished_) return;
  std::string text = fmt::format("the run ends with status {}\n", report.status);
  for (const Hart& h : harts_) text += fmt::format("{} was at {}\n", h.name, places_.place(h.hart->pc()));
  debugger_->ended(1, text);
}

void FirmwareDriver::write_signature() {
  const std::uint32_t first = elf_->find("begin_signature").value(), end = elf_->find("end_signature").value();
  std::string text;
  for (std::uint32_t at = first; at < end; at += 4) {
    std::uint8_t b[4] = {};
    if (harts_.front().hart->debug_read(at, b, 4) != 4) throw InputError(fmt::format("the signature at {:#x} cannot be read", at));
    text += fmt::format("{:02x}{:02x}{:02x}{:02x}\n", b[3], b[2], b[1], b[0]);
  }
  std::string problem;
  if (!write_file_atomically(settings_.signature, text, problem)) throw InputError(problem);
}

void FirmwareDriver::collect(RunReport& report) {
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  std::uint64_t instructions = 0;
  nlohmann::ordered_json harts = nlohmann::ordered_json::array();
  for (const Hart& h : harts_) {
    const FirmwareHart::Summary s = h.hart->summary();
    instructions += s.instructions;
    harts.push_back({{"name", h.name},
                     {"hart_id", h.hart->hart_id()},
                     {"instructions", s.instructions},
                     {"cycles", s.cycles},
                     {"stall_cycles", s.stall_cycles},
                     {"sleep_cycles", s.sleep_cycles},
                     {"mmio_reads", s.mmio_reads},
                     {"mmio_writes", s.mmio_writes},
                     {"exceptions", s.exceptions},
                     {"interrupts", s.interrupts}});
    const std::uint64_t busy = s.cycles - s.sleep_cycles;
    report.summary_lines.push_back(fmt::format(
        "  {:<9} {} instructions in {} cycles{}, {} interrupts, {} exceptions", h.name, s.instructions, s.cycles,
        s.instructions == 0 ? "" : fmt::format(" (CPI {:.3f})", static_cast<double>(busy) / static_cast<double>(s.instructions)),
        s.interrupts, s.exceptions));
  }
  report.summary_lines.push_back(exit_code_ ? fmt::format("  {:<9} ended with exit code {}", "program", *exit_code_)
                                            : fmt::format("  {:<9} did not end", "program"));
  nlohmann::ordered_json functions_json = nlohmann::ordered_json::array();
  const std::vector<Function> all = functions();
  for (std::size_t i = 0; i < std::min(told_functions, all.size()); ++i)
    functions_json.push_back({{"function", all[i].name}, {"cycles", all[i].cycles}});
  nlohmann::ordered_json phases = nlohmann::ordered_json::array();
  for (const FirmwareControl* control : controls_)
    for (const FirmwareControl::Phase& p : control->phases()) phases.push_back({{"phase", p.id}, {"start_ps", p.start}, {"end_ps", p.end}});
  auto& section = report.sections["firmware"];
  const auto number = [](const std::optional<std::uint32_t>& n) {
    return n ? nlohmann::ordered_json(*n) : nlohmann::ordered_json(nullptr);
  };
  section["exit_code"] = number(exit_code_);
  section["test_number"] = number(test_number_);
  section["harts"] = std::move(harts);
  section["phases"] = std::move(phases);
  section["functions"] = std::move(functions_json);
  timeline_.end(now_ps());
  section["activity_ps"] = timeline_.activity();
  section["timeline_grain_ps"] = timeline_.grain();
  section["timeline"] = timeline_.intervals();
  for (std::string& line : timeline_.text()) report.summary_lines.push_back(std::move(line));
  report.totals.emplace_back("instructions", instructions);
  report.checked = false;  // a program checks itself
  report.host_facts["wall_simulation_s"] = wall;
  report.host_facts["mips"] = wall > 0 ? static_cast<double>(instructions) / wall * 1e-6 : 0.0;
  for (const auto& [name, console] : consoles_)
    if (console->is_interactive())
      report.diagnosis.push_back({"firmware.interactive", "notice", name + " received what somebody typed",
                                  "a run with other input may end otherwise; to repeat one, keep the input in a file"});
  for (const auto& [name, console] : consoles_)
    if (!console->text().empty()) report.files.emplace_back(name + ".log", console->text());
  std::fflush(settings_.console_on_stdout ? stdout : stderr);
  tell_debugger(report);
  tell_end(report);
  tell_faults(report);
  tell_refusals(report);
  if (!settings_.signature.empty()) write_signature();
}

}  // namespace snnvp
