// Diagnostics for programs: `ebb check --json`.
#pragma once

#include "graph/cli/json.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb {

// {"file": ..., "line": 3, "column": 5, "end_line": 3, "end_column": 12}, or null where there is no
// place. Lines and columns count from 1, columns in code points; the end is the place behind the
// last character.
Json to_json(const Span& span);
// {"severity": "error", "code": "E0101", "message": ..., "at": a place, "labels": [{"at": ...,
// "text": ...}], "stack": [{"call": ..., "at": ...}], "hints": [...], "fix": {"what": ..., "edits":
// [{"at": ..., "text": ...}]}}. Null: no code, no fix.
Json to_json(const Diagnostic& diagnostic);
Json to_json(const Diagnostics& diagnostics);
// What of a diagnostic an event has, named by its severity: {"event": "note", "message": ..., "at":
// a place, "hints": [...]}.
Json event_of(const Diagnostic& diagnostic);

}  // namespace ebb
