// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <snnvp/platform/registry/registry.h>

namespace snnvp {

/// A registry of every kind that comes with SNN-VP. Explicit calls, no static constructors: linkers drop
/// unreferenced objects of static libraries (spec/tlm.md 14).
std::unique_ptr<Registry> all_kinds();

}  // namespace snnvp
