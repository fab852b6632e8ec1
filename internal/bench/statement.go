package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// statement measures statements over a made-up journal of a plan with so many
// captures, and reads of all its payments.
func (b *bench) statement() error {
	w := statementWorld{n: b.large, now: time.Now().UTC().Truncate(time.Second)}
	path, reads := b.path("journal.db"), b.path("reads")
	if err := w.write(path, reads, b.path("plan")); err != nil {
		return err
	}
	for _, form := range []string{"text", "csv", "json", "html"} {
		out := b.path("statement." + form)
		cmd := exec.Command(b.binary, "statement", "--reads", reads, "--format", form, "--out", out)
		cmd.Env = append(os.Environ(), "PAYRECONCILE_ENVIRONMENT=bench", "PAYRECONCILE_MERCHANT_ID="+merchant, "PAYRECONCILE_JOURNAL="+path)
		took, err := timed(cmd)
		if err != nil {
			return err
		}
		fmt.Printf("%-46s %6.0f MiB peak, %v, %.1f MB\n", fmt.Sprintf("statement of %d movements, %s", w.n, form),
			float64(maxRSS(cmd.ProcessState))/(1<<20), took.Round(100*time.Millisecond), float64(size(out))/1e6)
		_ = os.Remove(out)
	}
	return nil
}

// A statementWorld is a plan of n captures that were all made.
type statementWorld struct {
	n   int
	now time.Time
}

func (w statementWorld) write(path, reads, file string) (err error) {
	j, err := journal.Open(context.Background(), journal.Config{
		Path: path, Environment: "bench", Merchant: merchant, Mode: journal.Write, Actor: "bench", ToolVersion: "bench",
		Now: func() time.Time { return w.now },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	id, err := w.accept(j, file)
	if err != nil {
		return err
	}
	if err := w.record(j, id); err != nil {
		return err
	}
	if err := j.Finish(context.Background(), id, "all settled", w.now); err != nil {
		return err
	}
	f, err := os.Create(reads)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	_, err = statement.WriteReads(out, statement.ReadsHeader{
		Environment: "bench", Merchant: merchant, Plans: []string{id}, Journal: plan.JournalRef{ID: j.Ref().ID, Seq: j.Ref().Seq},
	}, w.reads())
	return errors.Join(err, out.Flush(), f.Close())
}

// accept writes the plan and stores it.
func (w statementWorld) accept(j *journal.Journal, file string) (id string, err error) {
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(file)) }()
	h := plan.Header{Created: w.now, Environment: "bench", Expires: w.now.Add(time.Hour), Merchant: merchant, Nonce: "n", Tool: "bench", Journal: j.Ref()}
	buffered := bufio.NewWriterSize(f, 64<<10)
	pw, err := plan.NewWriter(buffered, h)
	if err != nil {
		return "", err
	}
	for i := range w.n {
		l, err := plan.Encode(w.entry(i))
		if err == nil {
			err = pw.Write(l)
		}
		if err != nil {
			return "", err
		}
	}
	footer, err := pw.Close()
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", err
	}
	_, _, err = apply.Accept(context.Background(), j, f, h.Env(), apply.Permit{}, w.now)
	return footer.PlanID, err
}

func (w statementWorld) observed(i int) plan.Observed {
	id := fmt.Sprintf("%d", firstID+i)
	code, five, amount := 5, 5, int64(12500)
	return plan.Observe(plan.Reading{
		ID: id + "_0", Amount: amount, Currency: "EUR", Code: code, Authorized: new(true), MerchantReference: fmt.Sprintf("order-%d", i),
		Operations: []plan.ReadOperation{{ID: id + "_0", Code: &five, Amount: &amount, Currency: "EUR"}},
	}, w.now)
}

func (w statementWorld) entry(i int) *plan.Entry {
	pay := &spec.Payment{ID: spec.PaymentID(fmt.Sprintf("%d_0", firstID+i)), Currency: "EUR"}
	*pay.Desired(spec.Capture) = spec.Desired{Mode: spec.Total, Total: 12500}
	e := plan.Diff(pay, w.observed(i), plan.Known{Env: plan.Env{Name: "bench", Merchant: merchant}})
	return &e
}

// record records every capture, and that it settled.
func (w statementWorld) record(j *journal.Journal, id string) error {
	var next, failed atomic.Int64
	var g sync.WaitGroup
	for range 128 {
		g.Go(func() {
			for i := next.Add(1) - 1; i < int64(w.n); i = next.Add(1) - 1 {
				e := w.entry(int(i))
				a := e.Content.Actions[0]
				in := plan.Intent{
					Payment: e.Content.Payment.Base(), Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: "EUR", Final: a.Final,
					Attempt: a.Attempt, Key: a.Key, PlanID: id, At: w.now,
				}
				seq, err := j.Intend(context.Background(), in)
				if err == nil {
					err = j.Conclude(seq, apply.Outcome{
						At: w.now, State: plan.StateSettled, OperationID: in.Payment + "_1", Code: 9, Status: 201,
						Sends: []apply.Send{{At: w.now, Status: 201}},
					})()
				}
				if err != nil {
					failed.Add(1)
					return
				}
			}
		})
	}
	g.Wait()
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d captures could not be recorded", n)
	}
	return nil
}

// reads are the payments with their captures.
func (w statementWorld) reads() iter.Seq2[statement.Read, error] {
	return func(yield func(statement.Read, error) bool) {
		for i := range w.n {
			o := w.observed(i)
			e := w.entry(i)
			capture := plan.Operation{ID: e.Content.Payment.Base() + "_1", Op: spec.Capture, Amount: 12500, Code: 9, Ref: e.Content.Actions[0].Ref, Standing: plan.Settled}
			o.Operations = append(o.Operations, capture)
			o.Totals.Captured = 12500
			if !yield(statement.Read{Payment: e.Content.Payment.Base(), Have: o}, nil) {
				return
			}
		}
	}
}
