// SPDX-License-Identifier: Apache-2.0
// Registers as CMSIS-SVD 1.3 and as an IEEE 1685-2014 component.
#include <fmt/format.h>

#include <utility>

#include <snnvp/platform/export/export_text.h>
#include <snnvp/platform/export/register_export.h>

namespace snnvp {
namespace {

using namespace exporting;

/// Nested elements with indentation.
class Xml {
public:
  void open(const std::string& tag, const std::string& attributes = {}) {
    line("<" + tag + (attributes.empty() ? "" : " " + attributes) + ">");
    ++depth_;
    tags_.push_back(tag);
  }
  void close() {
    --depth_;
    line("</" + tags_.back() + ">");
    tags_.pop_back();
  }
  void leaf(const std::string& tag, const std::string& text) { line("<" + tag + ">" + xml(text) + "</" + tag + ">"); }
  void raw(const std::string& text) { line(text); }
  std::string text() const { return out_; }

private:
  void line(const std::string& text) { out_ += std::string(2 * depth_, ' ') + text + "\n"; }

  std::string out_;
  std::size_t depth_ = 0;
  std::vector<std::string> tags_;
};

const char* access_word(RegisterAccess access) {
  switch (access) {
    case RegisterAccess::ro:
    case RegisterAccess::rc: return "read-only";
    case RegisterAccess::wo: return "write-only";
    default: return "read-write";
  }
}

const char* modified_write(RegisterAccess access) {
  return access == RegisterAccess::w1c ? "oneToClear" : access == RegisterAccess::w1s ? "oneToSet" : nullptr;
}

std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }
std::string number(std::uint64_t value) { return fmt::format("{}", value); }
std::string doc_of(const std::string& doc, const std::string& name) { return doc.empty() ? name : doc; }

/// "1..64" apart; the description has been checked.
std::pair<std::string, std::string> ends_of(const std::string& range) {
  const auto dots = range.find("..");
  return {range.substr(0, dots), range.substr(dots + 2)};
}

void svd_field(Xml& out, const RegisterField& f) {
  out.open("field");
  out.leaf("name", f.name);
  out.leaf("description", doc_of(f.doc, f.name));
  out.leaf("bitRange", fmt::format("[{}:{}]", f.high, f.low));
  if (!f.range.empty()) {
    const auto [low, high] = ends_of(f.range);
    out.open("writeConstraint");
    out.open("range");
    out.leaf("minimum", low);
    out.leaf("maximum", high);
    out.close();
    out.close();
  }
  out.close();
}

void svd_register(Xml& out, const RegisterSpec& r, unsigned width) {
  out.open("register");
  if (r.stride != 0) {
    out.leaf("dim", number(r.count));
    out.leaf("dimIncrement", hex(r.stride));
  }
  out.leaf("name", r.stride != 0 ? r.name + "[%s]" : r.name);
  out.leaf("description", doc_of(r.doc, r.name));
  out.leaf("addressOffset", hex(r.offset));
  out.leaf("size", number(width));
  out.leaf("access", access_word(r.access));
  out.leaf("resetValue", hex(r.reset));
  out.leaf("resetMask", hex(r.mask));
  if (const char* modified = modified_write(r.access)) out.leaf("modifiedWriteValues", modified);
  if (r.access == RegisterAccess::rc) out.leaf("readAction", "clear");
  if (!r.fields.empty()) {
    out.open("fields");
    for (const RegisterField& f : r.fields) svd_field(out, f);
    out.close();
  }
  out.close();
}

void svd_peripheral(Xml& out, const SvdPeripheral& p) {
  out.open("peripheral");
  out.leaf("name", identifier(upper(p.name)));
  out.leaf("description", p.description);
  out.leaf("baseAddress", hex(p.base));
  out.open("addressBlock");
  out.leaf("offset", "0x0");
  out.leaf("size", hex(p.registers->size));
  out.leaf("usage", "registers");
  out.close();
  if (p.interrupt >= 0) {
    out.open("interrupt");
    out.leaf("name", identifier(upper(p.name)));
    out.leaf("value", number(static_cast<std::uint64_t>(p.interrupt)));
    out.close();
  }
  out.open("registers");
  for (const RegisterSpec& r : p.registers->registers) svd_register(out, r, p.registers->width);
  out.close();
  out.close();
}

void ipxact_field(Xml& out, const RegisterField& f, RegisterAccess access) {
  out.open("ipxact:field");
  out.leaf("ipxact:name", f.name);
  out.leaf("ipxact:description", doc_of(f.doc, f.name));
  out.leaf("ipxact:bitOffset", number(f.low));
  out.open("ipxact:resets");
  out.open("ipxact:reset");
  out.leaf("ipxact:value", number(f.reset));
  out.close();
  out.close();
  out.leaf("ipxact:bitWidth", number(f.high - f.low + 1));
  out.leaf("ipxact:access", access_word(access));
  if (const char* modified = modified_write(access)) out.leaf("ipxact:modifiedWriteValue", modified);
  if (!f.range.empty()) {
    const auto [low, high] = ends_of(f.range);
    out.open("ipxact:writeValueConstraint");
    out.leaf("ipxact:minimum", low);
    out.leaf("ipxact:maximum", high);
    out.close();
  }
  if (access == RegisterAccess::rc) out.leaf("ipxact:readAction", "clear");
  out.close();
}

void ipxact_register(Xml& out, const RegisterSpec& r, unsigned width) {
  // Elements of an array that do not lie side by side are files of one register: this edition knows no stride.
  const bool is_file = r.stride != 0 && r.stride != width / 8;
  if (is_file) {
    out.open("ipxact:registerFile");
    out.leaf("ipxact:name", r.name + "_element");
    out.leaf("ipxact:dim", number(r.count));
    out.leaf("ipxact:addressOffset", number(r.offset));
    out.leaf("ipxact:range", number(r.stride));
  }
  out.open("ipxact:register");
  out.leaf("ipxact:name", r.name);
  out.leaf("ipxact:description", doc_of(r.doc, r.name));
  if (r.stride != 0 && !is_file) out.leaf("ipxact:dim", number(r.count));
  out.leaf("ipxact:addressOffset", number(is_file ? 0 : r.offset));
  out.leaf("ipxact:size", number(width));
  // A register needs a field; one without description is one field of all its bits.
  std::vector<RegisterField> fields = r.fields;
  if (fields.empty()) fields.push_back({"value", width - 1, 0, r.reset, {}, r.doc});
  for (const RegisterField& f : fields) ipxact_field(out, f, r.access);
  out.close();
  if (is_file) out.close();
}

}  // namespace

