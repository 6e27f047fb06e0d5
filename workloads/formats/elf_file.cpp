// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/elf_file.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <tuple>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {
namespace {

constexpr unsigned riscv_machine = 243, flag_float_abi = 0x6, flag_rve = 0x8;

std::vector<std::uint8_t> read_bytes(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw InputError(path + ": is a folder, not an executable");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: {}", path, std::strerror(errno)));
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw InputError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  return bytes;
}

/// One file being read, with everything wrong about it.
class Reader {
public:
  explicit Reader(const std::string& path) : bytes_(read_bytes(path)) {
    file_.path = path;
    if (bytes_.size() < EI_NIDENT || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0)
      throw InputError(fmt::format("{}: is no ELF file{}", path, bytes_.empty() ? ": it is empty" : ""));
    elf_version(EV_CURRENT);
    elf_.reset(elf_memory(reinterpret_cast<char*>(bytes_.data()), bytes_.size()));
    if (!elf_ || gelf_getehdr(elf_.get(), &header_) == nullptr)
      throw InputError(fmt::format("{}: is a damaged ELF file: {}", path, elf_errmsg(-1)));
  }

  ElfFile read() {
    check_header();
    // Of a file for something else the rest would only add noise.
    if (problems_.empty()) {
      read_segments();
      read_symbols();
      check_entry();
    }
    if (problems_.empty()) {
      if (has_lines_) file_.lines = ElfLines::read(bytes_);
      return std::move(file_);
    }
    std::string text;
    for (const std::string& problem : problems_) text += (text.empty() ? "" : "; ") + problem;
    throw InputError(file_.path + ": " + text);
  }

private:
  struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  template <typename... Args>
  void problem(fmt::format_string<Args...> text, Args&&... args) {
    problems_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void check_header() {
    if (header_.e_ident[EI_CLASS] != ELFCLASS32) problem("is a 64-bit file; harts are RV32 (compile with -march=rv32imac -mabi=ilp32)");
    if (header_.e_ident[EI_DATA] != ELFDATA2LSB) problem("is big endian; harts are little endian");
    if (header_.e_machine != riscv_machine) problem("is for machine {}, not for RISC-V ({})", header_.e_machine, riscv_machine);
    if (header_.e_type != ET_EXEC)
      problem("is {}, not an executable with fixed addresses", header_.e_type == ET_DYN   ? "position-independent"
                                                               : header_.e_type == ET_REL ? "an object file that was not linked"
                                                                                          : "of type " + std::to_string(header_.e_type));
    if (header_.e_machine != riscv_machine) return;
    if ((header_.e_flags & flag_float_abi) != 0) problem("uses a floating-point ABI; harts have no F and D (compile with -mabi=ilp32)");
    if ((header_.e_flags & flag_rve) != 0) problem("is for RV32E; harts have 32 registers");
  }

  void read_segments() {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_.get(), &count) != 0) return problem("its program header table is damaged: {}", elf_errmsg(-1));
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr p;
      if (gelf_getphdr(elf_.get(), static_cast<int>(i), &p) == nullptr) return problem("segment {} is damaged: {}", i, elf_errmsg(-1));
      if (p.p_type != PT_LOAD || p.p_memsz == 0) continue;
      if (p.p_filesz > p.p_memsz) {
        problem("segment {} has more bytes in the file ({}) than in memory ({})", i, p.p_filesz, p.p_memsz);
        continue;
      }
      if (p.p_offset > bytes_.size() || p.p_filesz > bytes_.size() - p.p_offset) {
        problem("segment {} is truncated: it needs bytes {} to {}, the file has {}", i, p.p_offset, p.p_offset + p.p_filesz, bytes_.size());
        continue;
      }
      if (p.p_paddr > 0xFFFFFFFF || p.p_memsz > 0x1'0000'0000 - p.p_paddr) {
        problem("segment {} leaves the address space: {:#x}, {} bytes", i, p.p_paddr, p.p_memsz);
        continue;
      }
      ElfFile::Segment s;
      s.address = static_cast<std::uint32_t>(p.p_paddr);
      s.memory_size = static_cast<std::uint32_t>(p.p_memsz);
      s.bytes.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(p.p_offset),
                     bytes_.begin() + static_cast<std::ptrdiff_t>(p.p_offset + p.p_filesz));
      s.index = static_cast<unsigned>(i);
      s.executable = (p.p_flags & PF_X) != 0;
      for (const ElfFile::Segment& other : file_.segments)
        if (s.address < other.end() && other.address < s.end())
          problem("segments {} [{:#x}, {:#x}) and {} [{:#x}, {:#x}) overlap", other.index, other.address, other.end(), s.index, s.address,
                  s.end());
      file_.segments.push_back(std::move(s));
    }
    if (file_.segments.empty() && problems_.empty()) problem("has no segment to load");
  }

  void read_symbols() {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf_.get(), &names) != 0) names = 0;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
      GElf_Shdr h;
      if (gelf_getshdr(section, &h) == nullptr) continue;
      if (const char* title = elf_strptr(elf_.get(), names, h.sh_name); title != nullptr && std::strcmp(title, ".debug_line") == 0)
        has_lines_ = true;
      if (h.sh_type != SHT_SYMTAB || h.sh_entsize == 0) continue;
      Elf_Data* data = elf_getdata(section, nullptr);
      if (data == nullptr) continue;
      for (std::size_t i = 0; i < h.sh_size / h.sh_entsize; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
        const char* name = elf_strptr(elf_.get(), h.sh_link, symbol.st_name);
        const unsigned type = GELF_ST_TYPE(symbol.st_info);
        if (name == nullptr || *name == '\0' || name[0] == '$' || symbol.st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION ||
            type == STT_TLS)
          continue;
        GElf_Shdr owner;
        Elf_Scn* in = elf_getscn(elf_.get(), symbol.st_shndx);
        const bool in_code = in != nullptr && gelf_getshdr(in, &owner) != nullptr && (owner.sh_flags & SHF_EXECINSTR) != 0;
        file_.symbols.push_back({static_cast<std::uint32_t>(symbol.st_value), static_cast<std::uint32_t>(symbol.st_size), printable(name),
                                 type == STT_FUNC || (type == STT_NOTYPE && in_code && name[0] != '.')});
      }
    }
    std::sort(file_.symbols.begin(), file_.symbols.end(),
              [](const auto& a, const auto& b) { return std::tie(a.address, a.name) < std::tie(b.address, b.name); });
  }

  void check_entry() {
    if (file_.segments.empty()) return;
    const auto entry = static_cast<std::uint32_t>(header_.e_entry);
    file_.entry = entry;
    for (const ElfFile::Segment& s : file_.segments)
      if (s.executable && entry >= s.address && entry < s.end()) {
        if (entry % 2 != 0) problem("its entry {:#x} is odd", entry);
        return;
      }
    problem("its entry {:#x} lies in no executable segment", entry);
  }

  std::vector<std::uint8_t> bytes_;
  std::unique_ptr<Elf, EndElf> elf_;
  GElf_Ehdr header_{};
  ElfFile file_;
  std::vector<std::string> problems_;
  bool has_lines_ = false;
};

}  // namespace

std::optional<std::uint32_t> ElfFile::find(const std::string& name) const {
  for (const Symbol& symbol : symbols)
    if (symbol.name == name) return symbol.address;
  return std::nullopt;
}

const ElfFile::Symbol* ElfFile::function_at(std::uint32_t address) const {
  auto it = std::upper_bound(symbols.begin(), symbols.end(), address, [](std::uint32_t a, const Symbol& s) { return a < s.address; });
  while (it != symbols.begin()) {
    --it;
    if (!it->is_function) continue;
    // Assembler functions have no size: they reach to the next one.
    return it->size == 0 || address - it->address < it->size ? &*it : nullptr;
  }
  return nullptr;
}

std::string ElfFile::place(std::uint32_t address) const {
  const Symbol* function = function_at(address);
  if (function == nullptr) return fmt::format("{:#010x}", address);
  const std::uint32_t offset = address - function->address;
  std::string text = fmt::format("{:#010x} in {}", address, function->name);
  if (offset != 0) text += fmt::format("+{:#x}", offset);
  if (const std::string line = lines.at(address); !line.empty()) text += " (" + line + ")";
  return text;
}

ElfFile read_elf(const std::string& path) { return Reader(path).read(); }

}  // namespace snnvp
