// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/register_map.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/config/document.h>

namespace snnvp {
namespace {

constexpr std::array<const char*, 6> access_names{"ro", "rw", "wo", "w1c", "w1s", "rc"};
constexpr std::array<const char*, 4> sync_names{"none", "read", "write", "always"};

std::uint32_t bits_mask(unsigned high, unsigned low) {
  const std::uint32_t upto = high >= 31 ? 0xFFFFFFFFu : (1u << (high + 1)) - 1;
  return upto & ~((1u << low) - 1);
}

/// Reads one description; remembers where each register was written, for messages about pairs.
class Reader {
public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void read(const Node& root, RegisterMap& map);
  void check(RegisterMap& map);

private:
  void read_bank(const Node& bank, RegisterMap& map);
  void read_register(const Node& node, const std::string& path, RegisterMap& map);
  RegisterField read_field(const Node& node, const std::string& path, const RegisterSpec& owner, unsigned width);
  void read_bits(const Node* node, const SourcePos& pos, const std::string& path, RegisterField& field, unsigned width);
  void check_range(const Node* node, const std::string& path, const RegisterField& field);
  void merge_fields(const Node& node, const std::string& path, RegisterSpec& spec, const RegisterMap& map);

  void only_keys(const Node& node, const std::string& path, const std::vector<std::string>& allowed);
  std::string name_of(const Node& node, const std::string& path);
  std::string text_of(const Node* node, const std::string& path);
  std::uint32_t number_of(const Node* node, const std::string& path, std::uint64_t most, std::uint32_t fallback);
  template <std::size_t N>
  std::size_t choice_of(const Node* node, const std::string& path, const std::array<const char*, N>& names, std::size_t fallback);

  Diagnostics& diagnostics_;
  std::vector<SourcePos> origins_;  // parallel to map.registers while reading
};

void Reader::only_keys(const Node& node, const std::string& path, const std::vector<std::string>& allowed) {
  for (const Node::Entry& entry : node.entries)
    if (std::find(allowed.begin(), allowed.end(), entry.key) == allowed.end()) {
      const std::string hint = did_you_mean(entry.key, allowed);
      diagnostics_.error(entry.key_pos, path, fmt::format("unknown key '{}'", entry.key),
                         hint.empty() ? "allowed: " + join_names(allowed) : hint);
    }
}

std::string Reader::text_of(const Node* node, const std::string& path) {
  if (node == nullptr) return {};
  if (!node->is_scalar()) diagnostics_.error(node->pos, path, "must be text");
  return node->text;
}

std::string Reader::name_of(const Node& node, const std::string& path) {
  const Node* name = node.find("name");
  if (name == nullptr) {
    diagnostics_.error(node.pos, path, "has no 'name'");
    return {};
  }
  const std::string text = text_of(name, path + ".name");
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_plain) || (text[0] >= '0' && text[0] <= '9'))
    diagnostics_.error(name->pos, path + ".name", fmt::format("'{}' is no register name", text), "names are lower_snake: a-z, 0-9 and _");
  return text;
}

std::uint32_t Reader::number_of(const Node* node, const std::string& path, std::uint64_t most, std::uint32_t fallback) {
  if (node == nullptr) return fallback;
  if (!node->is_scalar() || node->quoted) {
    diagnostics_.error(node->pos, path, "must be a number");
    return fallback;
  }
  const ParsedNumber number = parse_integer(node->text);
  if (!number) {
    diagnostics_.error(node->pos, path, number.problem);
    return fallback;
  }
  if (number.value.is_negative() || number.value.as_u64() > most) {
    diagnostics_.error(node->pos, path, fmt::format("{} is out of range", node->text), fmt::format("allowed: 0 to {:#x}", most));
    return fallback;
  }
  return static_cast<std::uint32_t>(number.value.as_u64());
}

template <std::size_t N>
std::size_t Reader::choice_of(const Node* node, const std::string& path, const std::array<const char*, N>& names, std::size_t fallback) {
  if (node == nullptr) return fallback;
  const std::string text = text_of(node, path);
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::vector<std::string> allowed(names.begin(), names.end());
  diagnostics_.error(node->pos, path, fmt::format("'{}' is not known here", text), "allowed: " + join_names(allowed));
  return fallback;
}

