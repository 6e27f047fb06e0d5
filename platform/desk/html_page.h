// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// Pieces of a page that needs nothing but itself: style, script and data are inside, and a content security policy forbids every request.
namespace snnvp::desk {

/// Text as HTML.
std::string escaped(const std::string& text);

/// A cell of a table: what is read, and the number it sorts by.
struct Cell {
  std::string text;
  std::string sort;        ///< a number as text; empty: sorts as text
  const char* style = "";  ///< text, long
};
/// A number for people with its exact value to sort by; an empty cell for null.
Cell number_cell(const nlohmann::ordered_json& value);
Cell text_cell(const std::string& text);
Cell long_cell(const std::string& text);

/// A sortable table with a caption for screen readers; `id` is unique on the page. `filter`: a field above it filters the rows.
std::string table_html(const std::string& id, const std::string& caption, const std::vector<std::string>& head,
                       const std::vector<std::vector<Cell>>& rows, bool filter);

/// A place for a chart, drawn from `data.charts[id]`.
std::string chart_html(const std::string& id, const std::string& caption);

/// A headline number.
std::string tile_html(const std::string& value, const std::string& about);

/// The whole page. `data` is what the script reads; `with_charts` embeds Chart.js.
std::string page_html(const std::string& title, const std::string& header, const std::string& body, const nlohmann::ordered_json& data);

}  // namespace snnvp::desk
