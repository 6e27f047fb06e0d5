// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/json_node.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

using nlohmann::json;

// "line 3, column 7" of a byte offset that counts from 1, as nlohmann reports it.
std::string position(std::string_view text, std::size_t byte, const std::string& file) {
  const std::string_view before = text.substr(0, std::min(text.size(), byte == 0 ? 0 : byte - 1));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline;
  return fmt::format("{}:{}:{}", file, line, column);
}

// nlohmann's sentence without its error number and position, which we print ourselves.
std::string reason(const std::string& what) {
  const std::size_t at = what.find(": ", what.find(']'));
  return at == std::string::npos ? what : what.substr(at + 2);
}

std::string type_word(const json& value) {
  if (value.is_number_float()) return "a fraction";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a text";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  return "null";
}

// One letter changed, missing or too many, or two neighbours swapped.
bool is_one_slip(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  if (a.size() - b.size() > 1) return false;
  std::size_t same = 0;
  while (same < b.size() && a[same] == b[same]) ++same;
  a.remove_prefix(same);
  b.remove_prefix(same);
  if (a.empty()) return false;
  if (a.size() > b.size()) return a.substr(1) == b;
  if (a.substr(1) == b.substr(1)) return true;
  return a.size() >= 2 && a[0] == b[1] && a[1] == b[0] && a.substr(2) == b.substr(2);
}

}  // namespace

json parse_user_json(std::string_view text, const std::string& file) {
  std::vector<std::set<std::string>> open_objects;
  const auto note_keys = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open_objects.emplace_back();
    if (event == json::parse_event_t::object_end) open_objects.pop_back();
    if (event == json::parse_event_t::key && !open_objects.back().insert(parsed.get<std::string>()).second)
      throw InputError(fmt::format("{}: the key {} stands twice in one object", file, quote(parsed.get<std::string>())));
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), note_keys);
  } catch (const json::parse_error& error) {
    throw InputError(fmt::format("{}: not valid JSON: {}", position(text, error.byte, file), reason(error.what())));
  } catch (const json::exception& error) {  // a number out of range
    throw InputError(fmt::format("{}: not valid JSON: {}", file, error.what()));
  }
}

std::string JsonNode::child(std::string_view key) const { return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key); }

void JsonNode::fail(const std::string& what) const {
  throw InputError(path_.empty() ? fmt::format("{}: {}", file_, what) : fmt::format("{}: {}: {}", file_, path_, what));
}

void JsonNode::fail(std::string_view key, const std::string& what) const {
  throw InputError(fmt::format("{}: {}: {}", file_, child(key), what));
}

bool JsonNode::has(std::string_view key) const { return value_->is_object() && value_->contains(std::string(key)); }

JsonNode JsonNode::at(std::string_view key) const {
  expect_object();
  const auto found = value_->find(std::string(key));
  if (found == value_->end()) fail(key, "missing");
  return {*found, file_, child(key)};
}

std::vector<JsonNode> JsonNode::items(std::size_t most) const {
  if (!value_->is_array()) fail("must be a list, is " + type_word(*value_));
  if (value_->size() > most) fail(fmt::format("has {} items, at most {} are allowed", value_->size(), most));
  std::vector<JsonNode> found;
  for (std::size_t i = 0; i < value_->size(); ++i) found.emplace_back((*value_)[i], file_, fmt::format("{}[{}]", path_, i));
  return found;
}

std::string JsonNode::text() const {
  if (!value_->is_string()) fail("must be a text, is " + type_word(*value_));
  return value_->get<std::string>();
}

bool JsonNode::boolean() const {
  if (!value_->is_boolean()) fail("must be true or false, is " + type_word(*value_));
  return value_->get<bool>();
}

std::uint64_t JsonNode::number(std::uint64_t least, std::uint64_t most) const {
  if (!value_->is_number_integer()) fail("must be a whole number, is " + type_word(*value_));
  const bool in_range = value_->is_number_unsigned() && value_->get<std::uint64_t>() >= least && value_->get<std::uint64_t>() <= most;
  if (!in_range) fail(fmt::format("is {}, must be {} to {}", value_->dump(), least, most));
  return value_->get<std::uint64_t>();
}

std::int64_t JsonNode::integer(std::int64_t least, std::int64_t most) const {
  if (!value_->is_number_integer()) fail("must be a whole number, is " + type_word(*value_));
  const bool too_large = value_->is_number_unsigned() && value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (too_large || value_->get<std::int64_t>() < least || value_->get<std::int64_t>() > most)
    fail(fmt::format("is {}, must be {} to {}", value_->dump(), least, most));
  return value_->get<std::int64_t>();
}

double JsonNode::real() const {
  if (!value_->is_number()) fail("must be a number, is " + type_word(*value_));
  return value_->get<double>();
}

void JsonNode::expect_object() const {
  if (!value_->is_object()) fail("must be an object, is " + type_word(*value_));
}

void JsonNode::refuse_misspelt(const std::vector<std::string>& known) const {
  expect_object();
  for (const auto& [key, value] : value_->items()) {
    if (key.size() < 3 || std::find(known.begin(), known.end(), key) != known.end()) continue;
    for (const std::string& right : known)
      if (is_one_slip(key, right) && !has(right)) fail(key, "unknown key; did you mean " + right + "?");
  }
}

}  // namespace snnvp