void Reader::read(const Node& root, RegisterMap& map) {
  if (!root.is_map()) {
    diagnostics_.error(root.pos, {}, "a register description is a map with 'bank' and 'registers'");
    return;
  }
  only_keys(root, {}, {"bank", "registers"});
  if (const Node* bank = root.find("bank")) read_bank(*bank, map);
  const Node* registers = root.find("registers");
  if (registers == nullptr || registers->is_null()) return;  // a block may have none beside the common head
  if (!registers->is_list()) {
    diagnostics_.error(registers->pos, "registers", "must be a list");
    return;
  }
  for (std::size_t i = 0; i < registers->items.size(); ++i) read_register(registers->items[i], fmt::format("registers[{}]", i), map);
}

void Reader::read_bank(const Node& bank, RegisterMap& map) {
  if (!bank.is_map()) {
    diagnostics_.error(bank.pos, "bank", "must be a map");
    return;
  }
  only_keys(bank, "bank", {"name", "size", "width", "max_access", "doc"});
  map.bank = name_of(bank, "bank");
  map.doc = text_of(bank.find("doc"), "bank.doc");
  if (const Node* width = bank.find("width")) {
    map.width = number_of(width, "bank.width", 32, 32);
    if (map.width != 8 && map.width != 32) {
      diagnostics_.error(width->pos, "bank.width", fmt::format("{} is no register width", map.width), "allowed: 8, 32");
      map.width = 32;
    }
  }
  const auto bytes = [&](const char* key, Bytes fallback) {
    const Node* node = bank.find(key);
    if (node == nullptr) return fallback;
    const std::string path = fmt::format("bank.{}", key);
    const ParsedNumber size = parse_quantity(text_of(node, path), Dimension::bytes);
    if (!size) {
      diagnostics_.error(node->pos, path, size.problem);
      return fallback;
    }
    const Bytes value = size.value.as_u64();
    if (value < map.width / 8 || value > (64u << 20) || (value & (value - 1)) != 0) {
      diagnostics_.error(node->pos, path, fmt::format("{} is no power of two from a register to 64 MiB", node->text));
      return fallback;
    }
    return value;
  };
  map.size = bytes("size", map.size);
  map.max_access = bytes("max_access", map.width / 8);
}

void Reader::read_register(const Node& node, const std::string& path, RegisterMap& map) {
  if (!node.is_map()) {
    diagnostics_.error(node.pos, path, "must be a map");
    return;
  }
  only_keys(node, path, {"name", "offset", "access", "sync", "reset", "doc", "fields", "count", "stride"});
  RegisterSpec spec;
  spec.name = name_of(node, path);
  const std::string where = "registers." + spec.name;
  if (node.find("offset") == nullptr) diagnostics_.error(node.pos, where, "has no 'offset'");
  if (node.find("access") == nullptr) diagnostics_.error(node.pos, where, "has no 'access'", "allowed: ro, rw, wo, w1c, w1s, rc");
  spec.offset = number_of(node.find("offset"), where + ".offset", 0xFFFFFFFF, 0);
  spec.access = static_cast<RegisterAccess>(
      choice_of(node.find("access"), where + ".access", access_names, static_cast<std::size_t>(RegisterAccess::rw)));
  spec.sync =
      static_cast<RegisterSync>(choice_of(node.find("sync"), where + ".sync", sync_names, static_cast<std::size_t>(RegisterSync::none)));
  spec.doc = text_of(node.find("doc"), where + ".doc");
  spec.mask = bits_mask(map.width - 1, 0);
  spec.count = number_of(node.find("count"), where + ".count", 1u << 24, 1);
  spec.stride = number_of(node.find("stride"), where + ".stride", 1u << 24, spec.count > 1 ? map.width / 8 : 0);
  merge_fields(node, where, spec, map);
  map.registers.push_back(std::move(spec));
  origins_.push_back(node.pos);
}

