// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/npy_header.h>

#include <limits>
#include <set>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

// numpy itself allows 64 axes; a structured element of more fields is no event record.
constexpr std::size_t max_axes = 64;
constexpr std::size_t max_fields = 256;
constexpr std::size_t max_item_size = 1U << 16;
constexpr const char* readable_types = "|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8";

class HeaderParser {
public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader parse() {
    std::set<std::string> seen;
    expect('{');
    while (!accept('}')) {
      const std::string key = text();
      if (!seen.insert(key).second) fail("the header has the key " + quote(key) + " twice");
      expect(':');
      if (key == "descr")
        parse_descr();
      else if (key == "fortran_order")
        header_.fortran_order = boolean();
      else if (key == "shape")
        parse_shape();
      else
        fail("the header has the unknown key " + quote(key));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("text after the header's dictionary");
    for (const char* key : {"descr", "fortran_order", "shape"})
      if (seen.count(key) == 0) fail(fmt::format("the header has no key '{}'", key));
    return std::move(header_);
  }

private:
  [[noreturn]] void fail(const std::string& what) const { throw InputError(name_ + ": " + what); }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("malformed header: '{}' expected at byte {} of the dictionary", c, at_));
  }

  std::string text() {
    const char mark = peek();
    if (mark != '\'' && mark != '"') fail(fmt::format("malformed header: a quoted text expected at byte {} of the dictionary", at_));
    const std::size_t end = text_.find(mark, at_ + 1);
    if (end == std::string_view::npos) fail("malformed header: a quoted text does not end");
    std::string found(text_.substr(at_ + 1, end - at_ - 1));
    if (found.find('\\') != std::string::npos) fail("malformed header: escapes in names are not supported");
    at_ = end + 1;
    return found;
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, std::pair{std::string_view("False"), false}}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    fail("fortran_order is neither True nor False");
  }

  std::uint64_t number() {
    if (peek() == '-') fail("the shape has a negative number");
    if (peek() < '0' || peek() > '9') fail(fmt::format("malformed header: a number expected at byte {} of the dictionary", at_));
    std::uint64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
      if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) fail("the shape has a number beyond 64 bits");
      value = 10 * value + digit;
    }
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // written by Python 2
    return value;
  }

  void parse_shape() {
    expect('(');
    while (!accept(')')) {
      if (header_.shape.size() == max_axes) fail(fmt::format("the shape has more than {} axes", max_axes));
      header_.shape.push_back(number());
      if (accept(',')) continue;
      if (header_.shape.size() == 1) fail("malformed header: a shape of one axis is written (n,)");
      expect(')');
      break;
    }
  }

  void parse_descr() {
    if (peek() != '[') {
      header_.fields = {{"", type(text()), 0}};
      header_.item_size = header_.fields[0].type.size;
      return;
    }
    expect('[');
    std::set<std::string> names;
    while (!accept(']')) {
      parse_field(names);
      if (!accept(',')) {
        expect(']');
        break;
      }
    }
    if (header_.fields.empty()) fail("the structured type has no fields");
  }

  void parse_field(std::set<std::string>& names) {
    expect('(');
    const std::string field = text();
    expect(',');
    if (peek() == '[') fail("field " + quote(field) + " is itself structured; store its members as fields of their own");
    const std::string descr = text();
    if (accept(',') && peek() != ')') fail("field " + quote(field) + " is a sub-array; store its elements as fields of their own");
    expect(')');
    if (field.empty()) {
      header_.item_size += padding(descr);
    } else {
      if (!names.insert(field).second) fail("two fields are called " + quote(field));
      if (header_.fields.size() == max_fields) fail(fmt::format("more than {} fields", max_fields));
      const NpyType field_type = type(descr);
      header_.fields.push_back({field, field_type, header_.item_size});
      header_.item_size += field_type.size;
    }
    if (header_.item_size > max_item_size) fail(fmt::format("one element has more than {} bytes", max_item_size));
  }

  // `('', '|V4')` stands for four unused bytes of an aligned structure.
  std::size_t padding(const std::string& descr) const {
    if (descr.size() < 3 || descr.size() > 7 || descr.compare(0, 2, "|V") != 0 ||
        descr.find_first_not_of("0123456789", 2) != std::string::npos)
      fail("a field has no name");
    return std::stoul(descr.substr(2));
  }

  NpyType type(const std::string& descr) const {
    const char order = descr.empty() ? '\0' : descr[0];
    const std::string rest = descr.empty() ? "" : descr.substr(1);
    if (rest == "O" || rest.compare(0, 1, "O") == 0 || descr == "O")
      fail("an object array is a pickle, and unpickling runs code: never read. Save numbers, e.g. a.astype('int32')");
    static const std::set<std::string> known = {"b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"};
    if (known.count(rest) != 0) {
      const NpyType found{static_cast<NpyType::Kind>(rest[0]), static_cast<unsigned>(rest[1] - '0')};
      if (order == '<' || (found.size == 1 && (order == '|' || order == '>' || order == '='))) return found;
      if (order == '>') fail("big-endian data (" + descr + "). Convert it with numpy: np.save(FILE, a.astype(a.dtype.newbyteorder('<')))");
    }
    fail("cannot read elements of type " + quote(descr) + "; readable: " + readable_types);
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  NpyHeader header_;
};

}  // namespace

std::string NpyType::name() const { return fmt::format("{}{}{}", size == 1 ? '|' : '<', static_cast<char>(kind), size); }

NpyHeader parse_npy_header(std::string_view dictionary, const std::string& name) { return HeaderParser(dictionary, name).parse(); }

std::string format_npy_header(const NpyArray& array) {
  std::string descr;
  if (array.is_plain()) {
    descr = fmt::format("'{}'", array.fields[0].type.name());
  } else {
    std::size_t at = 0;
    const auto pad_to = [&](std::size_t offset) {
      if (offset > at) descr += fmt::format("('', '|V{}'), ", offset - at);
    };
    for (const NpyField& field : array.fields) {
      pad_to(field.offset);
      descr += fmt::format("('{}', '{}'), ", field.name, field.type.name());
      at = field.offset + field.type.size;
    }
    pad_to(array.item_size);
    descr.resize(descr.size() - 2);
    descr = "[" + descr + "]";
  }
  const char* comma = array.shape.size() == 1 ? "," : "";
  return fmt::format("{{'descr': {}, 'fortran_order': False, 'shape': ({}{}), }}", descr, shape_text(array.shape), comma);
}

}  // namespace snnvp
