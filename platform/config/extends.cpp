// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/extends.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <unordered_map>

#include <fmt/format.h>

#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

/// Files that extend two others which extend two others ... would multiply without end in sight.
constexpr std::size_t max_files = 100;

constexpr const char* sections[] = {"platform", "workload", "technology", "run"};

std::string scalar_at(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  return value && value->is_scalar() ? value->text : std::string();
}

/// What identifies an item among its neighbours, or nothing.
std::string identity(const Node& item, const std::string& list_path) {
  if (!item.is_map()) return "";
  if (list_path == "platform.links") return scalar_at(item, "from");
  if (list_path == "platform.maps") {
    const std::string through = scalar_at(item, "through"), to = scalar_at(item, "to");
    return through.empty() || to.empty() ? "" : through + " " + to;
  }
  return scalar_at(item, "name");
}

bool merges_by_identity(const Node& list, const std::string& path) {
  return std::none_of(list.items.begin(), list.items.end(), [&](const Node& item) { return identity(item, path).empty(); });
}

void merge_lists(Node& base, Node&& overlay, const std::string& path) {
  if (overlay.items.empty() || !merges_by_identity(base, path) || !merges_by_identity(overlay, path)) {
    base = std::move(overlay);
    return;
  }
  // Two items of one identity (two links from one multi port) are matched in order.
  base.pos = overlay.pos;
  const std::size_t old_size = base.items.size();
  std::unordered_multimap<std::string, std::size_t> unmatched;
  for (std::size_t i = old_size; i-- > 0;) unmatched.emplace(identity(base.items[i], path), i);
  for (Node& item : overlay.items) {
    const auto [first, last] = unmatched.equal_range(identity(item, path));
    if (first == last) {
      base.items.push_back(std::move(item));
      continue;
    }
    const auto match = std::min_element(first, last, [](const auto& a, const auto& b) { return a.second < b.second; });
    const std::size_t index = match->second;
    unmatched.erase(match);
    merge_into(base.items[index], std::move(item), item_path(path, base.items[index], index));
  }
}

/// Moves entries `key.rest` of a map into a nested map under `key`, so that both spellings merge.
void nest_dotted_keys(Node& map, const std::string& key) {
  const std::string start = key + ".";
  const auto is_below = [&](const Node::Entry& entry) { return entry.key.compare(0, start.size(), start) == 0; };
  const auto first = std::find_if(map.entries.begin(), map.entries.end(), is_below);
  if (first == map.entries.end() || map.find(key)) return;
  Node::Entry nested{key, first->key_pos, {}};
  nested.value.type = Node::Type::map;
  nested.value.pos = first->value.pos;
  nested.value.base_dir = map.base_dir;
  for (Node::Entry& entry : map.entries)
    if (is_below(entry)) nested.value.entries.push_back({entry.key.substr(start.size()), entry.key_pos, std::move(entry.value)});
  map.entries.erase(std::remove_if(map.entries.begin(), map.entries.end(), is_below), map.entries.end());
  map.entries.push_back(std::move(nested));
}

void merge_maps(Node& base, Node&& overlay, const std::string& path) {
  // Keys of platform.defaults are kinds, whose dots are part of the name.
  if (path != "platform.defaults") {
    std::vector<std::string> heads;
    for (const Node::Entry& entry : overlay.entries)
      if (entry.value.is_map()) heads.push_back(entry.key);
    for (const std::string& head : heads) nest_dotted_keys(base, head);
    heads.clear();
    for (const Node::Entry& entry : overlay.entries) {
      const auto dot = entry.key.find('.');
      const Node* below =
          dot == std::string::npos || base.find(entry.key) ? nullptr : base.find(std::string_view(entry.key).substr(0, dot));
      if (below && below->is_map()) heads.push_back(entry.key.substr(0, dot));
    }
    for (const std::string& head : heads) nest_dotted_keys(overlay, head);
  }
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
  base.pos = overlay.pos;
  base.base_dir = overlay.base_dir;
  for (Node::Entry& entry : overlay.entries) {
    const auto found = index.find(entry.key);
    if (found == index.end()) {
      base.entries.push_back(std::move(entry));
      continue;
    }
    Node::Entry& old = base.entries[found->second];
    old.key_pos = entry.key_pos;
    merge_into(old.value, std::move(entry.value), member_path(path, entry.key));
  }
}

class Extender {
public:
  Extender(Diagnostics& diagnostics, std::vector<std::string>& read_files) : diagnostics_(diagnostics), read_files_(read_files) {}

