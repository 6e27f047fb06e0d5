// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/bench.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/conform/monitor_verdict.h>
#include <snnvp/platform/conform/port_facts.h>
#include <snnvp/platform/conform/probe.h>
#include <snnvp/platform/conform/tester.h>
#include <snnvp/platform/elaborate/platform.h>

namespace snnvp::conform {
namespace {

using Role = PortAbilities::Role;

constexpr Bytes small_memory = 2048, large_memory = 8192;

/// A tester of one target port of the block under test.
struct Seat {
  const PortSpec* port = nullptr;
  std::string tester, socket;  // "tester_0", "in[0]"
  bool is_tested = true;       // else it only keeps the socket bound
  bool is_second = false;      // of an interconnect
};

/// One window of an interconnect's map: initiators a and b use memories of their own, because accesses may overlap on the way. The second
/// memory is larger than its windows and seen twice; both its windows touch, so that an access may cross from one into the other.
struct Mapping {
  Address base;
  Bytes size;
  unsigned memory;
  Address offset;
};
constexpr Mapping mappings[] = {
    {0x1'0000'0000, small_memory, 0, 0}, {0x8000'0000, small_memory, 1, 0x400}, {0x8000'0800, small_memory, 1, 0x1000}};

class Bench {
public:
  Bench(Registry& registry, const BenchOptions& options, Whereabouts& where) : registry_(registry), options_(options), where_(where) {
    kind_ = registry.find(options.kind);
    if (kind_ == nullptr) {
      std::vector<std::string> names;
      for (const KindDescriptor* k : registry.all()) names.push_back(k->kind);
      const std::string hint = did_you_mean(options.kind, names);
      throw InputError("unknown kind " + options.kind + "\n    allowed: " + join_names(names, 40) + (hint.empty() ? "" : "   " + hint));
    }
    choose_ports();
  }

  std::vector<Verdict> run() {
    register_own_kinds();
    Diagnostics diagnostics;
    const std::unique_ptr<Scenario> scenario = load_scenario_text(text(), "conform " + options_.kind, overrides(), diagnostics);
    Plan plan = make_plan(*scenario, registry_, diagnostics);
    if (diagnostics.has_errors()) throw InputError(diagnostics);
    make_models(plan.blocks.at("dut").params);
    const Platform platform(plan);
    connect(platform);
    advance();
    return collect();
  }

private:
  bool is_route() const { return kind_->routes_addresses; }

  void choose_ports() {
    const std::vector<std::string> names = target_ports(*kind_);
    if (names.empty())
      throw InputError(options_.kind +
                       " has no target port; what it sends as an initiator is judged in a scenario: snnvp conform FILE.yaml");
    if (!options_.port.empty() && std::find(names.begin(), names.end(), options_.port) == names.end()) {
      const std::string hint = did_you_mean(options_.port, names);
      throw InputError(options_.kind + " has no target port " + options_.port + "\n    allowed: " + join_names(names) +
                       (hint.empty() ? "" : "   " + hint));
    }
    for (const PortSpec& port : kind_->ports) {
      if (port.kind != PortKind::target) continue;
      const bool is_tested = options_.port.empty() || options_.port == port.name;
      if (!is_tested && port.is_optional) continue;
      const unsigned many = is_route() && is_tested ? 2 : 1;
      for (unsigned i = 0; i < many; ++i) {
        const std::string socket = port.is_vector ? fmt::format("{}[{}]", port.name, i) : port.name;
        seats_.push_back({&port, fmt::format("tester_{}", seats_.size()), socket, is_tested, i == 1});
      }
    }
  }

  void register_own_kinds() {
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      verdicts_.emplace_back(options_.kind + "." + seats_[i].socket);
      KindDescriptor tester;
      tester.kind = "conform." + seats_[i].tester;
      tester.ports = {initiator("out")};
      tester.needs_clock = false;
      tester.factory = [this, i](const sc_core::sc_module_name& name, const ParamSet&) { return make_tester(name, i); };
      registry_.add(std::move(tester));
    }
    for (unsigned i = 0; i < 3; ++i) {
      KindDescriptor probe;
      probe.kind = fmt::format("conform.probe_{}", i);
      probe.ports = {target("in")};
      probe.needs_clock = false;
      probe.window = [i](const ParamSet&, const std::string&) { return probe_options(i).size; };
      probe.factory = [i](const sc_core::sc_module_name& name, const ParamSet&) { return std::make_unique<Probe>(name, probe_options(i)); };
      registry_.add(std::move(probe));
    }
  }

  /// Behind an interconnect stand a small memory with bytes that refuse writes and a large one with DMI; elsewhere a plain one.
  static Probe::Options probe_options(unsigned index) {
    Probe::Options options;
    if (index == 0) options = {small_memory, false, true};
    if (index == 1) options = {large_memory, true, false};
    return options;
  }