std::string svd_device(const std::string& name, const std::string& description, const std::vector<SvdPeripheral>& peripherals) {
  Xml out;
  out.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
  out.open("device",
           "schemaVersion=\"1.3\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema-instance\" xs:noNamespaceSchemaLocation=\"CMSIS-SVD.xsd\"");
  out.leaf("name", identifier(name));
  out.leaf("version", "1.0");
  out.leaf("description", description);
  out.leaf("addressUnitBits", "8");
  out.leaf("width", "32");
  out.open("peripherals");
  for (const SvdPeripheral& p : peripherals) svd_peripheral(out, p);
  out.close();
  out.close();
  return out.text();
}

std::string registers_as_svd(const RegisterBanks& banks) {
  std::vector<SvdPeripheral> peripherals;
  for (const RegisterMap& map : banks.banks)
    peripherals.push_back({banks.name_of(map), doc_of(map.doc, "Registers of " + banks.kind), 0, -1, &map});
  return svd_device(short_name(banks.kind), "Registers of " + banks.kind, peripherals);
}

std::string registers_as_ipxact(const RegisterBanks& banks) {
  Xml out;
  out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
  const std::string schema = "http://www.accellera.org/XMLSchema/IPXACT/1685-2014";
  out.open(
      "ipxact:component",
      fmt::format("xmlns:ipxact=\"{0}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"{0} {0}/index.xsd\"",
                  schema));
  out.leaf("ipxact:vendor", "snnvp");
  out.leaf("ipxact:library", banks.kind.substr(0, banks.kind.find('.')));
  out.leaf("ipxact:name", short_name(banks.kind));
  out.leaf("ipxact:version", "1.0");
  out.open("ipxact:memoryMaps");
  for (const RegisterMap& map : banks.banks) {
    out.open("ipxact:memoryMap");
    out.leaf("ipxact:name", map.bank);
    out.open("ipxact:addressBlock");
    out.leaf("ipxact:name", map.bank + "_registers");
    out.leaf("ipxact:baseAddress", "0");
    out.leaf("ipxact:range", number(map.size));
    out.leaf("ipxact:width", number(map.width));
    out.leaf("ipxact:usage", "register");
    for (const RegisterSpec& r : map.registers) ipxact_register(out, r, map.width);
    out.close();
    out.leaf("ipxact:addressUnitBits", "8");
    out.close();
  }
  out.close();
  out.close();
  return out.text();
}

}  // namespace snnvp
