// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/search/search.h>

namespace snnvp::search {

/// Lets an optimiser outside choose the points: reads JSON lines from `in`, answers each on `out`.
///   {"id": 7, "params": {"rows": 8}}    {"id": 7, "values": {"latency": 1e-3, "area": 2.1}}    or {"id": 7, "error": "..."}
///   {"id": 0, "describe": true}         {"id": 0, "space": [...], "objectives": [...]}
/// Parameters go by name or key and must lie in the space; a range without steps takes any number between its ends. A point that breaks
/// a constraint over results has "broken" beside its values. Up to `options.jobs` points run at a time and are answered as they end, so
/// answers may come in another order. Ends with `in`, or when `out` is closed. False if a line got an error for an answer.
bool serve(const SearchFile& file, const SearchOptions& options, int in, int out);

}  // namespace snnvp::search
