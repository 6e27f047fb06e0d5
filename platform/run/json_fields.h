// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

// Structs as JSON in both directions from one list of their fields: `template <class A> void fields(A& a, T& t) { a("name", t.name); }`.
namespace snnvp::json_fields {

using Json = nlohmann::ordered_json;

/// A value is of another type than its field.
class WrongType : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

template <typename T>
struct IsJson : std::bool_constant<std::is_same_v<T, nlohmann::json> || std::is_same_v<T, nlohmann::ordered_json>> {};

template <typename T>
Json written(const T& value);
template <typename T>
void read(const Json& json, T& value);

/// Writes each field it is shown.
class Writer {
public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    json[name] = written(value);
  }
  Json json = Json::object();
};

/// Fills in each field it is shown; one that is missing or of another type is nlohmann's exception.
class Reader {
public:
  explicit Reader(const Json& json) : json_(json) {}
  template <typename T>
  void operator()(const char* name, T& value) {
    read(json_.at(name), value);
  }

private:
  const Json& json_;
};

template <typename T>
struct Codec {
  static Json write(const T& value) {
    if constexpr (IsJson<T>::value || std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<int>(value);
    } else {
      Writer writer;
      fields(writer, const_cast<T&>(value));
      return std::move(writer.json);
    }
  }
  static void read(const Json& json, T& value) {
    if constexpr (IsJson<T>::value || std::is_same_v<T, std::string>) {
      value = json.get<T>();
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) throw WrongType("a number is needed");
      value = json.get<T>();
    } else if constexpr (std::is_same_v<T, bool>) {
      value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      if (!json.is_number_integer()) throw WrongType("an integer is needed");
      value = json.get<T>();
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(json.get<int>());
    } else {
      Reader reader(json);
      fields(reader, value);
    }
  }
};

template <typename T>
struct Codec<std::optional<T>> {
  static Json write(const std::optional<T>& value) { return value ? written(*value) : Json(nullptr); }
  static void read(const Json& json, std::optional<T>& value) {
    value.reset();
    if (!json.is_null()) json_fields::read(json, value.emplace());
  }
};

template <typename T>
struct Codec<std::vector<T>> {
  static Json write(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(written(value));
    return list;
  }
  static void read(const Json& json, std::vector<T>& values) {
    values.clear();
    for (const Json& item : json.get_ref<const Json::array_t&>()) json_fields::read(item, values.emplace_back());
  }
};

template <typename T>
struct Codec<std::set<T>> {
  static Json write(const std::set<T>& values) { return written(std::vector<T>(values.begin(), values.end())); }
  static void read(const Json& json, std::set<T>& values) {
    std::vector<T> list;
    json_fields::read(json, list);
    values = {list.begin(), list.end()};
  }
};

template <typename A, typename B>
struct Codec<std::pair<A, B>> {
  static Json write(const std::pair<A, B>& value) { return Json::array({written(value.first), written(value.second)}); }
  static void read(const Json& json, std::pair<A, B>& value) {
    json_fields::read(json.at(0), value.first);
    json_fields::read(json.at(1), value.second);
  }
};

template <typename T>
struct Codec<std::map<std::string, T>> {
  static Json write(const std::map<std::string, T>& values) {
    Json object = Json::object();
    for (const auto& [key, value] : values) object[key] = written(value);
    return object;
  }
  static void read(const Json& json, std::map<std::string, T>& values) {
    values.clear();
    for (const auto& [key, value] : json.get_ref<const Json::object_t&>()) json_fields::read(value, values[key]);
  }
};

/// A report's value: null, integer, real, text or truth.
template <>
struct Codec<std::variant<std::monostate, std::uint64_t, double, std::string, bool>> {
  using Value = std::variant<std::monostate, std::uint64_t, double, std::string, bool>;
  static Json write(const Value& value) {
    return std::visit(
        [](const auto& v) -> Json {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
            return nullptr;
          else
            return v;
        },
        value);
  }
  static void read(const Json& json, Value& value) {
    if (json.is_null())
      value = std::monostate{};
    else if (json.is_boolean())
      value = json.get<bool>();
    else if (json.is_number_integer())
      value = json.get<std::uint64_t>();
    else if (json.is_number())
      value = json.get<double>();
    else
      value = json.get<std::string>();
  }
};

template <typename T>
Json written(const T& value) {
  return Codec<T>::write(value);
}
template <typename T>
void read(const Json& json, T& value) {
  Codec<T>::read(json, value);
}

}  // namespace snnvp::json_fields
