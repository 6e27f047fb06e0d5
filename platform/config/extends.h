// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/config/document.h>

namespace snnvp {

/// For messages about an `extends` in another place.
constexpr const char* extends_rule =
    "extends stands at the top of a scenario or of one of its sections platform, workload, technology, run";

/// Replaces every `extends: FILE` (or list of files) by what it names: at the top of a scenario, and in its
/// sections platform, workload, technology and run. The file may hold the section itself, or a whole scenario
/// of which the section is taken.
///
/// What stands beside `extends` wins over the file, later files win over earlier ones: maps merge key by key,
/// lists whose items have a `name` merge by name (known ones in place, new ones at the end), links merge by
/// `from`, maps by `through` and `to`; other lists and single values are replaced. Relative paths of a file
/// keep starting from its own folder. Files are added to `read_files` in the order they are read.
/// False if a file could not be read (an error is told): what it would have given is missing from `root`.
bool resolve_extends(Node& root, const std::string& file, Diagnostics& diagnostics, std::vector<std::string>& read_files);

/// Lays `overlay` over `base` by the rules above; `path` is the key path of both.
void merge_into(Node& base, Node&& overlay, const std::string& path);

}  // namespace snnvp
