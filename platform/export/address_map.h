// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/elaborate/plan.h>

namespace snnvp {

/// A target of the platform where one initiator finds it.
struct MappedTarget {
  std::string block, port, kind;
  int index = -1;     ///< of the port, if it is one of several
  std::string label;  ///< "uart", "intc_clint", "sw_in_0": what it is called in what is written; no two of a map are equal
  Address base = 0;
  Bytes size = 0;
  Address offset = 0;  ///< first address inside the target
  bool is_memory = false;
  std::string registers, registers_head;  ///< description of its kind, may be empty
};

/// A block's interrupt output and the input of a controller (or of a host) it leads to.
struct MappedInterrupt {
  std::string block, port, controller, controller_port;
  unsigned number = 0;
};

/// A processor that runs firmware.
struct MappedHart {
  std::string block;
  std::uint32_t id = 0;
  std::uint64_t hz = 0;
};

/// Where everything is in the address space of one initiator of a scenario, with the interrupts of the platform.
struct AddressMap {
  std::string scenario;
  PortRef initiator;
  std::vector<MappedTarget> targets;        ///< by base
  std::vector<MappedInterrupt> interrupts;  ///< by block
  std::vector<MappedHart> harts;            ///< by id
  std::uint64_t timebase_hz = 0;            ///< of `mtime`, 0: nobody keeps it
  unsigned interrupt_sources = 0;           ///< of the platform interrupt controller
  unsigned context_stride = 2;              ///< its contexts per hart

  const MappedInterrupt* interrupt_of(const std::string& block) const;
};

/// Reads and checks a scenario's platform (not its workload) and resolves the map seen by `from` ("cpu.bus"); empty: the first hart,
/// else the driver of the engines, else the first initiator by name. The scenario's plug-ins are loaded into `registry`. InputError tells
/// what is wrong.
AddressMap address_map(const std::string& file, const std::vector<std::string>& overrides, const std::string& from, Registry& registry);
/// The same of a plan that has been checked; `scenario` is its name.
AddressMap address_map(const std::string& scenario, const Plan& plan, const std::string& from);

// The map in the forms other tools read.

/// Macros SNN_MAP_<BLOCK>_BASE, _SIZE and _IRQ, harts and clock rates.
std::string map_as_c(const AddressMap& map);
/// MEMORY regions and symbols of the registers for GNU ld; REGION_RAM is the memory programs run from.
std::string map_as_ld(const AddressMap& map);
std::string map_as_markdown(const AddressMap& map);
/// Device tree source of the platform.
std::string map_as_device_tree(const AddressMap& map);
/// CMSIS-SVD of all register banks at their addresses, for debuggers.
std::string map_as_svd(const AddressMap& map);

}  // namespace snnvp
