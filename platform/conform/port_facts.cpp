// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/port_facts.h>

#include <algorithm>

namespace snnvp::conform {
namespace {

using Role = PortAbilities::Role;

bool has_parameter(const KindDescriptor& kind, const std::string& name) {
  return std::any_of(kind.params.begin(), kind.params.end(), [&](const ParamSpec& p) { return p.name == name; });
}

void state(Ability& ability, Ability what) {
  if (ability == Ability::unstated) ability = what;
}

/// Built-in memories keep every rule; of a foreign one only what it states is known.
void complete_memory(PortAbilities& a, const KindDescriptor& kind) {
  if (a.dmi_parameter.empty() && has_parameter(kind, "allow_dmi")) a.dmi_parameter = "allow_dmi";
  if (!kind.plugin.empty()) return;
  for (Ability* ability : {&a.byte_enables, &a.streaming, &a.debug_read, &a.debug_write}) state(*ability, Ability::yes);
  if (a.dmi_parameter.empty()) state(a.dmi, Ability::no);
}

void complete_registers(PortAbilities& a, const RegisterMap& bank, bool is_ours) {
  a.min_access = bank.width / 8;
  a.max_access = std::max<Bytes>(bank.max_access, a.min_access);
  if (!is_ours) return;
  a.aligned_only = true;
  for (Ability* ability : {&a.byte_enables, &a.streaming, &a.dmi, &a.debug_write}) state(*ability, Ability::no);
  state(a.debug_read, Ability::yes);
}

}  // namespace

std::optional<RegisterMap> registers_of(const KindDescriptor& kind, const std::string& port) {
  if (kind.registers.empty()) return std::nullopt;
  for (RegisterMap& bank : parse_register_banks(kind.registers, kind.kind, kind.registers_head))
    if (bank.bank == port) return std::move(bank);
  return std::nullopt;
}

PortAbilities abilities_of(const KindDescriptor& kind, const PortSpec& port, const ParamSet* params) {
  PortAbilities a = port.abilities;
  const std::optional<RegisterMap> bank = registers_of(kind, port.name);
  if (a.role == Role::unstated)
    a.role = bank ? Role::registers : kind.routes_addresses ? Role::route : kind.is_memory ? Role::memory : Role::unstated;
  if (a.role == Role::memory) complete_memory(a, kind);
  if (a.role == Role::registers && bank) complete_registers(a, *bank, kind.plugin.empty());
  if (a.role == Role::route) a.may_wait = true;
  if (params != nullptr && !a.dmi_parameter.empty() && has_parameter(kind, a.dmi_parameter))
    a.dmi = params->get<bool>(a.dmi_parameter) ? Ability::yes : Ability::no;
  return a;
}

PortModel model_of(const KindDescriptor& kind, const PortSpec& port, const ParamSet& params) {
  PortModel model;
  model.abilities = abilities_of(kind, port, &params);
  model.is_strict = kind.plugin.empty() && model.abilities.role != Role::unstated;
  Bytes size = kind.window ? kind.window(params, port.name) : 0;
  if (const std::optional<RegisterMap> bank = registers_of(kind, port.name)) {
    model.registers = bank->registers;
    model.register_bytes = bank->width / 8;
    if (size == 0) size = bank->size;
  }
  if (model.abilities.role == Role::route || size == 0) return model;
  Window window;
  window.size = size;
  window.dmi = model.abilities.dmi;
  model.windows.push_back(window);
  return model;
}

}  // namespace snnvp::conform
