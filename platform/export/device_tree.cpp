// SPDX-License-Identifier: Apache-2.0
// An address map as device tree source (Devicetree Specification 0.4, RISC-V bindings as QEMU's machine `virt` writes them).
#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/export/address_map.h>
#include <snnvp/platform/export/export_text.h>

namespace snnvp {
namespace {

using namespace exporting;

constexpr unsigned irq_software = 3, irq_timer = 7, irq_external = 11;

/// Node name and `compatible` of what has a public binding; everything else is "snnvp,<kind>".
struct Binding {
  const char* kind;
  const char* port;
  const char* node;
  const char* compatible;
};
constexpr Binding bindings[] = {
    {"models.uart", "regs", "serial", "\"ns16550a\""},
    {"models.simctl", "regs", "test", "\"snnvp,simctl\", \"sifive,test0\", \"syscon\""},
    {"models.intc", "clint", "clint", "\"sifive,clint0\", \"riscv,clint0\""},
    {"models.intc", "plic", "interrupt-controller", "\"sifive,plic-1.0.0\", \"riscv,plic0\""},
    {"models.dma", "regs", "dma-controller", "\"snnvp,dma\""},
};

const Binding* binding_of(const MappedTarget& t) {
  for (const Binding& b : bindings)
    if (t.kind == b.kind && t.port == b.port) return &b;
  return nullptr;
}

/// Indented lines.
class Source {
public:
  void open(const std::string& head) { line(head + " {"), ++depth_; }
  void close() { --depth_, line("};"); }
  void line(const std::string& text) { out_ += (text.empty() ? "" : std::string(depth_, '\t')) + text + "\n"; }
  const std::string& text() const { return out_; }

private:
  std::string out_;
  std::size_t depth_ = 0;
};

std::string cells(std::uint64_t value) { return fmt::format("{:#x} {:#x}", value >> 32, value & 0xFFFF'FFFF); }

std::string label(const std::string& text) { return identifier(text); }
std::string dash(std::string text) {
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

void write_harts(Source& out, const AddressMap& map) {
  if (map.harts.empty()) return;
  out.open("cpus");
  out.line("#address-cells = <1>;");
  out.line("#size-cells = <0>;");
  if (map.timebase_hz != 0) out.line(fmt::format("timebase-frequency = <{}>;", map.timebase_hz));
  for (const MappedHart& hart : map.harts) {
    out.open(fmt::format("{}: cpu@{:x}", label(hart.block), hart.id));
    out.line("device_type = \"cpu\";");
    out.line(fmt::format("reg = <{:#x}>;", hart.id));
    out.line("status = \"okay\";");
    out.line("compatible = \"riscv\";");
    out.line("riscv,isa = \"rv32imac_zicsr_zifencei\";");
    out.line("mmu-type = \"riscv,none\";");
    out.line(fmt::format("clock-frequency = <{}>;", hart.hz));
    out.open(fmt::format("{}_local: interrupt-controller", label(hart.block)));
    out.line("#address-cells = <0>;");
    out.line("#interrupt-cells = <1>;");
    out.line("interrupt-controller;");
    out.line("compatible = \"riscv,cpu-intc\";");
    out.close();
    out.close();
  }
  out.close();
}

/// Contexts of the PLIC: machine mode of each hart, then those that lead nowhere.
std::string plic_contexts(const AddressMap& map) {
  std::string out;
  for (const MappedHart& hart : map.harts)
    for (unsigned context = 0; context < std::max(map.context_stride, 1u); ++context)
      out += fmt::format("{}<&{}_local {}>", out.empty() ? "" : ", ", label(hart.block),
                         context == 0 ? fmt::format("{}", irq_external) : "0xffffffff");
  return out;
}

std::string clint_lines(const AddressMap& map) {
  std::string out;
  for (const MappedHart& hart : map.harts)
    out += fmt::format("{}<&{}_local {}>, <&{}_local {}>", out.empty() ? "" : ", ", label(hart.block), irq_software, label(hart.block),
                       irq_timer);
  return out;
}

/// The PLIC's label if a hart can reach it.
std::string plic_label(const AddressMap& map) {
  for (const MappedTarget& t : map.targets)
    if (t.kind == "models.intc" && t.port == "plic") return label(t.label);
  return {};
}

void write_device(Source& out, const AddressMap& map, const MappedTarget& t, const std::string& plic) {
  const Binding* binding = binding_of(t);
  const std::string node = binding != nullptr ? binding->node : dash(identifier(short_name(t.kind)));
  out.open(fmt::format("{}: {}@{:x}", label(t.label), node, t.base));
  out.line(fmt::format("compatible = {};", binding != nullptr ? binding->compatible : "\"snnvp," + dash(short_name(t.kind)) + "\""));
  out.line(fmt::format("reg = <{} {}>;", cells(t.base), cells(t.size)));
  if (t.kind == "models.intc" && t.port == "plic") {
    out.line("#address-cells = <0>;");
    out.line("#interrupt-cells = <1>;");
    out.line("interrupt-controller;");
    out.line(fmt::format("riscv,ndev = <{}>;", map.interrupt_sources));
    if (!map.harts.empty()) out.line("interrupts-extended = " + plic_contexts(map) + ";");
  } else if (t.kind == "models.intc" && !map.harts.empty()) {
    out.line("interrupts-extended = " + clint_lines(map) + ";");
  }
  if (t.kind == "models.uart") out.line("clock-frequency = <3686400>; /* the divisor is stored and has no effect */");
  if (const MappedInterrupt* irq = map.interrupt_of(t.block); irq != nullptr && !plic.empty() && plic == label(irq->controller + "_plic")) {
    out.line(fmt::format("interrupt-parent = <&{}>;", plic));
    out.line(fmt::format("interrupts = <{}>;", irq->number));
  }
  out.close();
}

}  // namespace

std::string map_as_device_tree(const AddressMap& map) {
  Source out;
  out.line("/dts-v1/;");
  out.line("");
  out.line("/* " + comment(map.scenario) + " as " + map.initiator.text() + " sees it: made by `snnvp map`, do not edit. */");
  out.open("/");
  out.line("#address-cells = <2>;");
  out.line("#size-cells = <2>;");
  const std::string name = dash(identifier(map.scenario));
  out.line(fmt::format("compatible = \"snnvp,{}\";", name));
  out.line(fmt::format("model = \"snnvp,{}\";", name));
  for (const MappedTarget& t : map.targets)
    if (t.kind == "models.uart") {
      out.open("chosen");
      out.line(fmt::format("stdout-path = \"/soc/serial@{:x}\";", t.base));
      out.close();
      break;
    }
  write_harts(out, map);
  for (const MappedTarget& t : map.targets)
    if (t.is_memory) {
      out.open(fmt::format("{}: memory@{:x}", label(t.label), t.base));
      out.line("device_type = \"memory\";");
      out.line(fmt::format("reg = <{} {}>;", cells(t.base), cells(t.size)));
      out.close();
    }
  out.open("soc");
  out.line("#address-cells = <2>;");
  out.line("#size-cells = <2>;");
  out.line("compatible = \"simple-bus\";");
  out.line("ranges;");
  const std::string plic = plic_label(map);
  for (const MappedTarget& t : map.targets)
    if (!t.is_memory) write_device(out, map, t, plic);
  out.close();
  out.close();
  return out.text();
}

}  // namespace snnvp
