// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/plugin/shared_object.h>

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <systemc>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/plugin.h>

namespace snnvp {
namespace {

[[noreturn]] void refuse(const std::string& shown, const std::string& why) { throw InputError("plug-in " + shown + ": " + why); }

/// The first bytes of a file, as much of an ELF header as there is.
Elf64_Ehdr header_of(const std::string& path) {
  Elf64_Ehdr header{};
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(&header), sizeof header);
  return header;
}

/// Every segment that will be mapped lies in the file; a mapping beyond its end would kill the process.
bool is_whole(const std::string& path, const Elf64_Ehdr& header) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || header.e_phentsize != sizeof(Elf64_Phdr)) return false;
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!file.read(reinterpret_cast<char*>(&segment), sizeof segment)) return false;
    if (segment.p_type == PT_LOAD && (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)) return false;
  }
  return true;
}

/// dlopen's own texts are poor where the file is none of its.
void check_file(const std::string& path, const std::string& shown) {
  if (!std::ifstream(path))
    refuse(shown, "the file cannot be opened; it is looked for there, then in the folders of SNNVP_PLUGIN_PATH");
  const Elf64_Ehdr header = header_of(path), own = header_of("/proc/self/exe");
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) refuse(shown, "this is no ELF shared object; give the built .so, not its source");
  if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || header.e_machine != own.e_machine)
    refuse(shown, fmt::format("it is built for another machine (ELF machine {}, here {})", header.e_machine, own.e_machine));
  if (!is_whole(path, header)) refuse(shown, "the file is cut short");
  if (header.e_type != ET_DYN) refuse(shown, "it is an object file or a program, no shared object; link it with -shared");
}

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : symbol;
}

std::string standard_name(long value) { return fmt::format("C++{:02}", value / 100 % 100); }

/// What the dynamic linker said, as a sentence with a cure.
std::string explain(const std::string& error) {
  std::smatch found;
  static const std::regex api(R"(sc_api_version_(\d+)_(\d+)_(\d+)_cxx(\d{6})L)"), symbol("undefined symbol: ([^ ,]+)"),
      library("^([^:/]+): cannot open shared object file");
  if (std::regex_search(error, found, api)) {
    const std::string version = fmt::format("{}.{}.{}", found[1].str(), found[2].str(), found[3].str());
    const std::string ours = fmt::format("{}.{}.{}", SC_VERSION_MAJOR, SC_VERSION_MINOR, SC_VERSION_PATCH);
    const long standard = std::stol(found[4].str());
    if (version != ours)
      return fmt::format("it is built for SystemC {}; this snnvp runs SystemC {}: build it with the same", version, ours);
    if (standard != __cplusplus)
      return fmt::format("it is built with {}; the SystemC library here is {}: compile it with -std=c++17", standard_name(standard),
                         standard_name(__cplusplus));
    return "it was compiled with other settings than the SystemC library (SC_DISABLE_VIRTUAL_BIND?)";
  }
  if (std::regex_search(error, found, symbol))
    return fmt::format("it needs the symbol {}, which no library it is linked with has: link the library that defines it",
                       demangled(found[1].str()));
  if (std::regex_search(error, found, library))
    return fmt::format("it needs the library {}, which is not found: install it, or set LD_LIBRARY_PATH", found[1].str());
  return "the dynamic linker refuses it: " + error;
}

void check_info(const snnvp_plugin_info* info, const std::string& shown) {
  if (info == nullptr) refuse(shown, "its entry snnvp_plugin() returns nothing");
  if (info->abi != SNNVP_PLUGIN_ABI || info->size < sizeof(snnvp_plugin_info))
    refuse(shown, fmt::format("it speaks plug-in ABI {} (block of {} bytes), this snnvp {} ({}): build it with the headers of this version",
                              info->abi, info->size, SNNVP_PLUGIN_ABI, sizeof(snnvp_plugin_info)));
  if (info->name == nullptr || info->version == nullptr || info->systemc == nullptr || info->register_kinds == nullptr)
    refuse(shown, "its information block is incomplete: name, version, systemc and register_kinds are needed");
  if (std::string(info->systemc) != SC_VERSION)
    refuse(shown, fmt::format("it is built for SystemC {}; this snnvp runs SystemC {}: build it with the same", info->systemc, SC_VERSION));
  if (info->cplusplus != __cplusplus)
    refuse(shown, fmt::format("it is built with {}; this snnvp is {}: compile it with -std=c++17",
                              standard_name(static_cast<long>(info->cplusplus)), standard_name(__cplusplus)));
  if (info->glibcxx_cxx11_abi != SNNVP_GLIBCXX_ABI)
    refuse(shown, fmt::format("it uses {} std::string of libstdc++ (_GLIBCXX_USE_CXX11_ABI={}), this snnvp the other: build it with {}",
                              info->glibcxx_cxx11_abi == 1   ? "the new"
                              : info->glibcxx_cxx11_abi == 0 ? "the old"
                                                             : "no",
                              info->glibcxx_cxx11_abi, SNNVP_GLIBCXX_ABI));
  if (info->layout != plugin_layout())
    refuse(shown, "it is built with the headers of another version of snnvp: build it again with those of this one");
}

}  // namespace

const snnvp_plugin_info& open_plugin(const std::string& path, const std::string& shown) {
  check_file(path, shown);
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* error = dlerror();
    refuse(shown, explain(error == nullptr ? "no reason given" : error));
  }
  const auto entry = reinterpret_cast<const snnvp_plugin_info* (*)()>(dlsym(handle, "snnvp_plugin"));
  if (entry == nullptr) refuse(shown, "its entry snnvp_plugin is not exported: is SNNVP_PLUGIN(...), or SNNVP_EXPORT, missing?");
  const snnvp_plugin_info* info = entry();
  check_info(info, shown);
  return *info;
}

}  // namespace snnvp
