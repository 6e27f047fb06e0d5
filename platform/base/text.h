// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace snnvp {

/// The shortest decimal text that reads back as exactly this double (std::to_chars), equal on every host;
/// "nan", "inf" and "-inf" for the others.
std::string shortest_double(double value);

/// Lower-case hexadecimal digits of a number, at least `digits` of them, without a prefix.
std::string hex(std::uint64_t value, int digits = 1);

/// Text of the user's as it may stand in a message or on a terminal: control characters escaped, cut to
/// `most` bytes.
std::string printable(std::string_view text, std::size_t most = std::numeric_limits<std::size_t>::max());

/// printable() in single quotes.
std::string quote(std::string_view text, std::size_t most = 60);

/// True if `text` is well-formed UTF-8; otherwise `bad_at` is the offset of the first wrong byte.
bool is_utf8(std::string_view text, std::size_t& bad_at);

/// Larger files are not read into memory by accident.
constexpr std::uint64_t default_file_limit = std::uint64_t{4} << 30;

/// The bytes of a regular file, or nothing with a sentence in `problem` ("cannot read x.npy: No such file or
/// directory"). Files above `limit` bytes, folders and devices are problems too.
std::optional<std::string> read_file(const std::string& path, std::string& problem, std::uint64_t limit = default_file_limit);

/// Replaces `path` in one step, so that a reader sees the old content or the new one, never a part: writes
/// `<path>.tmp.<pid>.<n>` beside it, syncs and renames. False with a sentence in `problem` if that failed;
/// then `path` is untouched and no temporary file stays behind.
bool write_file_atomically(const std::string& path, std::string_view bytes, std::string& problem);

}  // namespace snnvp