  std::vector<std::string> overrides() const {
    std::vector<std::string> all;
    for (const std::string& text : options_.overrides)
      all.push_back(text.rfind("platform.", 0) == 0 || text.rfind("run.", 0) == 0 ? text : "platform.blocks.dut.params." + text);
    return all;
  }

  std::string text() const {
    std::string blocks = fmt::format("    - {{ name: dut, kind: {}{}", options_.kind, kind_->needs_clock ? ", clock: core" : "");
    std::string links, maps, pins;
    for (const PortSpec& port : kind_->ports)
      if (port.kind == PortKind::clock_pin || port.kind == PortKind::reset_pin)
        pins += (pins.empty() ? " " : ", ") + port.name + (port.kind == PortKind::clock_pin ? ": core" : ": reset");
    blocks += (pins.empty() ? "" : ", pins: {" + pins + " }") + " }\n";
    for (const Seat& seat : seats_) {
      blocks += fmt::format("    - {{ name: {0}, kind: conform.{0} }}\n", seat.tester);
      links += fmt::format("    - {{ from: {}.out, to: \"dut.{}\" }}\n", seat.tester, seat.socket);
    }
    if (is_route()) {
      for (unsigned i = 0; i < 2; ++i) blocks += fmt::format("    - {{ name: probe_{0}, kind: conform.probe_{0} }}\n", i);
      for (const Mapping& m : mappings)
        maps += fmt::format("    - {{ through: dut, to: probe_{}.in, base: {:#x}, size: {}, offset: {:#x} }}\n", m.memory, m.base, m.size,
                            m.offset);
    } else {
      unsigned sinks = 0;
      for (const PortSpec& port : kind_->ports) {
        if (port.kind != PortKind::initiator) continue;
        blocks += fmt::format("    - {{ name: sink_{}, kind: conform.probe_2 }}\n", sinks);
        links += fmt::format("    - {{ from: \"dut.{}\", to: sink_{}.in }}\n", port.is_vector ? port.name + "[0]" : port.name, sinks++);
      }
    }
    return "scenario: 1\nrun: { protocol_check: count, check_output: false }\nplatform:\n  clocks: { core: 1 GHz }\n  blocks:\n" + blocks +
           "  links:\n" + links + (maps.empty() ? "" : "  maps:\n" + maps);
  }

  /// What the testers may expect of each port.
  void make_models(const ParamSet& params) {
    for (const Seat& seat : seats_) {
      PortModel model = model_of(*kind_, *seat.port, params);
      if (options_.memory && model.abilities.role == Role::unstated) {
        model.abilities.role = Role::memory;
        model.windows.clear();
        Window window;
        window.size = *options_.memory;
        model.windows.push_back(window);
      }
      if (model.abilities.role == Role::route) map_memories(model, seat.is_second);
      if (options_.latency) {
        model.least_latency = *options_.latency;
        for (Window& window : model.windows) window.dmi_least = *options_.latency;
      }
      for (Window& window : model.windows)
        if (window.dmi == Ability::yes) window.dmi_latency = options_.dmi_latency;
      for (const Window& window : model.windows)
        while (model.is_memory() && golden_.size() <= window.memory)
          golden_.emplace_back(is_route() ? (golden_.empty() ? small_memory : large_memory) : window.size);
      models_.push_back(std::move(model));
    }
  }

  void map_memories(PortModel& model, bool is_second) const {
    for (const Mapping& m : mappings) {
      Window window{m.base, m.size, m.memory, m.offset, m.memory == 1 ? Ability::yes : Ability::no, {}, 0, (m.memory == 1) == is_second};
      // The probes answer debug accesses: an interconnect has to pass them on.
      model.abilities.debug_read = model.abilities.debug_write = Ability::yes;
      if (model.abilities.dmi == Ability::no) window.dmi = Ability::no;
      window.dmi_least = Probe::access_ps;
      model.windows.push_back(window);
    }
    model.read_only.assign(small_memory, false);
    for (Bytes i = small_memory / 4; i < small_memory / 2; ++i) model.read_only[static_cast<std::size_t>(i)] = true;
    model.least_latency = Probe::access_ps;
  }

  std::unique_ptr<sc_core::sc_module> make_tester(const sc_core::sc_module_name& name, std::size_t i) {
    Tester::Options options;
    options.model = models_[i];
    options.seed = options_.seed;
    options.stream = static_cast<unsigned>(i);
    options.count = seats_[i].is_tested ? options_.count : 0;
    options.reset = [this] { reset(); };
    if (is_route()) {
      options.at_once = static_cast<unsigned>(seats_.size());
      options.sent = sent_;
    }
    // Ports of one block are tested one after the other, initiators of an interconnect at once.
    if (!is_route() && !testers_.empty()) options.after = testers_.back();
    auto tester = std::make_unique<Tester>(name, std::move(options), golden_, verdicts_[i]);
    tester->on_transaction = [this, i](std::uint64_t number) { where_.transaction = number, where_.tester = static_cast<unsigned>(i); };
    testers_.push_back(tester.get());
    return tester;
  }

