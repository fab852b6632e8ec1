package render_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A ledger is a journal in memory, of two runs, and what the platform shows of
// their payments. Wherever text can be, it holds the text that it was made with.
type ledger struct {
	t       testing.TB
	text    string
	runs    []journal.Run
	bodies  map[string][]byte
	records map[string][]journal.Record
	seen    []statement.Read
	seq     int64
}

func (l *ledger) RunsAt(context.Context, int64) iter.Seq2[journal.Run, error] {
	return func(yield func(journal.Run, error) bool) {
		for _, r := range l.runs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (l *ledger) ReadPlan(_ context.Context, id string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.bodies[id])), nil
}

func (l *ledger) RecordsAt(_ context.Context, _ int64, bases []string) (map[string][]journal.Record, error) {
	return l.records, nil
}

func (l *ledger) CallsAt(context.Context, int64) (map[string]int64, error) {
	calls := map[string]int64{}
	for _, all := range l.records {
		for _, r := range all {
			calls[r.PlanID]++
		}
	}
	return calls, nil
}

// A fate is what became of a payment: what the journal and the platform say.
type fate struct {
	id       string
	ref      string // of what is declared; "" is the text
	amount   int64
	state    plan.State // "" is not sent
	message  string
	standing plan.Standing // "" is not shown
	code     int
	unknown  bool
}

// observed is a payment of 125.00 in a currency.
func (l *ledger) observed(id string, c spec.Currency) plan.Observed {
	five, amount, yes := 5, int64(12500), true
	return plan.Observe(plan.Reading{
		ID: id + "_0", Amount: amount, Currency: c, Code: 5, Authorized: &yes, MerchantReference: l.text,
		Operations: []plan.ReadOperation{{ID: id + "_0", Code: &five, Amount: &amount, Currency: c}},
	}, noon)
}

// apply stores a run of captures.
func (l *ledger) apply(at time.Time, c spec.Currency, fates ...fate) {
	l.t.Helper()
	env := plan.Env{Name: "test", Merchant: "shop-eu", CaptureUnit: plan.CaptureUnitMinor}
	var file bytes.Buffer
	w, err := plan.NewWriter(&file, plan.Header{
		Created: at.Add(-time.Minute), Environment: env.Name, Merchant: env.Merchant, CaptureUnit: env.CaptureUnit, Expires: at.Add(time.Hour), Nonce: fmt.Sprint(at.Unix()), Tool: "t",
		Maker: l.text, Policy: l.text, Approvers: l.text, Manifests: []plan.ManifestFile{{Name: l.text, SHA256: l.text}},
	})
	require.NoError(l.t, err)
	l.seq++
	r := journal.Run{PlanRecord: apply.PlanRecord{
		AcceptedAt: at, FinishedAt: at.Add(time.Minute), Result: l.text,
		Approvals: []apply.Approval{{By: l.text, How: apply.HowSignature, At: at.Add(-time.Second)}},
	}, Seq: l.seq, Actor: l.text}
	var records []*journal.Record
	for _, f := range fates {
		e := l.entry(env, c, f)
		line, err := plan.Encode(e)
		require.NoError(l.t, err)
		require.NoError(l.t, w.Write(line))
		if rec := l.record(e, f, at); rec != nil {
			l.records[f.id] = append(l.records[f.id], *rec)
			records = append(records, &l.records[f.id][len(l.records[f.id])-1])
		}
		l.see(e, f)
	}
	footer, err := w.Close()
	require.NoError(l.t, err)
	r.PlanID, r.ContentID = footer.PlanID, footer.ContentID
	for _, rec := range records {
		rec.PlanID = footer.PlanID
	}
	l.seq++
	r.Finish = l.seq
	l.bodies[r.PlanID], l.runs = file.Bytes(), append(l.runs, r)
}

func (l *ledger) entry(env plan.Env, c spec.Currency, f fate) *plan.Entry {
	ref := f.ref
	if ref == "" {
		ref = strings.ToValidUTF8("ref "+l.text, "?")
	}
	pay := &spec.Payment{ID: spec.PaymentID(f.id + "_0"), Currency: c, Manifest: &spec.Manifest{}, Pos: spec.Pos{File: l.text, Line: 7}}
	*pay.Desired(spec.Capture) = spec.Desired{Mode: spec.Items, Items: []spec.Item{{Ref: ref, Amount: f.amount}}}
	e := plan.Diff(pay, l.observed(f.id, c), plan.Known{Env: env})
	return &e
}

