// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/intc/intc.h>

#include <fmt/format.h>

#include <cstring>

#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace text {
extern const char* const intc_registers;
}
namespace {

TargetPort::Options word_options(Bytes size) {
  TargetPort::Options options;
  options.size = size;
  options.min_access = options.max_access = 4;
  options.aligned_only = true;
  options.byte_enables = false;
  options.streaming = false;
  return options;
}

// One call for both cores: only the CLINT knows time.
std::uint32_t word_at(ClintCore& core, Address address, const sc_core::sc_time& delay) { return core.read(address, now_ps(delay)); }
std::uint32_t word_at(PlicCore& core, Address address, const sc_core::sc_time&) { return core.read(address); }
const std::uint32_t* polled(const ClintCore&, Address) { return nullptr; }
const std::uint32_t* polled(const PlicCore& core, Address address) { return core.polled(address); }
std::uint64_t claims(const ClintCore&) { return 0; }
std::uint64_t claims(const PlicCore& core) { return core.claims(); }
std::uint32_t peek_word(const ClintCore& core, Address address) { return core.read(address, now_ps()); }
std::uint32_t peek_word(const PlicCore& core, Address address) { return core.peek(address); }
void set_word(ClintCore& core, Address address, std::uint32_t value, const sc_core::sc_time& delay) {
  core.write(address, value, now_ps(delay));
}
void set_word(PlicCore& core, Address address, std::uint32_t value, const sc_core::sc_time&) { core.write(address, value); }

}  // namespace

/// True if nothing changed: claims are the only reads that do more than read.
template <class Core>
bool Intc::Words<Core>::load(Address address, std::uint32_t& value, const sc_core::sc_time& delay) {
  const std::uint64_t before = claims(core_);
  value = word_at(core_, address, delay);
  if (claims(core_) == before) return true;
  owner_.update_event_.notify(delay);
  return false;
}

template <class Core>
bool Intc::Words<Core>::read(Address address, std::uint8_t* data, Bytes, sc_core::sc_time& delay) {
  std::uint32_t value = 0;
  load(address, value, delay);
  std::memcpy(data, &value, 4);
  return true;
}

template <class Core>
WordResult Intc::Words<Core>::read_word(Address address, Bytes, std::uint32_t& value, sc_core::sc_time& delay) {
  if (const std::uint32_t* word = polled(core_, address)) return value = *word, WordResult::quiet;
  return find_word(address, value, delay);
}

template <class Core>
WordResult Intc::Words<Core>::find_word(Address address, std::uint32_t& value, const sc_core::sc_time& delay) {
  if (!core_.exists(address)) return WordResult::refused;
  return load(address, value, delay) ? WordResult::quiet : WordResult::done;
}

template <class Core>
bool Intc::Words<Core>::write(Address address, const std::uint8_t* data, Bytes, sc_core::sc_time& delay) {
  std::uint32_t value;
  std::memcpy(&value, data, 4);
  set_word(core_, address, value, delay);
  owner_.update_event_.notify(delay);
  return true;
}

template <class Core>
Bytes Intc::Words<Core>::debug_read(Address address, std::uint8_t* data, Bytes length) const {
  for (Bytes done = 0; done < length; ++done) {
    const Address word = (address + done) & ~Address{3};
    if (!core_.exists(word)) return done;
    data[done] = static_cast<std::uint8_t>(peek_word(core_, word) >> (8 * ((address + done) & 3)));
  }
  return length;
}

