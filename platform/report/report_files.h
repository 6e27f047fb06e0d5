// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp {

/// Whether `run.outputs` asks for one of the workload's own files ("workload" means all of them, series.csv has its own name); an empty
/// list asks for all.
bool is_wanted_own_file(const std::string& name, const std::vector<std::string>& outputs);

}  // namespace snnvp
