// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace snnvp {

/// Whether a version ("1.2.0") satisfies a requirement: ">=1.0", "<2", "=1.2.0", or several joined by commas. Missing parts count as
/// 0. Nothing if the requirement or the version cannot be read.
std::optional<bool> version_satisfies(const std::string& version, const std::string& requirement);

}  // namespace snnvp
