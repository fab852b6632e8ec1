package journal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A record writes the line that json.Marshal would.
func TestLineOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.String().Draw(t, name) }
		number := func(name string) int64 { return rapid.Int64().Draw(t, name) }
		at := func(name string) stamp {
			if n := rapid.Int64().Draw(t, name); n%3 != 0 {
				return stamp(time.Unix(0, n).UTC())
			}
			return stamp{}
		}
		head := exportHead{Type: text("type"), Seq: number("seq"), Run: exportRun{text("actor"), text("version"), at("begun")}}
		for _, x := range []exportRecord{
			&exportIntent{
				exportHead: head, At: at("at"), Payment: text("payment"), Op: text("op"), Ref: text("ref"), Amount: number("amount"),
				Currency: text("currency"), Final: rapid.Bool().Draw(t, "final"), Attempt: number("attempt"), Key: text("key"), PlanID: text("plan"),
			},
			&exportOutcome{
				exportHead: head, Intent: number("intent"), At: at("at"), State: text("state"), OperationID: text("operation"), Code: number("code"),
				Status: number("status"), ErrorID: text("error"), Message: text("message"), BodySHA256: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
				Absent: rapid.Bool().Draw(t, "absent"), SentAt: at("sent"),
				Evidence: evidence(rapid.SampledFrom([]string{"", "[]", `[ {"at": "<ü>"} ]`, `[{"status":201}]`}).Draw(t, "evidence")),
			},
		} {
			want, err := json.Marshal(x)
			require.NoError(t, err)
			got, err := lineOf(x)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
		}
	})
	_, err := lineOf(&exportOutcome{Evidence: "[}"})
	require.ErrorContains(t, err, "is no JSON")
}
