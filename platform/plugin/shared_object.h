// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/plugin_abi.h>

namespace snnvp {

/// Opens a plug-in's file and returns its information block, checked in this order (docs/co-simulation.md): readable ELF shared
/// object of this machine, all symbols found, entry exported, known ABI number, same SystemC, C++ standard, libstdc++ ABI and
/// headers. Nothing of C++ has crossed the boundary by then. Throws InputError with one sentence and the cure; `shown` is the file
/// as the user wrote it. What was opened stays open (spec/tlm.md P8).
const snnvp_plugin_info& open_plugin(const std::string& path, const std::string& shown);

}  // namespace snnvp
