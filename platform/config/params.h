// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/base/value.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/registry/param.h>

namespace snnvp {

/// Checks a map node against parameter descriptors and fills in defaults.
///
/// `owner` names the thing in messages ("models.prosperity"), `path` is the key path of `node`.
/// `node` may be null or a null node: all defaults. Unknown keys, wrong types, wrong units, values out
/// of range and missing required parameters are all reported. A dotted key equals nesting. The result has
/// every declared name, in the order of `specs`.
Value check_params(const Node* node, const std::vector<ParamSpec>& specs, const std::string& owner, const std::string& path,
                   Diagnostics& diagnostics);

/// Checks one value against one descriptor; `path` is the key path of the parameter itself. A bad value is
/// reported and replaced by the default, so that checking can go on.
Value check_param(const Node& node, const ParamSpec& spec, const std::string& owner, const std::string& path, Diagnostics& diagnostics);

/// All defaults of `specs` (for tests and C++ users).
Value default_params(const std::vector<ParamSpec>& specs);

/// "integer 1..2048, default 256" - the allowed values of a parameter in words.
std::string describe_allowed(const ParamSpec& spec);
/// "1..2048", "at least 1 KiB", or nothing: the range of a parameter, or of the number of its items.
std::string describe_range(const ParamSpec& spec);

}  // namespace snnvp
