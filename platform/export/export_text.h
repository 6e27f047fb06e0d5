// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

// Pieces of text the exporters share.
namespace snnvp::exporting {

/// "models.pe_array" -> "pe_array": the last part names the block.
std::string short_name(const std::string& kind);
std::string upper(std::string text);
/// A name that C, device trees and linker scripts take: other characters become `_`, a leading digit gets one before it.
std::string identifier(const std::string& text);
/// Text inside an XML element or attribute.
std::string xml(const std::string& text);
/// A text that cannot end a C comment.
std::string comment(std::string text);
/// A text that stays inside its cell of a Markdown table.
std::string cell(const std::string& text);
/// "16 MiB" where it is whole, else bytes in hexadecimal.
std::string bytes_text(std::uint64_t bytes);

}  // namespace snnvp::exporting
