// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <snnvp/platform/base/value.h>

namespace snnvp {

/// What a quantity measures. Frequency (Hz), bytes and time (ps) are whole numbers in base units; the others are
/// reals: W, J, V, K, m2, byte/s, m, J/bit.
enum class Dimension { none, frequency, bytes, time, power, energy, voltage, temperature, area, bandwidth, length, energy_per_bit };

enum class ParamType { boolean, integer, real, text, choice, path, quantity, list, record, map };

/// Describes one parameter of a kind: what `describe` prints and what a scenario is checked against.
struct ParamSpec {
  std::string name;
  ParamType type = ParamType::text;
  Dimension dimension = Dimension::none;
  Value default_value;  ///< null together with !required and !nullable: filled by the kind itself
  bool required = false;
  bool nullable = false;           ///< YAML null is allowed; the doc says what it means
  std::optional<double> min, max;  ///< of the value, in base units; of the number of items for list and map. An integer
                                   ///< or whole quantity without `min` is at least 0, unless its default is negative
  std::vector<std::string> choices_;
  std::vector<ParamSpec> members;  ///< record: its members; list and map: one entry, the element
  std::string unit_;               ///< printed unit of a plain number, e.g. "rows"
  std::string doc;
  std::string source;     ///< where the default comes from: "paper", "code", "assumed", spec page
  bool is_price = false;  ///< changes energy, not time

  ParamSpec& range(double lo, double hi) { return min = lo, max = hi, *this; }
  ParamSpec& at_least(double lo) { return min = lo, *this; }
  ParamSpec& choices(std::vector<std::string> names) { return type = ParamType::choice, choices_ = std::move(names), *this; }
  ParamSpec& unit(std::string text) { return unit_ = std::move(text), *this; }
  ParamSpec& from(std::string text) { return source = std::move(text), *this; }
  ParamSpec& optional_null() { return nullable = true, *this; }
  ParamSpec& price() { return is_price = true, *this; }
};

/// An optional parameter whose type is that of its default.
inline ParamSpec param(std::string name, Value default_value, std::string doc) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.doc = std::move(doc);
  switch (default_value.type()) {
    case Value::Type::boolean: spec.type = ParamType::boolean; break;
    case Value::Type::integer: spec.type = ParamType::integer; break;
    case Value::Type::real: spec.type = ParamType::real; break;
    case Value::Type::list: spec.type = ParamType::list; break;
    case Value::Type::record: spec.type = ParamType::record; break;
    default: spec.type = ParamType::text;
  }
  spec.default_value = std::move(default_value);
  return spec;
}

/// An optional quantity; the default is in base units (Hz, bytes, ps as integers; else SI reals).
inline ParamSpec quantity(std::string name, Dimension dimension, Value default_value, std::string doc) {
  ParamSpec spec = param(std::move(name), std::move(default_value), std::move(doc));
  spec.type = ParamType::quantity;
  spec.dimension = dimension;
  return spec;
}

/// A parameter that must be given.
inline ParamSpec required_param(std::string name, ParamType type, std::string doc, Dimension dimension = Dimension::none) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.dimension = dimension;
  spec.required = true;
  spec.doc = std::move(doc);
  return spec;
}

/// A file or folder, resolved against the file it was written in.
inline ParamSpec path_param(std::string name, std::string doc) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.type = ParamType::path;
  spec.doc = std::move(doc);
  return spec;
}

/// Nested parameters; dotted keys reach them (`neuron.threshold`).
inline ParamSpec group(std::string name, std::vector<ParamSpec> members, std::string doc) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.type = ParamType::record;
  spec.members = std::move(members);
  spec.default_value = Value::make_record();
  spec.doc = std::move(doc);
  return spec;
}

/// A list of equal elements, empty by default.
inline ParamSpec list_of(std::string name, ParamSpec element, std::string doc) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.type = ParamType::list;
  spec.members = {std::move(element)};
  spec.default_value = Value::make_list();
  spec.doc = std::move(doc);
  return spec;
}

/// A mapping from free names to equal elements, empty by default.
inline ParamSpec map_of(std::string name, ParamSpec element, std::string doc) {
  ParamSpec spec = list_of(std::move(name), std::move(element), std::move(doc));
  spec.type = ParamType::map;
  spec.default_value = Value::make_record();
  return spec;
}

/// The checked parameters of one block: every declared name is present, defaults filled in.
class ParamSet {
public:
  ParamSet() : values_(Value::make_record()) {}
  explicit ParamSet(Value values, std::map<std::string, std::uint64_t> clocks = {},
                    std::map<std::string, std::vector<std::string>> peers = {})
      : values_(std::move(values)), clocks_(std::move(clocks)), peers_(std::move(peers)) {}

  const Value& at(const std::string& dotted) const {
    if (const Value* v = values_.find(dotted)) return *v;
    throw std::logic_error("parameter '" + dotted + "' is not declared");
  }
  bool is_null(const std::string& dotted) const { return at(dotted).is_null(); }

  /// T: bool, an integer type, double or std::string.
  template <typename T>
  T get(const std::string& dotted) const {
    const Value& v = at(dotted);
    if constexpr (std::is_same_v<T, bool>) {
      return v.as_bool();
    } else if constexpr (std::is_integral_v<T>) {
      if constexpr (std::is_signed_v<T>) {
        const std::int64_t wide = v.as_i64();
        if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) throw std::out_of_range(dotted);
        return static_cast<T>(wide);
      } else {
        const std::uint64_t wide = v.as_u64();
        if (wide > std::numeric_limits<T>::max()) throw std::out_of_range(dotted);
        return static_cast<T>(wide);
      }
    } else if constexpr (std::is_floating_point_v<T>) {
      return v.as_double();
    } else {
      return v.as_text();
    }
  }
  template <typename T>
  std::optional<T> get_optional(const std::string& dotted) const {
    if (is_null(dotted)) return std::nullopt;
    return get<T>(dotted);
  }

  /// Frequency in Hz of the block's clock, or of one of its named clocks.
  std::uint64_t clock(const std::string& name = "clock") const {
    const auto it = clocks_.find(name);
    if (it == clocks_.end()) throw std::logic_error("clock '" + name + "' is not declared");
    return it->second;
  }
  bool has_clock(const std::string& name = "clock") const { return clocks_.count(name) != 0; }

  /// What is linked to a port, by index ("pu.dma"): vector ports get as many elements as this has entries.
  const std::vector<std::string>& peers(const std::string& port) const {
    static const std::vector<std::string> none;
    const auto it = peers_.find(port);
    return it == peers_.end() ? none : it->second;
  }

  const Value& values() const { return values_; }
  /// For a parameter whose default the platform settles.
  void set(const std::string& name, Value value) { values_.set(name, std::move(value)); }

private:
  Value values_;
  std::map<std::string, std::uint64_t> clocks_;
  std::map<std::string, std::vector<std::string>> peers_;
};

}  // namespace snnvp
