// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace snnvp {

/// Parses JSON text a user wrote. InputError "FILE:LINE:COLUMN: what" for syntax errors, "FILE: PATH: what" for a key given twice.
nlohmann::json parse_user_json(std::string_view text, const std::string& file);

/// A value in a JSON file together with where it stands, so that each error names file and key (`layers[2].shape[0]`).
class JsonNode {
public:
  JsonNode(const nlohmann::json& value, std::string file, std::string path = {})
      : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }

  /// Throws InputError "FILE: PATH: what".
  [[noreturn]] void fail(const std::string& what) const;
  /// As fail(), about the member `key`.
  [[noreturn]] void fail(std::string_view key, const std::string& what) const;

  bool has(std::string_view key) const;
  /// A member that must exist; the error suggests a misspelt key.
  JsonNode at(std::string_view key) const;
  /// Items of an array of at most `most` items.
  std::vector<JsonNode> items(std::size_t most) const;

  std::string text() const;
  bool boolean() const;
  /// A whole number in [least, most].
  std::uint64_t number(std::uint64_t least, std::uint64_t most) const;
  /// The same with negative numbers.
  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  double real() const;
  void expect_object() const;
  bool is_array() const { return value_->is_array(); }

  /// Unknown members are allowed (folders carry notes of all kinds), but not one that is a known, absent key with one slip.
  void refuse_misspelt(const std::vector<std::string>& known) const;

private:
  std::string child(std::string_view key) const;

  const nlohmann::json* value_;
  std::string file_;
  std::string path_;
};

}  // namespace snnvp
