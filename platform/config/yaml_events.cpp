// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/yaml_events.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

constexpr const char* reuse_hint = "to reuse parts of a scenario write extends: FILE, or platform.defaults for a whole kind";

/// Thrown out of an event to stop the parser after an error that has been reported.
struct Stop {};

class TreeBuilder : public YAML::EventHandler {
public:
  TreeBuilder(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics)
      : text_(text), name_(name), base_dir_(base_dir), diagnostics_(diagnostics) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continuation_bytes_.push_back(i);
  }

  Node take_root() { return std::move(root_); }
  SourcePos position(const YAML::Mark& mark) const;
  /// Where the innermost list or map begins that is not closed yet.
  SourcePos open_position() const { return open_.empty() ? SourcePos{name_, 1, 1} : open_.back().node.pos; }
  /// Key path of the value that is expected next.
  std::string path() const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override;
  void OnMapEnd() override { close(); }
  void OnAnchor(const YAML::Mark& mark, const std::string& anchor) override;

private:
  /// A list or map whose end has not come yet.
  struct Open {
    Node node;
    std::unordered_map<std::string, SourcePos> keys;  // looked up only, never iterated
    std::string key;                                  // of the value that comes next
    SourcePos key_pos;
    bool has_key = false;
    bool drops_value = false;  // the key was refused
    bool is_key = false;       // this collection stands where a key belongs
  };

  bool wants_key() const { return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key; }
  Node make(Node::Type type, const YAML::Mark& mark) const;
  void count_value(const YAML::Mark& mark);
  void refuse_tag(const YAML::Mark& mark, const std::string& tag);
  void check_quote_is_closed(const YAML::Mark& mark);
  void take_key(const YAML::Mark& mark, const std::string& key, bool quoted);
  void refuse_key(const YAML::Mark& mark, const std::string& text, const std::string& hint);
  void add(Node node);
  void start(Node::Type type, const YAML::Mark& mark, const std::string& tag);
  void close();

  std::string_view text_;
  const std::string& name_;
  const std::string& base_dir_;
  Diagnostics& diagnostics_;
  std::vector<std::size_t> continuation_bytes_;  // offsets of UTF-8 bytes that begin no character
  std::vector<Open> open_;
  Node root_;
  std::size_t documents_ = 0;
  std::size_t values_ = 0;
};

SourcePos TreeBuilder::position(const YAML::Mark& mark) const {
  if (mark.is_null()) return {name_, 0, 0};
  // yaml-cpp counts bytes from 0; people count characters from 1.
  const auto end = static_cast<std::size_t>(mark.pos), start = end - std::min(end, static_cast<std::size_t>(mark.column));
  const auto first = std::lower_bound(continuation_bytes_.begin(), continuation_bytes_.end(), start);
  const auto last = std::lower_bound(first, continuation_bytes_.end(), end);
  return {name_, mark.line + 1, mark.column + 1 - static_cast<int>(last - first)};
}

std::string TreeBuilder::path() const {
  std::string out;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const Open& level = open_[i];
    if (level.is_key) break;
    if (level.node.is_map()) {
      if (level.has_key) out = member_path(out, level.key);
    } else {
      static const Node unnamed;
      out = item_path(out, i + 1 < open_.size() ? open_[i + 1].node : unnamed, level.node.items.size());
    }
  }
  return out;
}

Node TreeBuilder::make(Node::Type type, const YAML::Mark& mark) const {
  Node node;
  node.type = type;
  node.pos = position(mark);
  node.base_dir = base_dir_;
  return node;
}

void TreeBuilder::count_value(const YAML::Mark& mark) {
  if (++values_ <= max_document_values) return;
  diagnostics_.error(position(mark), path(), fmt::format("more than {} values in one file", max_document_values),
                     "bulk data belong into npy or csv files");
  throw Stop{};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ == 1) return;
  const auto at = std::min(static_cast<std::size_t>(mark.pos), text_.size());
  if (text_.substr(at, 3) == "---" || text_.substr(0, at).rfind("\n...") != std::string_view::npos)
    diagnostics_.error(position(mark), "", "a second document begins here; a file holds one", "put it into a file of its own");
  else
    diagnostics_.error(position(mark), "", "this does not belong to the list or map above", "check the indentation");
  throw Stop{};
}

