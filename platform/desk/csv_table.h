// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp::desk {

/// Rows of a CSV file (RFC 4180). Throws InputError if it cannot be read.
std::vector<std::vector<std::string>> read_csv(const std::string& path);

}  // namespace snnvp::desk