  /// Resolves `extends` of the map at `path`, and of the sections if this is a whole scenario.
  void resolve(Node& node, const std::string& path) {
    if (!node.is_map()) return;
    const auto found = std::find_if(node.entries.begin(), node.entries.end(), [](const Node::Entry& e) { return e.key == "extends"; });
    const bool extends = found != node.entries.end();
    Node files;
    if (extends) {
      files = std::move(found->value);
      node.entries.erase(found);
    }
    if (path.empty())
      for (const char* section : sections)
        if (Node* part = node.find(section)) resolve(*part, section);
    if (extends) lay_over_files(node, files, path);
  }

  void enter(const std::string& file) { chain_.push_back(file); }
  bool is_complete() const { return is_complete_; }

private:
  void lay_over_files(Node& node, const Node& files, const std::string& path) {
    const std::string here = member_path(path, "extends");
    const bool is_list = files.is_list() && !files.items.empty();
    if (!is_list && !files.is_scalar()) {
      diagnostics_.error(files.pos, here, "a file or a list of files is expected, not " + describe(files));
      is_complete_ = false;
      return;
    }
    Node base;
    for (const Node& file : is_list ? files.items : std::vector<Node>{files}) {
      Node next = read(file, path, here);
      if (next.is_null()) continue;
      if (base.is_null())
        base = std::move(next);
      else
        merge_into(base, std::move(next), path);
    }
    if (base.is_null()) return;
    merge_into(base, std::move(node), path);
    node = std::move(base);
  }

  Node missing() {
    is_complete_ = false;
    return {};
  }

  Node read(const Node& file, const std::string& path, const std::string& here) {
    if (!file.is_scalar() || file.text.empty()) {
      diagnostics_.error(file.pos, here, "the name of a file is expected, not " + describe(file));
      return missing();
    }
    const std::string name = resolve_path(file.base_dir, file.text);
    const auto is_same = [&](const std::string& other) { return same_file(other, name); };
    if (const auto start = std::find_if(chain_.begin(), chain_.end(), is_same); start != chain_.end()) {
      std::string circle;
      for (auto it = start; it != chain_.end(); ++it) circle += *it + " -> ";
      diagnostics_.error(file.pos, here, "files extend each other in a circle: " + circle + name);
      return missing();
    }
    if (++files_ > max_files) {
      if (files_ == max_files + 1) diagnostics_.error(file.pos, here, fmt::format("more than {} files are extended", max_files));
      return missing();
    }
    std::string problem;
    const auto text = read_file(name, problem, max_document_bytes);
    if (!text) {
      diagnostics_.error(file.pos, here, problem);
      return missing();
    }
    if (std::find(read_files_.begin(), read_files_.end(), name) == read_files_.end()) read_files_.push_back(name);
    chain_.push_back(name);
    const std::size_t errors_before = diagnostics_.error_count();
    Node node = select(read_yaml_text(*text, name, folder_of(name), diagnostics_, "file"), file, path, here);
    if (node.is_null() && diagnostics_.error_count() != errors_before) is_complete_ = false;
    chain_.pop_back();
    return node;
  }

  /// The part of a file that belongs at `path`, its own extends resolved.
  Node select(Node root, const Node& file, const std::string& path, const std::string& here) {
    if (root.is_null()) return root;
    if (!root.is_map()) {
      diagnostics_.error(root.pos, path, "a map is expected, not " + describe(root));
      return {};
    }
    const bool whole_scenario = root.find("scenario") != nullptr;
    resolve(root, whole_scenario ? "" : path);
    if (path.empty() || !whole_scenario) return root;
    if (Node* part = root.find(path)) return std::move(*part);
    diagnostics_.error(file.pos, here, quote(file.text) + " is a scenario without the key " + path);
    return {};
  }

  static bool same_file(const std::string& a, const std::string& b) {
    std::error_code error;
    return a == b || std::filesystem::equivalent(a, b, error);
  }

  Diagnostics& diagnostics_;
  std::vector<std::string>& read_files_;
  std::vector<std::string> chain_;  // files being read, outermost first
  std::size_t files_ = 0;
  bool is_complete_ = true;
};

}  // namespace

void merge_into(Node& base, Node&& overlay, const std::string& path) {
  if (base.is_map() && overlay.is_map())
    merge_maps(base, std::move(overlay), path);
  else if (base.is_list() && overlay.is_list())
    merge_lists(base, std::move(overlay), path);
  else
    base = std::move(overlay);
}

bool resolve_extends(Node& root, const std::string& file, Diagnostics& diagnostics, std::vector<std::string>& read_files) {
  Extender extender(diagnostics, read_files);
  extender.enter(file);
  extender.resolve(root, "");
  return extender.is_complete();
}

}  // namespace snnvp
