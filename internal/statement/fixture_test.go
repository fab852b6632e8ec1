package statement_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	base = "3066177123"
	own  = "plan-own"
)

// run is the one of the plan own.
func run() *journal.Run {
	return &journal.Run{PlanRecord: apply.PlanRecord{PlanID: own, AcceptedAt: noon, FinishedAt: noon, Result: "through"}, Seq: 1, Finish: 9}
}

// entry is a payment over 125.00 EUR with actions.
func entry(actions ...plan.Action) *plan.Entry {
	return &plan.Entry{Source: "orders.yaml:7", Content: plan.Content{
		Payment: base + "_0", Currency: "EUR", Actions: actions,
		Have: plan.Observed{Exists: true, ID: base + "_0", Authorized: 12500, Currency: "EUR", MerchantReference: "order-1"},
	}}
}

func call(kind plan.Kind, ref string, amount int64) plan.Action {
	return plan.Action{Kind: kind, Op: spec.Op(kind), Ref: ref, Amount: amount, Attempt: 1, Key: plan.Key(string(kind) + ref)}
}

// record is one of a call, under the plan own.
func record(seq int64, a plan.Action, s plan.State, operationID string) journal.Record {
	r := journal.Record{Intent: plan.Intent{
		Seq: seq, Payment: base, Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: "EUR", Attempt: a.Attempt, Key: a.Key,
		PlanID: own, State: s, StateAt: noon, OperationID: operationID,
	}}
	if s != plan.StateIntended {
		r.Outcome = seq + 1
	}
	return r
}

// shows is a read of the payment with operations.
func shows(ops ...plan.Operation) *statement.Read {
	return &statement.Read{Payment: base, Have: plan.Observed{
		At: noon, Exists: true, ID: base + "_0", Authorized: 12500, Currency: "EUR",
		Operations: append([]plan.Operation{{ID: base + "_0", Op: "authorization", Amount: 12500, Code: 5, Standing: plan.Settled}}, ops...),
	}}
}

func operation(id string, op spec.Op, ref string, amount int64, s plan.Standing) plan.Operation {
	return plan.Operation{ID: id, Op: op, Ref: ref, Amount: amount, Code: 9, Standing: s}
}

// A store is a journal in memory.
type store struct {
	runs    []journal.Run
	bodies  map[string][]byte
	records map[string][]journal.Record
	calls   map[string]int64 // instead of those counted
}

func (s *store) RunsAt(_ context.Context, upTo int64) iter.Seq2[journal.Run, error] {
	return func(yield func(journal.Run, error) bool) {
		for _, r := range s.runs {
			if r.Seq <= upTo && !yield(r, nil) {
				return
			}
		}
	}
}

func (s *store) ReadPlan(_ context.Context, id string) (io.ReadCloser, error) {
	b, is := s.bodies[id]
	if !is {
		return nil, apply.ErrNoPlan
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (s *store) RecordsAt(_ context.Context, _ int64, bases []string) (map[string][]journal.Record, error) {
	found := map[string][]journal.Record{}
	for _, b := range bases {
		found[b] = s.records[b]
	}
	return found, nil
}

func (s *store) CallsAt(context.Context, int64) (map[string]int64, error) {
	if s.calls != nil {
		return s.calls, nil
	}
	calls := map[string]int64{}
	for _, all := range s.records {
		for _, r := range all {
			calls[r.PlanID]++
		}
	}
	return calls, nil
}

// applied stores a plan for these payments, each of which is to be captured
// over so much, as the n-th run.
func (s *store) applied(t testing.TB, n int, payments map[string]int64, order ...string) string {
	t.Helper()
	var file bytes.Buffer
	w, err := plan.NewWriter(&file, plan.Header{
		Created: noon, Environment: "test", Merchant: "shop", Expires: noon.Add(time.Hour), Nonce: fmt.Sprint(n), Tool: "t", Maker: "ada",
		Manifests: []plan.ManifestFile{{Name: "orders.yaml", SHA256: "ab"}},
	})
	require.NoError(t, err)
	for _, id := range order {
		pay := &spec.Payment{ID: spec.PaymentID(id + "_0"), Currency: "EUR", Pos: spec.Pos{File: "orders.yaml", Line: 7}}
		*pay.Desired(spec.Capture) = spec.Desired{Mode: spec.Total, Total: payments[id]}
		e := plan.Diff(pay, untouched(id), plan.Known{Env: plan.Env{Name: "test", Merchant: "shop"}})
		l, err := plan.Encode(&e)
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
		for _, a := range e.Content.Actions {
			if a.Kind.Calls() {
				s.records[id] = append(s.records[id], journal.Record{Intent: plan.Intent{
					Seq: int64(100*n + len(s.records)), Payment: id, Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: "EUR", Attempt: 1, Key: a.Key,
					State: plan.StateSettled, StateAt: noon, OperationID: id + "_1",
				}, Outcome: int64(100*n + 50)})
			}
		}
	}
	f, err := w.Close()
	require.NoError(t, err)
	for _, id := range order {
		for i := range s.records[id] {
			if r := &s.records[id][i]; r.PlanID == "" {
				r.PlanID = f.PlanID
			}
		}
	}
	s.bodies[f.PlanID] = file.Bytes()
	s.runs = append(s.runs, journal.Run{PlanRecord: apply.PlanRecord{
		PlanID: f.PlanID, AcceptedAt: noon.AddDate(0, 0, n), FinishedAt: noon.AddDate(0, 0, n), Result: "1 settled",
	}, Seq: int64(100 * n), Finish: int64(100*n + 99), Actor: "ada"})
	return f.PlanID
}

// untouched is a payment of 125.00 EUR.
func untouched(id string) plan.Observed {
	code, amount, yes := 5, int64(12500), true
	return plan.Observe(plan.Reading{
		ID: id + "_0", Amount: amount, Currency: "EUR", Code: code, Authorized: &yes, MerchantReference: "order-" + id,
		Operations: []plan.ReadOperation{{ID: id + "_0", Code: &code, Amount: &amount, Currency: "EUR"}},
	}, noon)
}

func newStore() *store {
	return &store{bodies: map[string][]byte{}, records: map[string][]journal.Record{}}
}

// reads are what the platform shows of the payments of a store: everything that
// is on record, settled.
func (s *store) reads(h statement.ReadsHeader, order ...string) []byte {
	var b bytes.Buffer
	_, err := statement.WriteReads(&b, h, func(yield func(statement.Read, error) bool) {
		for _, id := range order {
			have := untouched(id)
			for _, r := range s.records[id] {
				have.Operations = append(have.Operations, plan.Operation{ID: r.OperationID, Op: r.Op, Ref: r.Ref, Amount: r.Amount, Code: 9, Standing: plan.Settled})
			}
			if !yield(statement.Read{Payment: id, Have: have}, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (s *store) source(reads *statement.Reads) *statement.Source {
	return &statement.Source{Environment: "test", Merchant: "shop", Ref: plan.JournalRef{ID: "j-1", Seq: 1000}, Journal: s, Reads: reads, Workers: 2}
}