func (l *ledger) record(e *plan.Entry, f fate, at time.Time) *journal.Record {
	if f.state == "" {
		return nil
	}
	a := e.Content.Actions[0]
	l.seq += 2
	r := &journal.Record{Intent: plan.Intent{
		Seq: l.seq - 1, Payment: f.id, Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: e.Content.Currency, Attempt: a.Attempt, Key: a.Key,
		State: f.state, StateAt: at.Add(time.Second), OperationID: f.id + "_1", Message: f.message,
	}, Outcome: l.seq}
	if strings.HasPrefix(f.message, "done") || f.state == plan.StateUnknown {
		r.OperationID = ""
	}
	return r
}

func (l *ledger) see(e *plan.Entry, f fate) {
	have := l.observed(f.id, e.Content.Currency)
	have.At = noon.Add(time.Hour)
	switch {
	case f.unknown:
		have = plan.Observed{At: have.At}
	case f.standing != "":
		have.Operations = append(have.Operations, plan.Operation{ID: f.id + "_1", Op: spec.Capture, Ref: e.Content.Actions[0].Ref, Amount: f.amount, Code: f.code, Standing: f.standing})
	}
	l.seen = append(l.seen, statement.Read{Payment: f.id, Have: have})
}

// statementOf is a statement of everything that can become of money.
func statementOf(t testing.TB, text string, offline bool) *statement.Statement {
	t.Helper()
	l := &ledger{t: t, text: text, bodies: map[string][]byte{}, records: map[string][]journal.Record{}}
	l.apply(noon, "EUR",
		fate{id: "3066177123", amount: 8000, state: plan.StateSettled, standing: plan.Settled, code: 9},
		fate{id: "3066177124", ref: "a", amount: 1309, state: plan.StateAccepted, standing: plan.Refused, code: 93},
		fate{id: "3066177125", ref: "a", amount: 12500, state: plan.StateAccepted, standing: plan.Settled, code: 9},
		fate{id: "3066177126", ref: "a", amount: 500, state: plan.StateAccepted, standing: plan.Requested, code: 91},
		fate{id: "3066177127", ref: "a", amount: 501, state: plan.StateUnknown, message: "no answer after 4 sends " + text},
		fate{id: "3066177128", ref: "a", amount: 502, state: plan.StateSettled, message: "done, by the word of ben: seen in the portal " + text},
		fate{id: "3066177129", ref: "a", amount: 503, state: plan.StateRefused, message: "the platform refused it: 300051 (HTTP 400) " + text},
		fate{id: "3066177130", ref: "a", amount: 504, state: plan.StateWithdrawn, message: "nothing was sent " + text},
		fate{id: "3066177131", ref: "a", amount: 505},
		fate{id: "3066177132", ref: "a", amount: 13000},
		fate{id: "3066177133", ref: "a", amount: 506, state: plan.StateSettled, unknown: true},
	)
	l.apply(noon.AddDate(0, 0, 1), "JPY", fate{id: "3066177140", ref: "a", amount: 1200, state: plan.StateSettled, standing: plan.Settled, code: 9})
	src := &statement.Source{Environment: "test", Merchant: "shop-eu", Ref: plan.JournalRef{ID: "JRN7Q2", Seq: l.seq}, Journal: l, Workers: 1, Period: statement.Period{Since: noon.AddDate(0, 0, -21)}}
	if !offline {
		var b bytes.Buffer
		_, err := statement.WriteReads(&b, statement.ReadsHeader{Environment: "test", Merchant: "shop-eu"}, func(yield func(statement.Read, error) bool) {
			for _, r := range l.seen {
				if !yield(r, nil) {
					return
				}
			}
		})
		require.NoError(t, err)
		src.Reads, err = statement.OpenReads(bytes.NewReader(b.Bytes()), int64(b.Len()))
		require.NoError(t, err)
	}
	st, err := statement.Make(context.Background(), src, l.runs, 500)
	require.NoError(t, err)
	return st
}