void TreeBuilder::refuse_tag(const YAML::Mark& mark, const std::string& tag) {
  // "?" marks a plain scalar, "!" a quoted one; everything else was written by the user.
  if (tag.empty() || tag == "?" || tag == "!") return;
  constexpr std::string_view standard = "tag:yaml.org,2002:";
  const std::string written = tag.rfind(standard, 0) == 0 ? "!!" + tag.substr(standard.size()) : tag;
  diagnostics_.error(position(mark), path(), "the tag " + quote(written) + " is not supported", "leave it out; quotes make a text");
}

void TreeBuilder::OnAnchor(const YAML::Mark& mark, const std::string& anchor) {
  diagnostics_.error(position(mark), path(), "anchors (&" + anchor + ") are not supported", reuse_hint);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  diagnostics_.error(position(mark), path(), "aliases (*name) are not supported", reuse_hint);
  if (wants_key()) {
    open_.back().has_key = open_.back().drops_value = true;
    return;
  }
  add(make(Node::Type::null, mark));
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t) {
  count_value(mark);
  if (wants_key()) return refuse_key(mark, "a key may not be empty or null", "quote it if this text is meant");
  Node node = make(Node::Type::null, mark);
  // A missing value is marked at whatever follows it, perhaps lines below: the key is the better place.
  const std::string_view here = text_.substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()));
  const bool written = !here.empty() && (here[0] == '~' || here[0] == 'n' || here[0] == 'N');
  const bool next_key = !open_.empty() && open_.back().node.is_map() && (!written || mark.line + 1 != open_.back().key_pos.line);
  if (next_key) node.pos = open_.back().key_pos;
  add(std::move(node));
}

/// yaml-cpp takes the end of the file for a closing quote.
void TreeBuilder::check_quote_is_closed(const YAML::Mark& mark) {
  auto at = static_cast<std::size_t>(mark.pos);
  if (at >= text_.size() || (text_[at] != '\'' && text_[at] != '"')) return;
  const char mark_char = text_[at];
  for (++at; at < text_.size(); ++at) {
    if (mark_char == '"' && text_[at] == '\\')
      ++at;
    else if (text_[at] == mark_char) {
      if (mark_char == '"' || at + 1 >= text_.size() || text_[at + 1] != mark_char) return;
      ++at;
    }
  }
  diagnostics_.error(position(mark), path(), "the quote opened here is never closed");
  throw Stop{};
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) {
  count_value(mark);
  refuse_tag(mark, tag);
  const bool quoted = tag != "?" && !tag.empty();
  if (quoted) check_quote_is_closed(mark);
  if (wants_key()) return take_key(mark, value, quoted);
  Node node = make(Node::Type::scalar, mark);
  node.text = value;
  node.quoted = quoted;
  add(std::move(node));
}

void TreeBuilder::refuse_key(const YAML::Mark& mark, const std::string& text, const std::string& hint) {
  diagnostics_.error(position(mark), path(), text, hint);
  Open& map = open_.back();
  map.has_key = map.drops_value = true;
}

void TreeBuilder::take_key(const YAML::Mark& mark, const std::string& key, bool quoted) {
  Open& map = open_.back();
  map.key = key;
  map.key_pos = position(mark);
  map.has_key = true;
  map.drops_value = false;
  if (key == "<<" && !quoted) {
    diagnostics_.error(map.key_pos, path(), "the merge key << is not supported", reuse_hint);
    map.drops_value = true;
    return;
  }
  const auto [first, is_new] = map.keys.emplace(key, map.key_pos);
  if (is_new) return;
  diagnostics_.error(map.key_pos, path(), "duplicate key",
                     fmt::format("first given at {}:{}:{}", first->second.file, first->second.line, first->second.column));
  map.drops_value = true;
}

