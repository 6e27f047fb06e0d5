// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace snnvp {

/// A checked parameter value: null, boolean, integer, real, text, list or record.
///
/// Header-only, so that plug-ins can read parameters without linking anything of ours.
/// Quantities are stored in base units: Hz and bytes as integers, time as integer picoseconds,
/// everything else as a real in SI units.
class Value {
public:
  enum class Type { null, boolean, integer, real, text, list, record };

  Value() = default;
  Value(bool v) : type_(Type::boolean), bits_(v) {}
  template <typename T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  Value(T v) : type_(Type::integer), negative_(std::is_signed_v<T> && v < T{0}), bits_(static_cast<std::uint64_t>(v)) {}
  Value(double v) : type_(Type::real), real_(v) {}
  Value(const char* v) : type_(Type::text), text_(v) {}
  Value(std::string v) : type_(Type::text), text_(std::move(v)) {}

  static Value make_list() { return of(Type::list); }
  static Value make_record() { return of(Type::record); }

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  /// Integers below zero are kept in two's complement with this flag set.
  bool is_negative() const { return negative_; }

  bool as_bool() const { return expect(Type::boolean), bits_ != 0; }
  std::uint64_t as_u64() const {
    expect(Type::integer);
    if (negative_) throw std::out_of_range("negative value where an unsigned one is needed");
    return bits_;
  }
  std::int64_t as_i64() const { return expect(Type::integer), static_cast<std::int64_t>(bits_); }
  double as_double() const {
    if (type_ == Type::integer) return negative_ ? static_cast<double>(as_i64()) : static_cast<double>(bits_);
    return expect(Type::real), real_;
  }
  const std::string& as_text() const { return expect(Type::text), text_; }

  /// List items, or record values in key order of insertion.
  const std::vector<Value>& items() const { return items_; }
  /// Keys of a record, parallel to items().
  const std::vector<std::string>& keys() const { return keys_; }

  void push_back(Value item) { items_.push_back(std::move(item)); }
  void set(const std::string& key, Value item) {
    if (Value* old = find_here(key)) {
      *old = std::move(item);
      return;
    }
    keys_.push_back(key);
    items_.push_back(std::move(item));
  }

  /// The member at a dotted path (`lif.threshold`), or nullptr.
  const Value* find(std::string_view dotted) const {
    const Value* at = this;
    while (at && !dotted.empty()) {
      const auto dot = dotted.find('.');
      at = const_cast<Value*>(at)->find_here(dotted.substr(0, dot));
      dotted = dot == std::string_view::npos ? std::string_view{} : dotted.substr(dot + 1);
    }
    return at;
  }

private:
  static Value of(Type type) {
    Value v;
    v.type_ = type;
    return v;
  }
  void expect(Type type) const {
    if (type_ != type) throw std::logic_error("parameter value has another type");
  }
  Value* find_here(std::string_view key) {
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i] == key) return &items_[i];
    return nullptr;
  }

  Type type_ = Type::null;
  bool negative_ = false;
  std::uint64_t bits_ = 0;
  double real_ = 0;
  std::string text_;
  std::vector<std::string> keys_;
  std::vector<Value> items_;
};

}  // namespace snnvp
