// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace snnvp {

/// A place in a text the user wrote. Line and column count from 1; line 0 means "the file as a whole".
struct SourcePos {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One thing the user should know, with everything needed to mend it.
struct Diagnostic {
  enum class Severity { error, warning, notice };
  Severity severity = Severity::error;
  SourcePos pos;
  std::string path;  ///< key path, e.g. platform.blocks.pu.params.tile_m
  std::string text;  ///< what is wrong
  std::string hint;  ///< what is allowed, the nearest name; may be empty
};

/// Collects everything wrong with an input, so that the user sees it in one go.
class Diagnostics {
public:
  /// Errors beyond this many are counted but not kept (spec/tlm.md 18).
  static constexpr std::size_t max_kept = 50;

  void error(const SourcePos& pos, std::string path, std::string text, std::string hint = {});
  void warning(const SourcePos& pos, std::string path, std::string text, std::string hint = {});
  void notice(const SourcePos& pos, std::string path, std::string text, std::string hint = {});

  bool has_errors() const { return error_count_ != 0; }
  std::size_t error_count() const { return error_count_; }
  const std::vector<Diagnostic>& items() const { return items_; }

  /// `file:line:column: path: text` lines, hints indented below; files in the order found, in each by position.
  std::string format() const;

private:
  void add(Diagnostic diagnostic);
  std::vector<Diagnostic> items_;
  std::size_t error_count_ = 0;
};

/// One diagnostic as the user sees it.
std::string format(const Diagnostic& diagnostic);

/// The user's input is wrong (exit code 2); `what()` is the full text for a person.
class InputError : public std::runtime_error {
public:
  explicit InputError(const Diagnostics& diagnostics) : std::runtime_error(diagnostics.format()), error_count_(diagnostics.error_count()) {}
  explicit InputError(const std::string& text) : std::runtime_error(text) {}

  /// How many errors `what()` tells of, those left out included.
  std::size_t error_count() const { return error_count_; }

private:
  std::size_t error_count_ = 1;
};

/// A bug of ours, for instance a ledger that does not add up (exit code 3).
class InternalError : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// The allowed name closest to `wanted` (edit distance <= 2, or a common prefix of at least three
/// characters), or an empty string. Ties go to the first in `allowed`.
std::string nearest_name(std::string_view wanted, const std::vector<std::string>& allowed);

/// "did you mean tile_k?" or an empty string.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& allowed);

/// The names joined by ", ", cut after `most` with "...".
std::string join_names(const std::vector<std::string>& names, std::size_t most = 12);

}  // namespace snnvp
