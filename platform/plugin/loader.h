// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {

/// A plug-in that was loaded.
struct LoadedPlugin {
  std::string shown;  ///< as the user wrote it
  std::string path;   ///< absolute
  std::string name, version;
  std::vector<std::string> kinds;
};

/// Loads a plug-in and adds its kinds. `requirement` as in version_satisfies(); empty: any version. A name without a folder that is no
/// file here is looked up in the folders of SNNVP_PLUGIN_PATH (separated by colons). Loading a file twice adds nothing. Throws
/// InputError with a sentence that names file and cure: what open_plugin() finds, a version that does not fit, a kind that exists
/// already, an exception while it registers.
LoadedPlugin load_plugin(const std::string& file, const std::string& requirement, Registry& registry);

/// Loads what a scenario lists under `plugins`: each a path or { path, requires }. Errors go to `diagnostics`.
std::vector<LoadedPlugin> load_plugins(const Node* plugins, Registry& registry, Diagnostics& diagnostics);

}  // namespace snnvp
