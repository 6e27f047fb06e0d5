// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <snnvp/platform/config/document.h>

namespace snnvp {

/// Parses text that holds only legal characters. The tree is built from yaml-cpp's events rather than from
/// its nodes, because only the events tell quoted from plain, show every duplicate and every position
/// (spec/tlm.md 18). An empty document gives a null node and no error.
Node parse_yaml_events(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics);

}  // namespace snnvp
