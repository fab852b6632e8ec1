package journal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// story records something of every kind, by two processes and of two
// merchants, over more numbers than are read at a time.
func story(t *testing.T, path string) {
	t.Helper()
	j := open(t, path, nil)
	mustAccept(t, j, apply.PlanRecord{PlanID: "p", ContentID: "c", AcceptedAt: noon, Expires: noon.Add(time.Hour), Payments: 3, Calls: 2, Approvals: []apply.Approval{
		{By: "cleo", How: apply.HowSignature, Statement: "plan p\r\n— cleo \t<&>\n", At: noon.Add(-time.Hour)},
		{By: "ada", How: apply.HowTerminal, At: noon},
	}}, "text of p")
	i := intent(1)
	i.Op, i.Ref, i.Final, i.Attempt, i.PlanID, i.At = spec.Refund, "rma-7", true, 2, "p", noon.Add(1500*time.Millisecond)
	seq, err := j.Intend(t.Context(), i)
	require.NoError(t, err)
	require.NoError(t, j.Conclude(seq, apply.Outcome{
		At: noon.Add(time.Second), State: plan.StateUnknown, Status: 502, ErrorID: "e-1", Message: `<"bad">`, BodySHA: [32]byte{1, 2, 255},
		Sends: []apply.Send{{At: noon, Failure: "timeout"}, {At: noon.Add(time.Nanosecond), Status: 502, ServerDate: noon}},
	})())
	require.NoError(t, j.Conclude(seq, apply.Outcome{
		At: noon.Add(time.Minute), State: plan.StateSettled, OperationID: "3000000001_1", Code: 8, Absent: true,
	})())
	j.NoteEcho(spec.Refund, "3000000001_1", noon)
	require.NoError(t, j.Finish(t.Context(), "p", "1 settled", noon.Add(time.Hour)))
	require.NoError(t, j.Close())

	other := open(t, path, func(c *journal.Config) { c.Merchant = "other" })
	record(t, other, ordered(1600)[1000:])
	require.NoError(t, other.Close())

	ben := open(t, path, func(c *journal.Config) { c.Actor, c.ToolVersion = "ben", "1.1.0" })
	mustAccept(t, ben, apply.PlanRecord{PlanID: "q"}, strings.Repeat("text of q", 50_000))
	mustAccept(t, ben, apply.PlanRecord{PlanID: "r", Approvals: []apply.Approval{{By: "ben", How: apply.HowAutoApprove}}}, "")
	require.NoError(t, ben.Close())
}

// exported is the export of a journal.
func exported(t *testing.T, path string) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, mustOpen(t, path, journal.ReadOnly).Export(t.Context(), &b))
	return b.String()
}

