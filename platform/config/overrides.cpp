// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/overrides.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

/// A part of the key path: a name, or an index in brackets.
struct Segment {
  std::string name;
  std::size_t index = 0;
  bool is_index = false;
  int column = 1;
};

class Override {
public:
  Override(const std::string& text, Diagnostics& diagnostics)
      : text_(text), file_("--set " + printable(text, 200)), diagnostics_(diagnostics) {}

  void apply(Node& root) {
    const auto equals = text_.find('=');
    if (equals == std::string::npos) return fail(1, "", "'=' is missing", "write --set key.path=value");
    if (!split(text_.substr(0, equals))) return;
    const auto value_start = text_.find_first_not_of(' ', equals + 1);
    if (value_start == std::string::npos)
      return fail(static_cast<int>(equals) + 1, key_path(), "no value after '='", "write null for no value, '' for an empty text");
    const std::size_t errors_before = diagnostics_.error_count();
    // Blanks in place of the key, so that columns are those of the whole text.
    Node value = read_yaml_value(std::string(value_start, ' ') + text_.substr(value_start), file_, ".", diagnostics_);
    if (diagnostics_.error_count() != errors_before) return;
    // A comment only, which YAML takes for nothing.
    if (value.is_null() && text_[value_start] == '#')
      return fail(static_cast<int>(value_start) + 1, key_path(), "no value after '='", "quote a text that begins with #");
    if (Node* target = find(root)) *target = std::move(value);
  }

private:
  SourcePos pos(int column) const { return {file_, 1, column}; }

  void fail(int column, const std::string& path, const std::string& what, const std::string& hint = {}) {
    diagnostics_.error(pos(column), path, what, hint);
  }

  std::string key_path() const { return text_.substr(0, text_.find('=')); }

  bool split(const std::string& key) {
    std::size_t at = 0;
    for (;;) {
      const std::size_t end = std::min(key.find_first_of(".[", at), key.size());
      if (end == at) return fail(static_cast<int>(at) + 1, key, "a name is missing in the key path", "write --set key.path=value"), false;
      segments_.push_back({key.substr(at, end - at), 0, false, static_cast<int>(at) + 1});
      at = end;
      while (at < key.size() && key[at] == '[') {
        const std::size_t close = key.find(']', at);
        const std::string digits = close == std::string::npos ? "" : key.substr(at + 1, close - at - 1);
        if (digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string::npos)
          return fail(static_cast<int>(at) + 1, key, "an index is a number in brackets, as in links[0]"), false;
        segments_.push_back({digits, std::stoul(digits), true, static_cast<int>(at) + 1});
        at = close + 1;
      }
      if (at == key.size()) break;
      if (key[at] != '.') return fail(static_cast<int>(at) + 1, key, "'.' is expected after ']'"), false;
      ++at;
    }
    if (segments_.size() <= max_document_depth) return true;
    return fail(1, key, fmt::format("the key path has more than {} parts", max_document_depth)), false;
  }

  /// The node that the key path names, made if it is a key that does not exist yet; nullptr after an error.
  Node* find(Node& root) {
    Node* node = &root;
    std::string path;
    for (std::size_t i = 0; node && i < segments_.size();) node = step(*node, i, path);
    return node;
  }

  Node* step(Node& node, std::size_t& i, std::string& path) {
    const Segment& segment = segments_[i];
    if (node.is_list()) return list_item(node, i, path);
    if (segment.is_index) {
      fail(segment.column, path, "there is no list here, it is " + describe(node));
      return nullptr;
    }
    if (!node.is_map() && !node.is_null()) {
      fail(segment.column, member_path(path, segment.name), fmt::format("{} is {}; it has no members", path, describe(node)));
      return nullptr;
    }
    return map_member(node, i, path);
  }

  Node* list_item(Node& list, std::size_t& i, std::string& path) {
    const Segment& segment = segments_[i++];
    if (segment.is_index) {
      if (segment.index < list.items.size()) {
        Node* item = &list.items[segment.index];
        path = item_path(path, *item, segment.index);
        return item;
      }
      fail(segment.column, fmt::format("{}[{}]", path, segment.index), "there is no such item",
           list.items.empty() ? "the list is empty" : fmt::format("allowed: [0] to [{}]", list.items.size() - 1));
      return nullptr;
    }
    std::vector<std::string> names;
    for (Node& item : list.items) {
      const Node* name = item.find("name");
      if (!name || !name->is_scalar()) continue;
      if (name->text == segment.name) {
        path = member_path(path, segment.name);
        return &item;
      }
      names.push_back(name->text);
    }
    std::string hint = names.empty() ? "its items have no names; write an index, as in links[0]" : "allowed: " + join_names(names);
    if (const std::string near = did_you_mean(segment.name, names); !near.empty()) hint += "   " + near;
    fail(segment.column, member_path(path, segment.name), "there is no item of this name", hint);
    return nullptr;
  }

  Node* map_member(Node& map, std::size_t& i, std::string& path) {
    // Keys may hold dots themselves (kinds, dotted parameters): the longest one that exists is meant.
    std::size_t names = 0;
    while (i + names < segments_.size() && !segments_[i + names].is_index) ++names;
    for (std::size_t n = names; n > 0; --n) {
      const std::string key = joined(i, n);
      if (Node* member = map.find(key)) {
        path = member_path(path, key);
        i += n;
        return member;
      }
    }
    const std::size_t n = path == "platform.defaults" ? std::min<std::size_t>(names, 2) : 1;  // kinds are library.name
    const std::string key = joined(i, n);
    if (map.is_null()) map.type = Node::Type::map, map.pos = pos(segments_[i].column), map.base_dir = ".";
    Node::Entry entry{key, pos(segments_[i].column), {}};
    entry.value.pos = entry.key_pos;
    entry.value.base_dir = ".";
    map.entries.push_back(std::move(entry));
    path = member_path(path, key);
    i += n;
    return &map.entries.back().value;
  }

  std::string joined(std::size_t first, std::size_t count) const {
    std::string key;
    for (std::size_t k = first; k < first + count; ++k) key += (k == first ? "" : ".") + segments_[k].name;
    return key;
  }

  const std::string& text_;
  std::string file_;
  Diagnostics& diagnostics_;
  std::vector<Segment> segments_;
};

}  // namespace

void apply_override(Node& root, const std::string& text, Diagnostics& diagnostics) { Override(text, diagnostics).apply(root); }

}  // namespace snnvp
