// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// What install_and_build.cmake made: an installed package, and outside projects built against it.
namespace outside {

inline std::string folder(const std::string& name) { return std::string(SNNVP_PACKAGE_DIR) + "/" + name; }
inline std::string prefix() { return folder("prefix"); }
inline std::string tool() { return prefix() + "/bin/snnvp"; }
inline std::string plugin(const std::string& name) { return folder("outside") + "/lib" + name + ".so"; }

}  // namespace outside
