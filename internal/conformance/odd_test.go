package conformance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// typed is an answer of a type.
func typed(status int, contentType, body string) answer {
	return answer{status, map[string]string{"Content-Type": contentType}, []byte(body)}
}

// oddAnswers gives both clients answers that no description has, and looks at what
// each makes of them.
func (w *witness) oddAnswers(t *testing.T, op *operation) {
	good := string(op.success(t, full.inJS()).body)
	reads := op.SuccessResponse != nil // a method without an answer ignores what comes
	if reads {
		w.loose(t, op, good)
	}
	for _, tt := range []struct {
		difference     string
		a              answer
		vendors, ours  string
		onlyWithAnswer bool
	}{
		{"", typed(200, "", good), success, success, true},
		{"", typed(200, "application/json; charset=utf-8", good), success, success, true},
		{"", typed(200, "Application/JSON", good), success, success, true},
		{"", typed(200, "application/problem+json", good), success, success, true},
		{"", typed(200, "text/html", "<html>"), unreadable, unreadable, false},
		{"", typed(200, "application/json", `{"id":"x`), unreadable, unreadable, true},
		{"", typed(502, "text/html", "<html>"), unreadable, unreadable, false},
		{"errors of others", typed(503, "application/json", `{"message":"no upstream"}`), refusal, unreadable, false},
		{"errors of others", typed(404, "", ""), refusal, unreadable, false},
		{"errors of others", answer{302, map[string]string{"Location": "/v2/elsewhere"}, nil}, refusal, unreadable, false},
		{"success without a body", typed(200, "", ""), success, unreadable, true},
		{"success without a body", typed(200, "application/json", " null "), success, unreadable, true},
		{"JSON under another type", typed(200, "text/plain", good), success, unreadable, true},
		{"JSON under another type", typed(200, "application/octet-stream", good), success, unreadable, true},
		{"values of another type", typed(200, "application/json", `[1]`), success, unreadable, true},
		{"bytes that are not UTF-8", typed(200, "application/json", "{\"x\":\"\xff\"}"), success, unreadable, true},
		{"a body that is not documented", typed(200, "application/json", `{"id":"x"}`), success, success, false},
	} {
		if tt.difference == "a body that is not documented" && reads || tt.onlyWithAnswer && !reads {
			continue
		}
		theirs, ours := w.ask(t, op, tt.a)
		require.Equal(t, tt.vendors, theirs.kind(), "%s, %q", tt.difference, tt.a.body)
		require.Equal(t, tt.ours, ours.kind(), "%s, %q: %v", tt.difference, tt.a.body, ours.err)
		if tt.difference != "" {
			w.differs(t, tt.difference, "%d %q", tt.a.status, tt.a.body)
		}
	}
	w.replays(t, op)
}

// loose gives both clients answers that hold more or less than documented.
func (w *witness) loose(t *testing.T, op *operation, good string) {
	t.Helper()
	nothing := missing(t, *op.SuccessResponse)
	if nothing != "{}" {
		w.differs(t, "required numbers that are missing", "%s", nothing)
	}
	unknown := `{"` + unknownField + `":{"a":[1]}}`
	theirs, ours := w.ask(t, op, says(200, []byte(unknown)))
	require.JSONEq(t, unknown, string(theirs.Response.Body))
	require.JSONEq(t, nothing, string(encoded(t, ours.out)))
	require.JSONEq(t, unknown, string(ours.resp.Body))
	w.differs(t, "fields that nobody knows yet", "%s", unknown)

	for wire, f := range api(t).Objects[*op.SuccessResponse].Fields {
		for value, name := range map[string]string{"null": "null", "[]": "empty lists"} {
			if value == "[]" && f.Type != "list" {
				continue
			}
			data := `{"` + wire + `":` + value + `}`
			theirs, ours := w.ask(t, op, says(200, []byte(data)))
			require.JSONEq(t, data, string(theirs.Response.Body))
			require.NoError(t, ours.err)
			require.JSONEq(t, nothing, string(encoded(t, ours.out)), wire)
			w.differs(t, name, "%s", data)
		}
	}
	theirs, ours = w.ask(t, op, says(200, body(t, *op.SuccessResponse, full)))
	sameJSON(t, body(t, *op.SuccessResponse, full), encoded(t, ours.out))
	if a, b := tree(t, theirs.Response.Body), tree(t, encoded(t, ours.out)); !cmp.Equal(a, b) {
		if cmp.Equal(byValue(a), byValue(b)) {
			w.differs(t, "digits of a number", "%s", good)
		} else {
			w.differs(t, "integers that JavaScript rounds", "%s", good)
		}
	}
}

// missing is what the SDK makes of an object without a field: a required number or
// bool is zero then.
func missing(t *testing.T, name string) string {
	t.Helper()
	out := map[string]any{}
	for wire, f := range api(t).Objects[name].Fields {
		switch {
		case f.Required && f.Type == "int32":
			out[wire] = 0
		case f.Required && f.Type == "bool":
			out[wire] = false
		}
	}
	return string(encoded(t, out))
}

// replays gives both clients the headers of a stored answer.
func (w *witness) replays(t *testing.T, op *operation) {
	t.Helper()
	a := op.success(t, minimal)
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header["X-GCS-Idempotence-Request-Timestamp"] = "1789000000123"
	a.header["IdempotencyResponseDatetime"] = "2026-09-18T10:14:58.123Z"
	theirs, ours := w.ask(t, op, a)
	require.Equal(t, "1789000000123", theirs.Idempotence.RequestTimestamp)
	require.EqualValues(t, 1789000000123, ours.info.Last().ReplayedAt.UnixMilli())
	require.Equal(t, theirs.Idempotence.ResponseDateTime, ours.resp.Header.Get("IdempotencyResponseDatetime"))
	w.differs(t, "IdempotencyResponseDatetime", "%s", theirs.Idempotence.ResponseDateTime)
}
