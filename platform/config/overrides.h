// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/platform/config/document.h>

namespace snnvp {

/// Applies one `--set` text ("platform.blocks.pu.params.tile_m=64") to a document: list items are addressed by
/// their `name` or by [index], the value is read as YAML and replaces what is there, relative paths in it start
/// from the working directory. Missing maps are made on the way, so a mistyped key is found by the checks that
/// follow; an item that does not exist is an error. Positions are those in the text, file "--set <text>".
void apply_override(Node& root, const std::string& text, Diagnostics& diagnostics);

}  // namespace snnvp