  void reset() {
    for (Resettable* block : resettable_) block->reset();
    for (Probe* probe : probes_) probe->reset();
  }

  void connect(const Platform& platform) {
    for (const auto& [name, module] : platform.blocks()) {
      if (auto* probe = dynamic_cast<Probe*>(module.get()); probe != nullptr && is_route()) probes_.push_back(probe);
      auto* block = dynamic_cast<Resettable*>(module.get());
      if (block != nullptr) resettable_.push_back(block);
      if (block == nullptr && name == "dut" && !is_route())
        for (Tester* tester : testers_) tester->leave_out_reset();
    }
    // Clocks and bridges to other processes go on until all has been sent.
    for (FreeRunning* block : platform.free_running()) block->set_questions({[this] { return is_done(); }, [] { return false; }});
    links_ = std::make_unique<MonitorVerdicts>(platform);
    for (std::size_t i = 0; i < seats_.size(); ++i)
      links_->watch(seats_[i].tester + ".out", verdicts_[i], MonitorVerdicts::judge_target,
                    [tester = testers_[i]] { return tester->transaction(); });
    links_->watch_initiators("dut.", options_.kind);
  }

  bool is_done() const {
    return std::all_of(testers_.begin(), testers_.end(), [](const Tester* t) { return t->is_done(); });
  }

  void advance() {
    std::vector<std::uint64_t> before(testers_.size());
    unsigned idle = 0;
    while (!is_done()) {
      const sc_core::sc_time now = sc_core::sc_time_stamp();
      sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
      std::vector<std::uint64_t> numbers;
      for (const Tester* tester : testers_) numbers.push_back(tester->transaction());
      idle = numbers == before ? idle + 1 : 0;
      before = std::move(numbers);
      const bool is_stopped = sc_core::sc_get_status() == sc_core::SC_STOPPED;
      const bool is_dead = !sc_core::sc_pending_activity() || sc_core::sc_time_stamp() == now || is_stopped;
      if (is_done() || (!is_dead && idle < 1000)) continue;
      for (std::size_t i = 0; i < testers_.size(); ++i)
        if (!testers_[i]->is_done()) {
          verdicts_[i].failed("X1", testers_[i]->transaction(),
                              fmt::format("{}: it {}", testers_[i]->doing(), is_stopped ? "stopped the simulation" : "never came back"));
          verdicts_[i].transactions += testers_[i]->transaction();
        }
      return;
    }
  }

  std::vector<Verdict> collect() {
    links_->finish();
    std::vector<Verdict> all;
    for (std::size_t i = 0; i < seats_.size(); ++i) {
      if (!seats_[i].is_tested) continue;
      verdicts_[i].checked("X1");
      all.push_back(std::move(verdicts_[i]));
    }
    for (Verdict& verdict : links_->initiators()) all.push_back(std::move(verdict));
    return all;
  }

  Registry& registry_;
  const BenchOptions& options_;
  Whereabouts& where_;
  const KindDescriptor* kind_ = nullptr;
  std::vector<Seat> seats_;
  std::vector<PortModel> models_;
  std::vector<Verdict> verdicts_;
  Golden golden_;
  std::vector<Tester*> testers_;
  std::vector<Probe*> probes_;
  std::vector<Resettable*> resettable_;
  std::unique_ptr<MonitorVerdicts> links_;
  std::shared_ptr<unsigned> sent_ = std::make_shared<unsigned>(0);
};

}  // namespace

std::vector<std::string> target_ports(const KindDescriptor& kind) {
  std::vector<std::string> names;
  for (const PortSpec& port : kind.ports)
    if (port.kind == PortKind::target) names.push_back(port.name);
  return names;
}

std::vector<Verdict> run_bench(Registry& registry, const BenchOptions& options, Whereabouts& where) {
  // The kernel keeps processes of the bench until the program ends.
  auto* bench = new Bench(registry, options, where);
  return bench->run();
}

std::vector<Verdict> run_bench_isolated(const std::function<std::unique_ptr<Registry>()>& kinds, const BenchOptions& options,
                                        double timeout_s) {
  const IsolatedResult result = run_isolated(
      [&](Whereabouts& where) {
        const std::unique_ptr<Registry> registry = kinds();
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const Verdict& verdict : run_bench(*registry, options, where)) list.push_back(verdict.to_json());
        return list;
      },
      timeout_s);
  if (!result.wrong_input.empty()) throw InputError(result.wrong_input);
  std::vector<Verdict> verdicts;
  if (!result.failure.empty()) {
    Verdict verdict(options.kind);
    verdict.transactions = result.last.transaction;
    verdict.failed("X1", result.last.transaction, fmt::format("at transaction {}: {}", result.last.transaction, result.failure));
    return {verdict};
  }
  for (const auto& entry : result.value) verdicts.push_back(Verdict::from_json(entry));
  return verdicts;
}

}  // namespace snnvp::conform
