// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

/// A node of a strictly read YAML document: null, scalar text, list or map, each with its position.
///
/// Nothing is converted here: a scalar is its text plus whether it was quoted (quoted scalars are
/// strings only). Keys are compared as text; a map never holds a key twice.
struct Node {
  enum class Type { null, scalar, list, map };
  struct Entry;

  Type type = Type::null;
  SourcePos pos;               ///< of the value
  std::string base_dir;        ///< folder that relative paths in this node start from
  std::string text;            ///< scalar
  bool quoted = false;         ///< scalar was written in quotes or as a block
  std::vector<Node> items;     ///< list
  std::vector<Entry> entries;  ///< map, in written order

  bool is_null() const { return type == Type::null; }
  bool is_scalar() const { return type == Type::scalar; }
  bool is_list() const { return type == Type::list; }
  bool is_map() const { return type == Type::map; }

  /// The value under `key`, or nullptr (also if this is no map).
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// The entry under `key`, or nullptr: gives the position of the key itself.
  const Entry* find_entry(std::string_view key) const;
};

struct Node::Entry {
  std::string key;
  SourcePos key_pos;
  Node value;
};

/// Limits that keep a hostile or mistaken file from costing more than a moment.
constexpr std::uint64_t max_document_bytes = 16u << 20;
constexpr std::size_t max_document_depth = 64;
constexpr std::size_t max_document_values = 50'000;

/// Reads one YAML document from a file; every trap of spec/tlm.md section 18 is an error with a position.
/// Problems go to `diagnostics`; the returned node is then only good for finding more of them.
/// `what` names the thing in "empty scenario".
Node read_yaml_file(const std::string& path, Diagnostics& diagnostics, const std::string& what = "scenario");
/// The same from text; `name` stands for the file in messages, `base_dir` for its folder.
Node read_yaml_text(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics,
                    const std::string& what = "scenario");
/// A single value, as it follows `--set key=`: may also be null.
Node read_yaml_value(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics);

/// What a node holds, for messages: "text 'abc'", "the number 5"... never longer than a line.
std::string describe(const Node& node);
/// The path that `text` means in a file of folder `base_dir`: absolute paths stay, "" and "." mean the working directory.
std::string resolve_path(const std::string& base_dir, const std::string& text);
/// The folder of a file, "." if it is named without one.
std::string folder_of(const std::string& file);
/// Key path of the item `index` of the list at `path`: by its `name` if it has one, else `path[index]`.
std::string item_path(const std::string& path, const Node& item, std::size_t index);
/// `path.key`, or `key` at the top.
std::string member_path(const std::string& path, std::string_view key);

}  // namespace snnvp