func TestExport(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		story(t, path)
		text := exported(t, path)
		key := string(intent(1).Key)
		const (
			ada = `"run":{"actor":"ada","tool_version":"1.0.0","at":"2026-11-22T12:00:00Z"}`
			ben = `"run":{"actor":"ben","tool_version":"1.1.0","at":"2026-11-22T12:00:00Z"}`
		)
		hash := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
		want := []string{
			`{"type":"header","format":"payreconcile-journal/1","journal":"` + mustOpen(t, path, journal.ReadOnly).Ref().ID +
				`","seq":1212,"environment":"test","merchant":"shop","exported_at":"2026-11-22T12:00:00Z"}`,
			`{"type":"plan","seq":1,` + ada + `,"plan_id":"p","content_id":"c","accepted_at":"2026-11-22T12:00:00Z","expires":"2026-11-22T13:00:00Z","payments":3,"calls":2,"size":9,"sha256":"` + hash("text of p") + `"}`,
			`{"type":"approval","seq":2,` + ada + `,"plan":1,"plan_id":"p","at":"2026-11-22T11:00:00Z","by":"cleo","how":"signature","statement":"plan p\r\n— cleo \t\u003c\u0026\u003e\n"}`,
			`{"type":"approval","seq":3,` + ada + `,"plan":1,"plan_id":"p","at":"2026-11-22T12:00:00Z","by":"ada","how":"terminal","statement":""}`,
			`{"type":"intent","seq":4,` + ada + `,"at":"2026-11-22T12:00:01.5Z","payment":"3000000001","op":"refund","ref":"rma-7","amount":12500,"currency":"EUR","final":true,"attempt":2,"key":"` + key + `","plan_id":"p"}`,
			`{"type":"outcome","seq":5,` + ada + `,"intent":4,"at":"2026-11-22T12:00:01Z","state":"unknown","operation_id":"","code":0,"status":502,"error_id":"e-1","message":"\u003c\"bad\"\u003e","body_sha256":"0102ff` + strings.Repeat("0", 58) + `","absent":false,"sent_at":"2026-11-22T12:00:00.000000001Z","evidence":[{"at":"2026-11-22T12:00:00Z","failure":"timeout"},{"at":"2026-11-22T12:00:00.000000001Z","status":502,"server_date":"2026-11-22T12:00:00Z"}]}`,
			`{"type":"outcome","seq":6,` + ada + `,"intent":4,"at":"2026-11-22T12:01:00Z","state":"settled","operation_id":"3000000001_1","code":8,"status":0,"error_id":"","message":"","body_sha256":"","absent":true,"sent_at":null,"evidence":[]}`,
			`{"type":"echo","seq":7,` + ada + `,"op":"refund","operation_id":"3000000001_1","at":"2026-11-22T12:00:00Z"}`,
			`{"type":"finish","seq":8,` + ada + `,"plan":1,"plan_id":"p","at":"2026-11-22T13:00:00Z","result":"1 settled"}`,
			`{"type":"plan","seq":1209,` + ben + `,"plan_id":"q","content_id":"","accepted_at":"2026-11-22T12:00:00Z","expires":null,"payments":0,"calls":0,"size":450000,"sha256":"` + hash(strings.Repeat("text of q", 50_000)) + `"}`,
			`{"type":"plan","seq":1210,` + ben + `,"plan_id":"r","content_id":"","accepted_at":"2026-11-22T12:00:00Z","expires":null,"payments":0,"calls":0,"size":0,"sha256":"` + hash("") + `"}`,
			`{"type":"approval","seq":1211,` + ben + `,"plan":1210,"plan_id":"r","at":null,"by":"ben","how":"auto-approve","statement":""}`,
			`{"type":"finish","seq":1212,` + ben + `,"plan":1209,"plan_id":"q","at":"2026-11-22T12:00:00Z","result":"superseded by plan r"}`,
		}
		sum := hash(strings.Join(want, "\n") + "\n")
		want = append(want, `{"type":"footer","records":12,"intents":1,"outcomes":2,"plans":3,"finishes":2,"echoes":1,"approvals":3,"events":0,"sha256":"`+sum+`"}`, "")
		if diff := cmp.Diff(want, strings.Split(text, "\n")); diff != "" {
			t.Errorf("export (-want +got):\n%s", diff)
		}
		for line := range strings.Lines(text) {
			require.True(t, json.Valid([]byte(line)))
		}
	})
}

// The same records give the same bytes, whatever the journal is kept in.
func TestExportAlike(t *testing.T) {
	t.Parallel()
	file, dsn := filepath.Join(t.TempDir(), "j.db"), pgtest.DSN(t)
	story(t, file)
	story(t, dsn)
	anonymous := func(path string) []string {
		id := mustOpen(t, path, journal.ReadOnly).Ref().ID
		lines := strings.Split(strings.ReplaceAll(exported(t, path), id, "j"), "\n")
		return lines[:len(lines)-2] // the footer's sum is of the id too
	}
	if diff := cmp.Diff(anonymous(file), anonymous(dsn)); diff != "" {
		t.Errorf("exports (-file +server):\n%s", diff)
	}
}

// What is recorded while an export runs is not in it, and what fails is said.
func TestExportMeanwhile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		j := mustOpen(t, fresh(t), journal.Write)
		act(t, j, 0)
		n := 0
		var text bytes.Buffer
		w := writerFunc(func(b []byte) (int, error) {
			n++
			act(t, j, n)
			return text.Write(b)
		})
		require.NoError(t, j.Export(t.Context(), w))
		require.Equal(t, 4, n, "a header, an intent, an outcome and a footer")
		require.Contains(t, text.String(), `"records":2,`)

		full := errors.New("no room")
		err := j.Export(t.Context(), writerFunc(func([]byte) (int, error) { return 0, full }))
		require.ErrorIs(t, err, full)
		require.ErrorContains(t, err, "export journal "+j.Path()+": no room")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, j.Export(ctx, io.Discard), context.Canceled)
	})
}

// writerFunc is a writer that is a function.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
