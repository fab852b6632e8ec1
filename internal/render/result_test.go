package render_test

import (
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// summary is a run that ended in everything that can go wrong.
func summary() apply.Summary {
	return apply.Summary{
		PlanID: "9f8e7d6c5b4a39281706f5e4d3c2b1a0", Started: noon, Finished: noon.Add(72 * time.Second), Payments: 6,
		Counts: map[apply.Status]int64{
			apply.StatusSettled: 1, apply.StatusAccepted: 1, apply.StatusRefused: 1, apply.StatusUnknown: 1,
			apply.StatusStale: 1, apply.StatusSkipped: 1, apply.StatusBlocked: 1,
		},
		Money: []apply.Moved{
			{Currency: "JPY", Op: spec.Capture, Status: apply.StatusSettled, Count: 1, Amount: 1200},
			{Currency: "EUR", Op: spec.Refund, Status: apply.StatusAccepted, Count: 1, Amount: 2000},
			{Currency: "EUR", Op: spec.Capture, Status: apply.StatusSettled, Count: 12400, Amount: 456789},
			{Currency: "EUR", Op: spec.Refund, Status: apply.StatusUnknown, Count: 1, Amount: 1250},
		},
		Unsent: 1, Stopped: "stopped after a failure",
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	golden(t, "results.txt", lines(t, func(w io.Writer) error {
		for _, r := range results() {
			if err := render.Result(w, r, render.Style{Width: 80}); err != nil {
				return err
			}
		}
		return render.Summary(w, summary(), render.Style{Width: 80})
	}))
}

// What a run says to do next, and that it says so only when it helps.
func TestNext(t *testing.T) {
	t.Parallel()
	const (
		resumeDoubt = "next: run payreconcile resume; it settles what is in doubt before anything else moves\n"
		resume      = "next: run payreconcile resume; it makes the calls that were not made\n"
		again       = "next: plan again to see what is left of the payments that were not made as declared\n"
		later       = "next: plan again later: the platform is still working on 1 call\n"
		keys        = "next: check key id, secret, merchant and environment: the platform refused them\n"
	)
	of := func(s apply.Status) map[apply.Status]int64 { return map[apply.Status]int64{s: 1} }
	for name, tt := range map[string]struct {
		sum  apply.Summary
		want []string
	}{
		"settled":     {apply.Summary{Counts: of(apply.StatusSettled), Complete: true}, nil},
		"accepted":    {apply.Summary{Counts: of(apply.StatusAccepted), Complete: true}, []string{later}},
		"refused":     {apply.Summary{Counts: of(apply.StatusRefused), Complete: true}, []string{again}},
		"stale":       {apply.Summary{Counts: of(apply.StatusStale), Complete: true}, []string{again}},
		"in doubt":    {apply.Summary{Counts: of(apply.StatusUnknown), Unsent: 3}, []string{resumeDoubt}},
		"interrupted": {apply.Summary{Counts: of(apply.StatusSettled), Interrupt: true, Unsent: 2}, []string{resume}},
		"credentials": {apply.Summary{Counts: of(apply.StatusUnknown), Credential: true}, []string{keys, resumeDoubt}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := lines(t, func(w io.Writer) error { return render.Summary(w, tt.sum, render.Style{}) })
			for _, step := range []string{resumeDoubt, resume, again, later, keys} {
				if contains(tt.want, step) {
					require.Contains(t, got, step)
				} else {
					require.NotContains(t, got, step)
				}
			}
		})
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

func TestFaults(t *testing.T) {
	t.Parallel()
	golden(t, "faults.txt", lines(t, func(w io.Writer) error {
		return render.Faults(w, spec.Errors{
			{Pos: spec.Pos{File: "orders.yaml", Line: 12, Col: 5}, Path: "spec.payments[3].captured", Msg: `amount "12500" has no decimals`, Hint: "write 12500.00, or 125.00 if these were cents"},
			{Pos: spec.Pos{File: "PAYRECONCILE_ENDPOINT"}, Msg: "sends payments unencrypted", Hint: "write https"},
			{Msg: "3 more faults are not listed"},
		}, render.Style{})
	}))
}

func intents(list ...plan.Intent) iter.Seq2[plan.Intent, error] {
	return func(yield func(plan.Intent, error) bool) {
		for _, i := range list {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// history is an intent in each of the states that read differently.
func history() []plan.Intent {
	of := func(seq int64, ref string, s plan.State) plan.Intent {
		return plan.Intent{
			Seq: seq, Payment: "3066177123", Op: spec.Refund, Ref: ref, Amount: 2000, Currency: "EUR", Attempt: 1, Key: key,
			PlanID: "9f8e7d6c5b4a39281706", At: noon, State: s, StateAt: noon.Add(time.Second),
		}
	}
	settled := of(12, "rma-1", plan.StateSettled)
	settled.OperationID, settled.Code = "3066177123_3", 8
	final := of(1300, "ship-2", plan.StateAccepted)
	final.Op, final.Final, final.Attempt, final.Amount = spec.Capture, true, 2, 450000
	unknown := of(1302, "rma-4", plan.StateUnknown)
	unknown.LastSendAt, unknown.Absent = noon.Add(time.Minute), []time.Time{noon.Add(time.Hour)}
	return []plan.Intent{settled, final, of(1301, "rma-3", plan.StateIntended), unknown, of(1303, "rma-5", plan.StateRefused), of(1304, "rma-6", plan.StateWithdrawn)}
}

func recorded(i plan.Intent) ([]render.Event, error) {
	if i.Seq != 1302 {
		return nil, nil
	}
	return []render.Event{
		{Seq: 1302, Actor: "ci@runner", ToolVersion: "1.0.0", Outcome: apply.Outcome{At: noon, State: plan.StateIntended}},
		{Seq: 1310, Actor: "ci@runner", ToolVersion: "1.0.0", Outcome: apply.Outcome{
			At: noon.Add(time.Minute), State: plan.StateUnknown, Status: 503, ErrorID: "7f1c", Code: 82, OperationID: "3066177123_4",
			Message: "no usable answer after 2 sends (HTTP 503)", BodySHA: [32]byte{1, 2, 3}, Absent: true,
			Sends: []apply.Send{
				{At: noon.Add(time.Second), Failure: "timeout"},
				{At: noon.Add(5 * time.Second), Status: 503, ErrorID: "7f1c", Replayed: noon.Add(time.Second), ServerDate: noon.Add(4 * time.Second)},
				{At: noon.Add(9 * time.Second)},
			},
		}},
	}, nil
}

// begun are plans of history, and some more.
func begun(of map[string]bool) iter.Seq2[apply.PlanRecord, error] {
	return func(yield func(apply.PlanRecord, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(of)) {
			if !yield(apply.PlanRecord{
				PlanID: id, ContentID: "c0ffee", AcceptedAt: noon, Expires: noon.Add(24 * time.Hour), Payments: 4, Calls: 6,
				Approvals: []apply.Approval{
					{By: "ada", How: apply.HowSignature, Statement: "payreconcile plan\r\n\n— ada ABCD=\n", At: noon.Add(-time.Hour)},
					{By: "ben blue", How: apply.HowTerminal, At: noon},
				},
			}, nil) {
				return
			}
		}
		yield(apply.PlanRecord{
			PlanID: "0123456789abcdef", ContentID: "c0ffee", AcceptedAt: noon.Add(-time.Hour),
			FinishedAt: noon, Result: apply.SupersededBy("9f8e7d6c5b4a39281706"), Payments: 1,
		}, nil)
	}
}

func TestIntents(t *testing.T) {
	t.Parallel()
	golden(t, "journal.txt", lines(t, func(w io.Writer) error {
		return render.Intents(w, intents(history()...), render.IntentOptions{Plans: begun})
	}))
	golden(t, "journal_verbose.txt", lines(t, func(w io.Writer) error {
		return render.Intents(w, intents(history()...), render.IntentOptions{Verbose: true, Events: recorded, Notices: noticed, Plans: begun})
	}))
	require.Equal(t, "No calls.\n", lines(t, func(w io.Writer) error { return render.Intents(w, intents(), render.IntentOptions{}) }))
}

func TestIntentsPassErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	list := func(yield func(plan.Intent, error) bool) {
		_ = yield(history()[0], nil) && yield(plan.Intent{}, broken)
	}
	require.ErrorIs(t, render.Intents(io.Discard, list, render.IntentOptions{}), broken)
	require.ErrorIs(t, render.IntentsJSON(io.Discard, plan.JournalRef{}, list, render.IntentOptions{}), broken)
	fails := func(plan.Intent) ([]render.Event, error) { return nil, broken }
	require.ErrorIs(t, render.Intents(io.Discard, intents(history()...), render.IntentOptions{Verbose: true, Events: fails}), broken)
	require.ErrorIs(t, render.IntentsJSON(io.Discard, plan.JournalRef{}, intents(history()...), render.IntentOptions{Verbose: true, Events: fails}), broken)
	none := render.IntentOptions{Plans: func(map[string]bool) iter.Seq2[apply.PlanRecord, error] {
		return func(yield func(apply.PlanRecord, error) bool) { yield(apply.PlanRecord{}, broken) }
	}}
	require.ErrorIs(t, render.Intents(io.Discard, intents(), none), broken)
	require.ErrorIs(t, render.IntentsJSON(io.Discard, plan.JournalRef{}, intents(), none), broken)
	require.ErrorContains(t, render.Intents(full{}, intents(history()...), render.IntentOptions{}), "no space left")
	require.ErrorContains(t, render.IntentsJSON(full{}, plan.JournalRef{}, intents(history()...), render.IntentOptions{}), "no space left")
}
