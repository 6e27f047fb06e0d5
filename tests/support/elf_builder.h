// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace snnvp::test {

/// Writes ELF files for tests from encodings, right or wrong on purpose.
struct ElfBuilder {
  struct Segment {
    std::uint32_t address;
    std::vector<std::uint32_t> words;
    std::uint32_t memory_size = 0;  ///< 0: as many bytes as there are words
    bool executable = true;
  };
  struct Symbol {
    std::string name;
    std::uint32_t address;
    bool is_function = false;
  };
  std::vector<Segment> segments;
  std::vector<Symbol> symbols;
  std::uint32_t entry = 0x8000'0000;
  Elf32_Half type = ET_EXEC, machine = 243;
  std::uint8_t elf_class = ELFCLASS32, data = ELFDATA2LSB;
  std::uint32_t flags = 1;
  std::size_t cut = 0;  ///< bytes missing at the end

  std::string bytes() const {
    std::string text(sizeof(Elf32_Ehdr) + segments.size() * sizeof(Elf32_Phdr), '\0');
    std::vector<Elf32_Phdr> headers;
    for (const Segment& s : segments) {
      Elf32_Phdr p{};
      p.p_type = PT_LOAD;
      p.p_offset = static_cast<Elf32_Off>(text.size());
      p.p_vaddr = p.p_paddr = s.address;
      p.p_filesz = static_cast<Elf32_Word>(s.words.size() * 4);
      p.p_memsz = s.memory_size == 0 ? p.p_filesz : s.memory_size;
      p.p_flags = PF_R | (s.executable ? PF_X : PF_W);
      headers.push_back(p);
      text.append(reinterpret_cast<const char*>(s.words.data()), p.p_filesz);
    }
    std::string names(1, '\0');
    std::vector<Elf32_Sym> table(1);
    for (const Symbol& s : symbols) {
      Elf32_Sym symbol{};
      symbol.st_name = static_cast<Elf32_Word>(names.size());
      symbol.st_value = s.address;
      symbol.st_info = ELF32_ST_INFO(STB_GLOBAL, s.is_function ? STT_FUNC : STT_OBJECT);
      symbol.st_shndx = SHN_ABS;
      table.push_back(symbol);
      names += s.name + '\0';
    }
    Elf32_Shdr sections[3] = {};
    sections[1].sh_type = SHT_SYMTAB;
    sections[1].sh_offset = static_cast<Elf32_Off>(text.size());
    sections[1].sh_size = static_cast<Elf32_Word>(table.size() * sizeof(Elf32_Sym));
    sections[1].sh_entsize = sizeof(Elf32_Sym);
    sections[1].sh_link = 2;
    text.append(reinterpret_cast<const char*>(table.data()), sections[1].sh_size);
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = static_cast<Elf32_Off>(text.size());
    sections[2].sh_size = static_cast<Elf32_Word>(names.size());
    text += names;
    Elf32_Ehdr h{};
    std::memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = elf_class;
    h.e_ident[EI_DATA] = data;
    h.e_ident[EI_VERSION] = EV_CURRENT;
    h.e_type = type;
    h.e_machine = machine;
    h.e_version = EV_CURRENT;
    h.e_entry = entry;
    h.e_flags = flags;
    h.e_ehsize = sizeof h;
    h.e_phoff = sizeof h;
    h.e_phentsize = sizeof(Elf32_Phdr);
    h.e_phnum = static_cast<Elf32_Half>(segments.size());
    h.e_shoff = static_cast<Elf32_Off>(text.size());
    h.e_shentsize = sizeof(Elf32_Shdr);
    h.e_shnum = 3;
    text.append(reinterpret_cast<const char*>(sections), sizeof sections);
    std::memcpy(&text[0], &h, sizeof h);
    if (!headers.empty()) std::memcpy(&text[sizeof h], headers.data(), headers.size() * sizeof(Elf32_Phdr));
    return text.substr(0, text.size() - cut);
  }
};

}  // namespace snnvp::test