// A register with fields implements their bits and starts from their resets; one without implements all bits.
void Reader::merge_fields(const Node& node, const std::string& path, RegisterSpec& spec, const RegisterMap& map) {
  const std::uint32_t all = spec.mask;
  if (const Node* fields = node.find("fields")) {
    if (!fields->is_list() || fields->items.empty()) {
      diagnostics_.error(fields->pos, path + ".fields", "must be a list of at least one field");
      return;
    }
    spec.mask = 0;
    for (std::size_t i = 0; i < fields->items.size(); ++i) {
      const Node& item = fields->items[i];
      RegisterField field = read_field(item, fmt::format("{}.fields[{}]", path, i), spec, map.width);
      const std::uint32_t bits = bits_mask(field.high, field.low);
      for (const RegisterField& other : spec.fields)
        if ((bits & bits_mask(other.high, other.low)) != 0)
          diagnostics_.error(item.pos, path, fmt::format("fields '{}' and '{}' share bits", other.name, field.name));
      spec.mask |= bits;
      spec.reset |= (field.reset << field.low) & bits;
      spec.fields.push_back(std::move(field));
    }
  }
  if (const Node* reset = node.find("reset")) {
    const std::uint32_t value = number_of(reset, path + ".reset", all, 0);
    if ((value & ~spec.mask) != 0)
      diagnostics_.error(reset->pos, path + ".reset", fmt::format("{:#x} sets bits outside the mask {:#x}", value, spec.mask));
    else if (spec.reset != 0 && value != spec.reset)
      diagnostics_.error(reset->pos, path + ".reset", fmt::format("{:#x} differs from the fields' resets, {:#x}", value, spec.reset));
    spec.reset = value & spec.mask;
    for (RegisterField& field : spec.fields) field.reset = (spec.reset & bits_mask(field.high, field.low)) >> field.low;
  }
}

RegisterField Reader::read_field(const Node& node, const std::string& path, const RegisterSpec& owner, unsigned width) {
  RegisterField field;
  if (!node.is_map()) {
    diagnostics_.error(node.pos, path, "must be a map");
    return field;
  }
  only_keys(node, path, {"name", "bits", "reset", "range", "doc"});
  field.name = name_of(node, path);
  for (const RegisterField& other : owner.fields)
    if (other.name == field.name) diagnostics_.error(node.pos, path, fmt::format("a field '{}' exists already", field.name));
  field.doc = text_of(node.find("doc"), path + ".doc");
  field.range = text_of(node.find("range"), path + ".range");
  read_bits(node.find("bits"), node.pos, path, field, width);
  const std::uint32_t most = bits_mask(field.high - field.low, 0);
  field.reset = number_of(node.find("reset"), path + ".reset", most, 0);
  check_range(node.find("range"), path + ".range", field);
  return field;
}

/// "7:0" or "3".
void Reader::read_bits(const Node* node, const SourcePos& pos, const std::string& path, RegisterField& field, unsigned width) {
  if (node == nullptr) {
    diagnostics_.error(pos, path, "has no 'bits'");
    return;
  }
  const std::string text = text_of(node, path + ".bits");
  const auto colon = text.find(':');
  const ParsedNumber high = parse_integer(std::string_view(text).substr(0, colon));
  const ParsedNumber low = colon == std::string::npos ? high : parse_integer(std::string_view(text).substr(colon + 1));
  const bool fits = high && low && !high.value.is_negative() && !low.value.is_negative() && high.value.as_u64() < width &&
                    low.value.as_u64() <= high.value.as_u64();
  if (!fits) {
    diagnostics_.error(node->pos, path + ".bits", fmt::format("'{}' names no bits of a {}-bit register", text, width),
                       "write \"7:0\", high bit first, or \"3\"");
    return;
  }
  field.high = static_cast<unsigned>(high.value.as_u64());
  field.low = static_cast<unsigned>(low.value.as_u64());
}

/// "1..64": both ends fit the field.
void Reader::check_range(const Node* node, const std::string& path, const RegisterField& field) {
  if (node == nullptr) return;
  const std::string& text = field.range;
  const auto dots = text.find("..");
  const ParsedNumber low = parse_integer(std::string_view(text).substr(0, dots));
  const ParsedNumber high = dots == std::string::npos ? low : parse_integer(std::string_view(text).substr(dots + 2));
  const std::uint32_t most = bits_mask(field.high - field.low, 0);
  const bool fits = dots != std::string::npos && low && high && !low.value.is_negative() && !high.value.is_negative() &&
                    low.value.as_u64() <= high.value.as_u64() && high.value.as_u64() <= most;
  if (!fits)
    diagnostics_.error(node->pos, path, fmt::format("'{}' is no range of values of this field", text),
                       fmt::format("write \"0..{}\"", most));
}

