// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/technology.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <snnvp/platform/base/quantity.h>

namespace snnvp {
namespace {

namespace fs = std::filesystem;

/// What a record or table says about all numbers in it.
struct Provenance {
  const Node* status = nullptr;
  const Node* source = nullptr;
  const Node* unit = nullptr;

  Provenance below(const Node& map) const {
    Provenance result = *this;
    if (const Node* n = map.find("status")) result.status = n;
    if (const Node* n = map.find("source")) result.source = n;
    if (const Node* n = map.find("unit")) result.unit = n;
    return result;
  }
};

std::string text_of(const Node* node) { return node && node->is_scalar() ? node->text : std::string(); }

std::vector<std::string> keys_of(const Node& map) {
  std::vector<std::string> keys;
  for (const Node::Entry& entry : map.entries) keys.push_back(entry.key);
  return keys;
}

bool is_status(const std::string& word) {
  const auto& words = status_words();
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_status(const Node& status, const std::string& path, Diagnostics& diagnostics) {
  if (is_status(text_of(&status))) return;
  const std::string guess = did_you_mean(text_of(&status), status_words());
  diagnostics.error(status.pos, path, fmt::format("unknown status '{}'", text_of(&status)),
                    "allowed: " + join_names(status_words()) + (guess.empty() ? "" : "; " + guess));
}

/// A positive finite number, or nullopt with an error.
std::optional<double> read_number(const Node& map, const char* key, const std::string& path, Diagnostics& diagnostics) {
  const Node* node = map.find(key);
  if (!node || !node->is_scalar()) {
    diagnostics.error(node ? node->pos : map.pos, path, fmt::format("a constant needs the number '{}'", key),
                      "a constant is {value, unit, lo, hi, status, source[, note]}");
    return std::nullopt;
  }
  const ParsedNumber number = parse_real(node->text);
  if (!number) {
    diagnostics.error(node->pos, path + '.' + key, number.problem);
    return std::nullopt;
  }
  const double value = number.value.as_double();
  if (!(value > 0)) {
    diagnostics.error(node->pos, path + '.' + key, fmt::format("{} must be above zero", node->text));
    return std::nullopt;
  }
  return value;
}

/// Checks shapes below `node`: constants are complete, and every other number has a status and a source above it.
void check_shapes(const Node& node, const std::string& path, const Provenance& inherited, Diagnostics& diagnostics) {
  if (node.is_list()) {
    for (const Node& item : node.items)
      if (item.is_list() || item.is_map()) check_shapes(item, path, inherited, diagnostics);
    return;
  }
  if (!node.is_map()) return;
  if (node.find("value")) {
    read_constant(node, path, diagnostics);
    return;
  }
  const Provenance here = inherited.below(node);
  if (const Node* status = node.find("status")) check_status(*status, path + ".status", diagnostics);
  for (const Node::Entry& entry : node.entries) {
    const bool is_number = entry.value.is_scalar() && !entry.value.quoted && parse_real(entry.value.text);
    if (is_number || entry.value.is_list()) {
      // One message for a record is enough.
      if (!here.status || !here.source) {
        diagnostics.error(node.pos, path, fmt::format("missing {}", here.status ? "source" : "status"),
                          "a record or table carries one status and one source");
        return;
      }
    }
    check_shapes(entry.value, path + '.' + entry.key, here, diagnostics);
  }
}

/// The unit that ends a field name: hop_pJ -> pJ, pJ_per_bit -> pJ/bit.
std::string unit_from_name(const std::string& name) {
  static const std::vector<std::string> units = {"pJ", "nJ", "mW", "W", "um2", "mm2", "um", "mm", "ns", "ps", "GBs", "MHz", "KB", "MB"};
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::string rest = name.substr(at);
    for (const std::string& unit : units) {
      if (rest == unit) return unit;
      if (rest.rfind(unit + "_per_", 0) == 0) return unit + '/' + rest.substr(unit.size() + 5);
    }
    at = name.find('_', at);
    if (at != std::string::npos) ++at;
  }
  return "1";
}

std::string read_text_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: cannot be read", path));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Names of the .yaml files in `folder`, without extension, sorted.
std::vector<std::string> yaml_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  if (error) throw InputError(fmt::format("{}: the technology folder cannot be read: {}", folder.string(), error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

/// Where a path leads.
struct Target {
  const Node* node = nullptr;
  Provenance provenance;
  std::string problem;  ///< if there is no node
};

}  // namespace

const std::vector<std::string>& status_words() {
  static const std::vector<std::string> words = {"read", "read-secondary", "measured", "derived", "memory", "guess"};
  return words;
}

Constant read_constant(const Node& node, const std::string& path, Diagnostics& diagnostics) {
  Constant c;
  c.path = path;
  const auto value = read_number(node, "value", path, diagnostics);
  const auto lo = read_number(node, "lo", path, diagnostics);
  const auto hi = read_number(node, "hi", path, diagnostics);
  for (const char* key : {"unit", "status", "source"})
    if (text_of(node.find(key)).empty())
      diagnostics.error(node.pos, path, fmt::format("missing {}", key), "a constant is {value, unit, lo, hi, status, source[, note]}");
  if (const Node* status = node.find("status")) check_status(*status, path + ".status", diagnostics);
  static const std::vector<std::string> fields = {"value", "unit", "lo", "hi", "status", "source", "note"};
  for (const Node::Entry& entry : node.entries)
    if (std::find(fields.begin(), fields.end(), entry.key) == fields.end())
      diagnostics.error(entry.key_pos, path, fmt::format("unknown field '{}'", entry.key), "allowed: " + join_names(fields));
  if (!value || !lo || !hi) return c;
  if (*lo > *value)
    diagnostics.error(node.find("lo")->pos, path,
                      fmt::format("lo {} is above value {}", text_of(node.find("lo")), text_of(node.find("value"))));
  if (*hi < *value)
    diagnostics.error(node.find("hi")->pos, path,
                      fmt::format("hi {} is below value {}", text_of(node.find("hi")), text_of(node.find("value"))));
  c.value = *value, c.lo = *lo, c.hi = *hi;
  c.unit = text_of(node.find("unit")), c.status = text_of(node.find("status"));
  c.source = text_of(node.find("source")), c.note = text_of(node.find("note"));
  return c;
}

/// Fills itself on demand: what it holds never changes once read, so that references stay valid.
struct Technology::Impl {
  std::string folder;
  std::optional<std::vector<std::string>> names;  // of the YAML files
  std::optional<std::vector<std::string>> list_names;
  std::map<std::string, Node> files, lists;  // by name
  std::map<std::string, std::string> csvs;
  std::map<std::string, Constant> constants, provenances;

  static Node read(const std::string& path) {
    Diagnostics diagnostics;
    Node root = read_yaml_file(path, diagnostics, "technology file");
    if (!diagnostics.has_errors() && !root.is_map()) diagnostics.error(root.pos, {}, "a technology file is a map");
    if (diagnostics.has_errors()) throw InputError(diagnostics);
    return root;
  }

  /// The file `name`, or nullptr if the folder has none of that name.
  const Node* file(const std::string& name) {
    if (const auto it = files.find(name); it != files.end()) return &it->second;
    if (!names) names = yaml_names(folder);
    if (!std::binary_search(names->begin(), names->end(), name)) return nullptr;
    Node root = read((fs::path(folder) / (name + ".yaml")).string());
    Diagnostics diagnostics;
    check_shapes(root, name, {}, diagnostics);
    if (diagnostics.has_errors()) throw InputError(diagnostics);
    return &files.emplace(name, std::move(root)).first->second;
  }

  /// The file whose name is the longest head of `path` (sram.tables.n28_lstp.yaml before sram.yaml), then its keys.
  Target locate(const std::string& path) {
    Target target;
    std::size_t at = path.size();
    const Node* node = file(path);
    while (!node && (at = path.rfind('.', at - 1)) != std::string::npos && at != 0) node = file(path.substr(0, at));
    if (!node) {
      const std::string name = path.substr(0, path.find('.'));
      target.problem = fmt::format("{}: there is no technology file '{}'", path, name);
      if (const std::string guess = did_you_mean(name, *names); !guess.empty()) target.problem += "; " + guess;
      return target;
    }
    if (at == path.size()) at = std::string::npos;
    const Node* parent = nullptr;
    while (at != std::string::npos) {
      const std::size_t end = path.find('.', at + 1);
      const std::string key = path.substr(at + 1, end == std::string::npos ? end : end - at - 1);
      const Node* next = nullptr;
      if (node->is_map()) {
        target.provenance = target.provenance.below(*node);
        next = node->find(key);
      } else if (node->is_list() && parent) {
        next = column(*parent, *node, key);
      }
      if (!next) {
        const std::string guess = node->is_map() ? did_you_mean(key, keys_of(*node)) : std::string();
        target.problem = fmt::format("{}: '{}' has no entry '{}'{}", path, path.substr(0, at), key, guess.empty() ? "" : "; " + guess);
        return target;
      }
      parent = node, node = next, at = end;
    }
    target.node = node;
    return target;
  }

  /// The element of a table row that the table's `columns` call `key`.
  static const Node* column(const Node& table, const Node& row, const std::string& key) {
    const Node* columns = table.find("columns");
    if (!columns || columns->items.size() != row.items.size()) return nullptr;
    for (std::size_t i = 0; i < row.items.size(); ++i)
      if (columns->items[i].text == key) return &row.items[i];
    return nullptr;
  }

  const Constant* find(const std::string& path, std::string* problem) {
    if (const auto it = constants.find(path); it != constants.end()) return &it->second;
    const Target target = locate(path);
    if (problem) *problem = target.problem;
    if (!target.node) return nullptr;
    Constant c;
    if (target.node->is_map() && target.node->find("value")) {
      Diagnostics checked_before;
      c = read_constant(*target.node, path, checked_before);
    } else if (const ParsedNumber number = parse_real(text_of(target.node)); number && target.node->is_scalar()) {
      c.path = path;
      c.value = c.lo = c.hi = number.value.as_double();
      c.unit = target.provenance.unit ? text_of(target.provenance.unit) : unit_from_name(path.substr(path.rfind('.') + 1));
      c.status = text_of(target.provenance.status), c.source = text_of(target.provenance.source);
    } else {
      if (problem) *problem = path + ": this is no number";
      return nullptr;
    }
    return &constants.emplace(path, std::move(c)).first->second;
  }
};

Technology::Technology(std::string folder) : impl_(std::make_unique<Impl>()) { impl_->folder = std::move(folder); }
Technology::~Technology() = default;
Technology::Technology(Technology&&) noexcept = default;
Technology& Technology::operator=(Technology&&) noexcept = default;

const Constant* Technology::find(const std::string& path) const { return impl_->find(path, nullptr); }

const Constant& Technology::constant(const std::string& path) const {
  std::string problem;
  if (const Constant* c = impl_->find(path, &problem)) return *c;
  throw InputError(impl_->folder + ": " + problem);
}

std::string Technology::why_missing(const std::string& path) const {
  std::string problem;
  if (impl_->find(path, &problem) || !impl_->file(path.substr(0, path.find('.')))) return {};
  return problem;
}

const Node& Technology::table(const std::string& path) const {
  const Target target = impl_->locate(path);
  if (!target.node) throw InputError(impl_->folder + ": " + target.problem);
  return *target.node;
}

const Constant& Technology::provenance(const std::string& path) const {
  if (const auto it = impl_->provenances.find(path); it != impl_->provenances.end()) return it->second;
  const Target target = impl_->locate(path);
  if (!target.node) throw InputError(impl_->folder + ": " + target.problem);
  const Provenance provenance = target.provenance.below(*target.node);
  Constant c;
  c.path = path;
  c.value = c.lo = c.hi = 1;
  c.unit = provenance.unit ? text_of(provenance.unit) : "1";
  c.status = text_of(provenance.status), c.source = text_of(provenance.source);
  return impl_->provenances.emplace(path, std::move(c)).first->second;
}

const std::string& Technology::csv(const std::string& file_name) const {
  const auto it = impl_->csvs.find(file_name);
  if (it != impl_->csvs.end()) return it->second;
  return impl_->csvs.emplace(file_name, read_text_file((fs::path(impl_->folder) / file_name).string())).first->second;
}

const std::vector<std::string>& Technology::price_lists() const {
  if (!impl_->list_names) impl_->list_names = yaml_names(fs::path(impl_->folder) / "price_lists");
  return *impl_->list_names;
}

const Node& Technology::price_list(const std::string& name) const {
  if (const auto it = impl_->lists.find(name); it != impl_->lists.end()) return it->second;
  const auto& known = price_lists();
  if (!std::binary_search(known.begin(), known.end(), name))
    throw InputError(fmt::format("there is no price list '{}'; known: {}", name, join_names(known)));
  return impl_->lists.emplace(name, Impl::read((fs::path(impl_->folder) / "price_lists" / (name + ".yaml")).string())).first->second;
}

const std::string& Technology::folder() const { return impl_->folder; }

std::vector<std::string> Technology::read_files() const {
  std::vector<std::string> result;
  const fs::path folder(impl_->folder);
  for (const auto& [name, root] : impl_->files) result.push_back((folder / (name + ".yaml")).string());
  for (const auto& [name, root] : impl_->lists) result.push_back((folder / "price_lists" / (name + ".yaml")).string());
  for (const auto& [name, text] : impl_->csvs) result.push_back((folder / name).string());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace snnvp
