// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp::pi2 {

/// A CSV file of numbers with `rows` rows and `columns` columns, row by row. Throws InputError "FILE:line: what".
std::vector<double> read_weight_csv(const std::string& path, std::size_t rows, std::size_t columns);

}  // namespace snnvp::pi2
