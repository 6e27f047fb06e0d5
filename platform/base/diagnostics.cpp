// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/diagnostics.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <tuple>

#include <fmt/format.h>

#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

bool same(const Diagnostic& a, const Diagnostic& b) {
  return a.severity == b.severity && a.pos.line == b.pos.line && a.pos.column == b.pos.column && a.pos.file == b.pos.file &&
         a.path == b.path && a.text == b.text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Characters inserted, left out, replaced, or two neighbours exchanged, the commonest slip of the hand.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::size_t common_prefix(const std::string& a, const std::string& b) {
  const std::size_t n = std::min(a.size(), b.size());
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(n), b.begin()).first - a.begin());
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  const auto is_same = [&](const Diagnostic& other) { return same(diagnostic, other); };
  if (std::any_of(items_.begin(), items_.end(), is_same)) return;
  const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
  if (is_error) ++error_count_;
  const auto same_class = [&](const Diagnostic& other) { return (other.severity == Diagnostic::Severity::error) == is_error; };
  if (static_cast<std::size_t>(std::count_if(items_.begin(), items_.end(), same_class)) < max_kept) items_.push_back(std::move(diagnostic));
}

void Diagnostics::error(const SourcePos& pos, std::string path, std::string text, std::string hint) {
  add({Diagnostic::Severity::error, pos, std::move(path), std::move(text), std::move(hint)});
}

void Diagnostics::warning(const SourcePos& pos, std::string path, std::string text, std::string hint) {
  add({Diagnostic::Severity::warning, pos, std::move(path), std::move(text), std::move(hint)});
}

void Diagnostics::notice(const SourcePos& pos, std::string path, std::string text, std::string hint) {
  add({Diagnostic::Severity::notice, pos, std::move(path), std::move(text), std::move(hint)});
}

std::string Diagnostics::format() const {
  // Checks run by subject, people read by file: from top to bottom.
  std::vector<std::string> files;
  std::vector<std::tuple<std::size_t, int, int, const Diagnostic*>> order;
  std::size_t errors_shown = 0;
  for (const Diagnostic& item : items_) {
    const auto file = std::find(files.begin(), files.end(), item.pos.file);
    order.emplace_back(static_cast<std::size_t>(file - files.begin()), item.pos.line, item.pos.column, &item);
    if (file == files.end()) files.push_back(item.pos.file);
    if (item.severity == Diagnostic::Severity::error) ++errors_shown;
  }
  const auto place = [](const auto& entry) { return std::tie(std::get<0>(entry), std::get<1>(entry), std::get<2>(entry)); };
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::string out;
  for (const auto& entry : order) out += snnvp::format(*std::get<3>(entry));
  if (error_count_ > errors_shown) out += fmt::format("... and {} more errors\n", error_count_ - errors_shown);
  return out;
}

std::string format(const Diagnostic& diagnostic) {
  // Keys and file names are the user's: they must not control the terminal or fill it.
  constexpr std::size_t longest_path = 400;
  std::string out;
  if (!diagnostic.pos.file.empty()) {
    out += printable(diagnostic.pos.file, longest_path);
    if (diagnostic.pos.line > 0) out += fmt::format(":{}:{}", diagnostic.pos.line, diagnostic.pos.column);
    out += ": ";
  }
  if (!diagnostic.path.empty()) out += printable(diagnostic.path, longest_path) + ": ";
  if (diagnostic.severity == Diagnostic::Severity::warning) out += "warning: ";
  if (diagnostic.severity == Diagnostic::Severity::notice) out += "notice: ";
  out += printable(diagnostic.text) + "\n";
  std::istringstream hint(diagnostic.hint);
  for (std::string line; std::getline(hint, line);) out += "    " + printable(line) + "\n";
  return out;
}

std::string nearest_name(std::string_view wanted, const std::vector<std::string>& allowed) {
  constexpr std::size_t max_distance = 2, min_prefix = 3;
  const std::string folded = lower(wanted);
  const std::string* closest = nullptr;
  const std::string* same_start = nullptr;
  std::size_t distance = max_distance + 1, prefix = min_prefix - 1;
  for (const std::string& name : allowed) {
    const std::string candidate = lower(name);
    const std::size_t longer = std::max(folded.size(), candidate.size()), shorter = std::min(folded.size(), candidate.size());
    if (longer - shorter <= max_distance && longer <= 200) {
      const std::size_t d = edit_distance(folded, candidate);
      // Replacing every character of a short word is no resemblance: "a" is not near "b".
      if (d < distance && d < std::max<std::size_t>(shorter, 1)) distance = d, closest = &name;
    }
    const std::size_t p = common_prefix(folded, candidate);
    if (p > prefix) prefix = p, same_start = &name;
  }
  if (closest) return *closest;
  return same_start ? *same_start : std::string();
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& allowed) {
  const std::string name = nearest_name(wanted, allowed);
  return name.empty() ? name : "did you mean " + name + "?";
}

std::string join_names(const std::vector<std::string>& names, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i) out += ", ";
    if (i == most) return out + "...";
    out += names[i];
  }
  return out;
}

}  // namespace snnvp
