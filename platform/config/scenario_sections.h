// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/config/scenario.h>

namespace snnvp {

/// Names of blocks and clocks: lower-case letters, digits and underscores, beginning with a letter.
bool is_name(const std::string& text);

/// Reports every key of a map that is not allowed, with the nearest that is. `what` as in "unknown key of a block".
void check_keys(const Node& map, const std::vector<std::string>& allowed, const std::string& what, const std::string& path,
                Diagnostics& diagnostics);

/// The text under `key`, or an empty one after an error if it is missing, no text or empty.
std::string required_text(const Node& map, const std::string& key, const std::string& path, Diagnostics& diagnostics);

/// Fills clocks, blocks, links, maps and defaults of `scenario` from its section `platform`.
void read_platform(const Node& platform, Scenario& scenario, Diagnostics& diagnostics);

}  // namespace snnvp
