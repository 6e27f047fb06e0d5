// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <snnvp/platform/registry/registry.h>

namespace snnvp::conformance {

/// A block that is broken on purpose, and the rules of which one at least must find it. Numbers are those of spec/tlm.md 12.3; MI and the
/// last MR are ours.
struct Mutant {
  std::string id;
  std::string what;                ///< what it does wrong
  std::vector<std::string> rules;  ///< the first one is that which the documentation names
};

const std::vector<Mutant>& mutants();
/// Blocks that are unusual but right: the kit must find nothing.
const std::vector<Mutant>& legal_variants();

/// Rules that the kit found broken in a mutant or variant, in the order of the table; runs in a process of its own.
std::vector<std::string> broken_rules(const std::string& id);

/// The kinds of all mutants: `mutant.MT1` and so on.
std::unique_ptr<Registry> mutant_kinds();

}  // namespace snnvp::conformance
