// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace snnvp::desk {

struct ColumnAbout {
  const char* name;
  const char* unit;
  const char* meaning;
};

/// What a column of `layers[]` means; nullptr for one that no engine of ours writes.
const ColumnAbout* layer_column(const std::string& name);

}  // namespace snnvp::desk