void TreeBuilder::add(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is_list()) {
    parent.node.items.push_back(std::move(node));
    return;
  }
  if (!parent.drops_value) parent.node.entries.push_back({parent.key, parent.key_pos, std::move(node)});
  parent.has_key = parent.drops_value = false;
}

void TreeBuilder::start(Node::Type type, const YAML::Mark& mark, const std::string& tag) {
  count_value(mark);
  refuse_tag(mark, tag);
  if (open_.size() >= max_document_depth) {
    diagnostics_.error(position(mark), "", fmt::format("nested more than {} levels deep", max_document_depth));
    throw Stop{};
  }
  Open level;
  level.is_key = wants_key();
  level.node = make(type, mark);
  open_.push_back(std::move(level));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) {
  start(Node::Type::list, mark, tag);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) {
  start(Node::Type::map, mark, tag);
}

void TreeBuilder::close() {
  Open level = std::move(open_.back());
  open_.pop_back();
  if (level.is_key) {
    // Only now: yaml-cpp also takes a list for a key if the file ends inside it.
    const bool inside_key = std::any_of(open_.begin(), open_.end(), [](const Open& outer) { return outer.is_key; });
    if (!inside_key) diagnostics_.error(level.node.pos, path(), "a key must be a plain text, not a list or map");
    open_.back().has_key = open_.back().drops_value = true;
    return;
  }
  add(std::move(level.node));
}

/// yaml-cpp's messages say what its parser missed; this says what the user may have done.
std::pair<std::string, std::string> explain(const YAML::Exception& error, std::string_view line, const SourcePos& open) {
  const std::string_view indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  const auto has = [&](std::string_view part) { return error.msg.find(part) != std::string::npos; };
  if (indent.find('\t') != std::string_view::npos) return {"a tab in the indentation", "indent with spaces"};
  if (has("anchor is not defined")) return {"aliases (*name) are not supported", reuse_hint};
  if (has("end of sequence flow") || has("end of map flow")) {
    const bool list = has("sequence");
    return {fmt::format("'{}' is missing: the {} that begins at line {} column {} is not closed", list ? ']' : '}', list ? "list" : "map",
                        open.line, open.column),
            "quote texts that hold brackets, as in \"noc.in[3]\""};
  }
  if (has("illegal map value")) return {"a ':' that begins no value here", "check the indentation; quote texts that hold ': '"};
  if (has("illegal block entry")) return {"a '-' that begins no list item here", "begin the list on a line of its own"};
  if (has("illegal flow end")) return {"a closing bracket that closes nothing", "quote texts that hold brackets"};
  if (has("end of map not found") || has("end of sequence not found"))
    return {"this does not continue the list or map above", "check the indentation; quote texts that hold quotes or brackets"};
  if (has("EOF in scalar")) return {"a quote is never closed", ""};
  if (has("unknown token")) return {"a plain text cannot begin with this character", "quote it"};
  return {error.msg, ""};
}

std::string_view line_at(std::string_view text, int line) {
  std::size_t start = 0;
  for (; line > 0; --line) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string_view::npos) return {};
    start = end + 1;
  }
  return text.substr(start, text.find('\n', start) - start);
}

}  // namespace

Node parse_yaml_events(std::string_view text, const std::string& name, const std::string& base_dir, Diagnostics& diagnostics) {
  TreeBuilder builder(text, name, base_dir, diagnostics);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& error) {
    const std::string_view line = error.mark.is_null() ? std::string_view() : line_at(text, error.mark.line);
    const auto [what, hint] = explain(error, line, builder.open_position());
    // The end of the file has no position of its own.
    const bool at_end = error.mark.is_null() || (error.mark.line == 0 && error.mark.column == 0);
    diagnostics.error(at_end ? builder.open_position() : builder.position(error.mark), builder.path(), what, hint);
  }
  return builder.take_root();
}

}  // namespace snnvp
