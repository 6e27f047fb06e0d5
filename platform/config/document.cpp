// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/document_cache.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/yaml_events.h>

namespace snnvp {

namespace {

/// 1-based position of the byte at `offset`, columns counted in characters.
SourcePos position_of(std::string_view text, std::size_t offset, const std::string& name) {
  SourcePos pos{name, 1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n')
      ++pos.line, pos.column = 1;
    else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
      ++pos.column;
  }
  return pos;
}

/// Bytes that no scenario holds, and that yaml-cpp would misread: it takes 0x04 for the end of the file, for
/// instance. False after an error.
bool check_bytes(std::string_view text, const std::string& name, Diagnostics& diagnostics) {
  const auto refuse = [&](std::size_t offset, std::string what, std::string hint) {
    diagnostics.error(position_of(text, offset, name), "", std::move(what), std::move(hint));
    return false;
  };
  if (text.size() > max_document_bytes) {
    diagnostics.error({name, 0, 0}, "", fmt::format("the text has {} bytes, the limit is {}", text.size(), max_document_bytes));
    return false;
  }
  std::size_t bad = 0;
  const bool utf8 = is_utf8(text, bad);
  // Commas, brackets and line ends bound the number of tokens, which yaml-cpp may queue all at once.
  std::size_t marks = 0;
  for (std::size_t i = 0; i < (utf8 ? text.size() : bad); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) return refuse(i, "a zero byte; this is not a text file", "");
    if (byte == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
      return refuse(i, "a carriage return without a line feed", "end lines with LF or CR LF");
    if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')
      return refuse(i, fmt::format("the control character 0x{:02x}", byte), "inside double quotes it can be written as \\x" + hex(byte, 2));
    if (byte == ',' || byte == '[' || byte == '{' || byte == '\n') ++marks;
  }
  if (!utf8)
    return refuse(bad, fmt::format("the byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(text[bad])), "save the file as UTF-8");
  if (marks > 5 * max_document_values) return refuse(0, "the file is too large for a scenario", "bulk data belong into npy or csv files");
  return true;
}

/// Documents that were read before, by name, with their text. Off in a program that reads each once.
class DocumentCache {
public:
  std::atomic<bool> is_on{false};

  std::optional<Node> find(const std::string& name, const std::string& base_dir, std::string_view text) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto it = documents_.find({name, base_dir});
    if (it == documents_.end() || it->second.first != text) return std::nullopt;
    return it->second.second;
  }
  void keep(const std::string& name, const std::string& base_dir, std::string_view text, const Node& root) {
    constexpr std::size_t most_documents = 256;
    const std::lock_guard<std::mutex> guard(mutex_);
    if (documents_.size() == most_documents) documents_.clear();
    documents_[{name, base_dir}] = {std::string(text), root};
  }

private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::pair<std::string, Node>> documents_;
};

DocumentCache& cache() {
  static DocumentCache documents;
  return documents;
}

Node read_text(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics,
               const std::string& what) {
  const bool is_document = !what.empty() && cache().is_on;
  if (is_document)
    if (auto known = cache().find(name, base_dir, text)) return std::move(*known);
  const std::string_view whole = text;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  Node nothing;
  nothing.pos = {name, 1, 1};
  nothing.base_dir = base_dir;
  if (!check_bytes(text, name, diagnostics)) return nothing;

  const std::size_t errors_before = diagnostics.error_count();
  Node root = parse_yaml_events(text, name, base_dir, diagnostics);
  const bool failed = diagnostics.error_count() != errors_before;
  if (root.is_null() && !failed && !what.empty())
    diagnostics.error({name, 1, 1}, "", "empty " + what);
  else if (is_document && !failed)
    cache().keep(name, base_dir, whole, root);
  return root;
}

}  // namespace

void keep_read_documents() { cache().is_on = true; }

const Node* Node::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry ? &entry->value : nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(static_cast<const Node*>(this)->find(key)); }

const Node::Entry* Node::find_entry(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

Node read_yaml_file(const std::string& path, Diagnostics& diagnostics, const std::string& what) {
  std::string problem;
  const std::optional<std::string> text = read_file(path, problem, max_document_bytes);
  if (text) return read_text(*text, path, folder_of(path), diagnostics, what);
  diagnostics.error({}, "", problem);
  Node nothing;
  nothing.pos = {path, 0, 0};
  nothing.base_dir = folder_of(path);
  return nothing;
}

Node read_yaml_text(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics,
                    const std::string& what) {
  return read_text(text, name, base_dir, diagnostics, what);
}

Node read_yaml_value(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics) {
  return read_text(text, name, base_dir, diagnostics, "");
}

std::string describe(const Node& node) {
  switch (node.type) {
    case Node::Type::null: return "nothing (null)";
    case Node::Type::list: return node.items.empty() ? "an empty list" : "a list";
    case Node::Type::map: return node.entries.empty() ? "an empty map" : "a map";
    case Node::Type::scalar: break;
  }
  return (node.quoted ? "the quoted text " : "") + quote(node.text);
}

std::string resolve_path(const std::string& base_dir, const std::string& text) {
  const std::filesystem::path path(text);
  if (path.is_absolute() || base_dir.empty() || base_dir == ".") return path.lexically_normal().string();
  return (std::filesystem::path(base_dir) / path).lexically_normal().string();
}

std::string folder_of(const std::string& file) {
  const std::string folder = std::filesystem::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string item_path(const std::string& path, const Node& item, std::size_t index) {
  const Node* name = item.find("name");
  if (name && name->is_scalar() && !name->text.empty()) return member_path(path, name->text);
  return fmt::format("{}[{}]", path, index);
}

std::string member_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

}  // namespace snnvp
