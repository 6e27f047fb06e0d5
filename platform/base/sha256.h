// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace snnvp {

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// SHA-256 of a file's bytes, read in pieces; nothing with a sentence in `problem` if it cannot be read.
std::optional<std::string> sha256_of_file(const std::string& path, std::string& problem);

}  // namespace snnvp
