// Diagnostics for programs: `ebb check --json`.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb {

// {"severity": "error", "code": "E0101", "message": ..., "at": {"file": ..., "line": 3, "column":
// 5, "end_line": 3, "end_column": 12}, "labels": [{"at": ..., "text": ...}], "stack": [{"call":
// ..., "at": ...}], "hints": [...], "fix": {"what": ..., "edits": [{"at": ..., "text": ...}]}}.
// Lines and columns count from 1, columns in code points; the end is the place behind the last
// character. Null: no place, no code, no fix.
Json to_json(const Diagnostic& diagnostic);
Json to_json(const Diagnostics& diagnostics);

}  // namespace ebb