Intc::Intc(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      params_(params),
      clint_(params.harts, params.timebase),
      plic_(params.sources, params.harts * params.context_stride, params.priorities),
      clint_words_(*this, clint_),
      plic_words_(*this, plic_),
      clint("clint", clint_words_, word_options(ClintCore::window)),
      plic("plic", plic_words_, word_options(PlicCore::window)) {
  SNNVP_HAS_PROCESS(Intc);
  SC_METHOD(take_levels);
  irq.resize(params.has_source.size());
  for (std::size_t i = 0; i < irq.size(); ++i)
    if (params.has_source[i]) {
      irq[i] = std::make_unique<sc_core::sc_in<bool>>(("irq_" + std::to_string(i)).c_str());
      sensitive << *irq[i];
    }
  const auto outputs = [](auto& ports, const std::vector<bool>& linked, const std::string& port) {
    ports.resize(linked.size());
    for (std::size_t i = 0; i < linked.size(); ++i)
      if (linked[i]) ports[i] = std::make_unique<sc_core::sc_out<bool>>((port + "_" + std::to_string(i)).c_str());
  };
  outputs(mei, params.has_mei, "mei");
  outputs(mti, params.has_mti, "mti");
  outputs(msi, params.has_msi, "msi");
  SC_METHOD(update);
  sensitive << update_event_;
}

void Intc::take_levels() {
  for (unsigned i = 1; i < irq.size(); ++i)
    if (irq[i]) plic_.set_level(i, irq[i]->read());
  update_event_.notify();  // the outputs have one writer
}

/// All levels from state, and the next time at which a timer changes one.
void Intc::update() {
  const auto drive = [](auto& ports, unsigned hart, bool level) {
    if (hart < ports.size() && ports[hart]) ports[hart]->write(level);
  };
  for (unsigned hart = 0; hart < params_.harts; ++hart) {
    drive(mei, hart, plic_.requests(hart * params_.context_stride));
    drive(mti, hart, clint_.timer_level(hart, now_ps()));
    drive(msi, hart, clint_.software_level(hart));
  }
  update_event_.cancel();
  if (const auto next = clint_.next_fire(now_ps())) update_event_.notify(sc_time_of(*next - now_ps()));
}

void Intc::report_stats(StatSink& sink) const { sink.integer("claims", plic_.claims()); }

void Intc::reset() {
  clint_.reset();
  plic_.reset();
  update_event_.notify(sc_core::SC_ZERO_TIME);
}

void register_intc(Registry& registry) {
  KindDescriptor kind;
  kind.kind = "models.intc";
  kind.doc = "Interrupt controllers of a RISC-V platform: CLINT (timer, software interrupts) and PLIC (devices)";
  kind.params = {
      param("harts", 1, "harts served").range(1, 64),
      param("sources", 95, "interrupt sources of the PLIC, from 1").range(1, 1023).from("QEMU virt"),
      param("priorities", 7, "highest priority of a source").range(1, 255).from("QEMU virt"),
      param("context_stride", 2, "PLIC contexts of a hart; its machine mode is the first").range(1, 2).from("QEMU virt"),
      quantity("timebase", Dimension::frequency, std::uint64_t{10'000'000}, "frequency of mtime").range(1, 1e12).from("QEMU virt"),
  };
  const auto vector_out = [](const char* name, const char* doc) { return PortSpec{name, PortKind::irq_out, doc, true, true, true}; };
  kind.ports = {target("clint", "CLINT registers, 64 KiB"),
                target("plic", "PLIC registers, 6 MiB"),
                {"irq", PortKind::irq_in, "source n of the PLIC, a level", true, true, true},
                vector_out("mei", "external interrupt of hart n"),
                vector_out("mti", "timer interrupt of hart n"),
                vector_out("msi", "software interrupt of hart n")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    Intc::Params params;
    params.harts = set.get<unsigned>("harts");
    params.sources = set.get<unsigned>("sources");
    params.priorities = set.get<unsigned>("priorities");
    params.context_stride = set.get<unsigned>("context_stride");
    params.timebase = set.get<std::uint64_t>("timebase");
    const auto linked = [&set](const char* port) {
      std::vector<bool> flags;
      for (const std::string& peer : set.peers(port)) flags.push_back(!peer.empty());
      return flags;
    };
    params.has_source = linked("irq");
    params.has_mei = linked("mei");
    params.has_mti = linked("mti");
    params.has_msi = linked("msi");
    return std::make_unique<Intc>(name, params);
  };
  kind.check = [](const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
    const auto& sources = set.peers("irq");
    if (!sources.empty() && !sources[0].empty())
      diagnostics.error(pos, path + ".sources", "irq[0] is linked to " + sources[0] + ": source 0 does not exist",
                        "allowed: irq[1] and up");
    if (sources.size() > set.get<std::size_t>("sources") + 1)
      diagnostics.error(pos, path + ".sources",
                        fmt::format("irq[{}] is linked, there are {} sources", sources.size() - 1, set.get<unsigned>("sources")));
    for (const char* port : {"mei", "mti", "msi"})
      if (set.peers(port).size() > set.get<std::size_t>("harts"))
        diagnostics.error(
            pos, path + ".harts",
            fmt::format("{}[{}] is linked, there are {} harts", port, set.peers(port).size() - 1, set.get<unsigned>("harts")));
  };
  kind.stats = {{"claims", "1", StatKind::count, "interrupts claimed at the PLIC"}};
  kind.registers = text::intc_registers;
  kind.needs_clock = false;
  kind.energy_not_counted = "no price for an interrupt controller";
  kind.window = [](const ParamSet&, const std::string& port) { return port == "plic" ? PlicCore::window : ClintCore::window; };
  registry.add(std::move(kind));
}

}  // namespace snnvp