/// Do two registers, or elements of arrays, share a byte?
bool overlap(const RegisterSpec& a, const RegisterSpec& b, Bytes step) {
  const RegisterSpec& few = a.count <= b.count ? a : b;
  const RegisterSpec& many = a.count <= b.count ? b : a;
  for (unsigned i = 0; i < few.count; ++i) {
    const std::uint64_t at = few.offset + std::uint64_t{few.stride} * i;
    const std::uint64_t first = many.offset, pitch = std::max<std::uint64_t>(many.stride, step);
    if (at + step <= first) continue;
    // The last element that starts before the end of ours.
    const std::uint64_t element = std::min<std::uint64_t>((at + step - 1 - first) / pitch, many.count - 1);
    if (first + element * pitch + step > at) return true;
  }
  return false;
}

void Reader::check(RegisterMap& map) {
  const Bytes step = map.width / 8;
  for (std::size_t i = 0; i < map.registers.size(); ++i) {
    const RegisterSpec& spec = map.registers[i];
    const std::string path = "registers." + spec.name;
    if (spec.offset % step != 0)
      diagnostics_.error(origins_[i], path, fmt::format("offset {:#x} is not a multiple of {}", spec.offset, step));
    if (spec.count == 0) diagnostics_.error(origins_[i], path, "an array has at least one element");
    if (spec.count > 1 && (spec.stride < step || spec.stride % step != 0))
      diagnostics_.error(origins_[i], path, fmt::format("stride {} is no multiple of {}", spec.stride, step));
    const std::uint64_t last = spec.offset + std::uint64_t{spec.stride} * (std::max(spec.count, 1u) - 1);
    if (last >= map.size)
      diagnostics_.error(origins_[i], path, fmt::format("offset {:#x} lies outside the window of {:#x} bytes", last, map.size));
    for (std::size_t j = 0; j < i; ++j) {
      const RegisterSpec& other = map.registers[j];
      if (overlap(spec, other, step))
        diagnostics_.error(origins_[i], path, fmt::format("overlaps '{}' at offset {:#x}", other.name, other.offset));
      if (spec.name == other.name) diagnostics_.error(origins_[i], path, "a register of this name exists already");
    }
  }
  std::stable_sort(map.registers.begin(), map.registers.end(),
                   [](const RegisterSpec& a, const RegisterSpec& b) { return a.offset < b.offset; });
}

}  // namespace

const char* to_text(RegisterAccess access) { return access_names[static_cast<std::size_t>(access)]; }
const char* to_text(RegisterSync sync) { return sync_names[static_cast<std::size_t>(sync)]; }

const RegisterSpec* RegisterMap::find(std::string_view name) const {
  for (const RegisterSpec& spec : registers)
    if (spec.name == name) return &spec;
  return nullptr;
}

std::vector<RegisterMap> parse_register_banks(std::string_view text, const std::string& name, std::string_view head) {
  Diagnostics diagnostics;
  std::vector<RegisterMap> maps;
  const auto read = [&](const Node& root) {
    RegisterMap map;
    Reader reader(diagnostics);
    if (!head.empty()) {
      const Node common = read_yaml_text(head, "common registers", ".", diagnostics, "register description");
      if (!diagnostics.has_errors()) reader.read(common, map);
    }
    reader.read(root, map);
    if (!diagnostics.has_errors()) reader.check(map);
    maps.push_back(std::move(map));
  };
  const Node root = read_yaml_text(text, name, ".", diagnostics, "register description");
  const Node* banks = diagnostics.has_errors() || !root.is_map() ? nullptr : root.find("banks");
  if (banks == nullptr) {
    if (!diagnostics.has_errors()) read(root);
  } else if (!banks->is_list() || banks->items.empty()) {
    diagnostics.error(banks->pos, "banks", "must be a list of at least one description");
  } else {
    for (const Node& bank : banks->items) read(bank);
  }
  for (std::size_t i = 0; i < maps.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (maps[i].bank == maps[j].bank) diagnostics.error(banks->pos, "banks", fmt::format("two banks are called '{}'", maps[i].bank));
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return maps;
}

RegisterMap parse_register_map(std::string_view text, const std::string& name, std::string_view head) {
  std::vector<RegisterMap> maps = parse_register_banks(text, name, head);
  if (maps.size() != 1) throw InputError(name + ": describes several banks where one is expected");
  return std::move(maps.front());
}

}  // namespace snnvp
