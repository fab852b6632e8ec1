package main

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// audit measures the audit log: its head after a run, against an apply of as many
// payments, and verifying a large one.
func (b *bench) audit() error {
	if err := b.auditAfterApply(); err != nil {
		return err
	}
	p := &platform{url: "http://127.0.0.1:1"} // which nothing here asks
	path := b.path("journal.db")
	if err := fill(path, b.large/2); err != nil {
		return err
	}
	log, proof := b.path("log.jsonl"), b.path("proof.json")
	movement := strconv.Itoa(firstID+b.large/4) + "/capture/ship-1"
	for _, x := range []struct {
		what string
		args []string
	}{
		{"audit head, all at once", []string{"head"}},
		{"audit verify, the journal", []string{"verify"}},
		{"audit export", []string{"export", "--out", log}},
		{"audit verify, the export", []string{"verify", log}},
		{"audit prove", []string{"prove", movement, "--out", proof}},
		{"audit check", []string{"check", proof}},
	} {
		cmd := b.command(p, path, append([]string{"audit"}, x.args...)...)
		took, err := timed(cmd)
		if err != nil {
			return err
		}
		fmt.Printf("%-46s %6.0f MiB peak, %v, %.0f records/s\n", fmt.Sprintf("%s, %d records", x.what, b.large),
			float64(maxRSS(cmd.ProcessState))/(1<<20), took.Round(time.Millisecond), float64(b.large)/took.Seconds())
	}
	return nil
}

// auditAfterApply measures what a head costs after an apply, as a part of the
// whole: in time, and in what both use of the processors.
func (b *bench) auditAfterApply() error {
	manifest, err := b.manifest("short", b.payments)
	if err != nil {
		return err
	}
	var took, used []float64
	var head time.Duration
	for range min(b.pairs, 5) {
		whole, err := b.applyOnce(manifest)
		if err != nil {
			return err
		}
		filled := b.path("journal.db")
		if err := fill(filled, b.payments); err != nil {
			return err
		}
		alone, err := b.spent(b.command(&platform{url: "http://127.0.0.1:1"}, filled, "audit", "head"))
		if err != nil {
			return err
		}
		took = append(took, (whole.took-alone.took).Seconds()/whole.took.Seconds())
		used = append(used, (whole.used-alone.used).Seconds()/whole.used.Seconds())
		head = alone.used
	}
	report("apply, without its audit head to with it", median(took), "(%.2f by processor time; the head used %v, for %d payments)",
		median(used), head.Round(time.Millisecond), b.payments)
	return nil
}

// applyOnce applies a plan on a platform of its own.
func (b *bench) applyOnce(manifest string) (spent, error) {
	p, err := b.platform("stub", b.payments, 0)
	if err != nil {
		return spent{}, err
	}
	defer p.stop()
	path, planned := b.path("journal.db"), b.path("plan")
	if _, err := b.planInto(p, manifest, planned, path, b.connsOr(64)); err != nil {
		return spent{}, err
	}
	return b.spent(b.command(p, path, "apply", "--auto-approve", "--concise", "--parallelism", strconv.Itoa(b.connsOr(64)), planned))
}

// spent is what a command took, and used of the processors.
type spent struct{ took, used time.Duration }

func (b *bench) spent(cmd *exec.Cmd) (spent, error) {
	took, err := timed(cmd)
	if err != nil {
		return spent{}, err
	}
	return spent{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// fill makes a journal with an intent and an outcome for so many payments.
func fill(path string, payments int) (err error) {
	ctx := context.Background()
	j, err := journal.Open(ctx, journal.Config{
		Path: path, Environment: "sandbox", Merchant: merchant, Mode: journal.Write, Actor: "bench", ToolVersion: "bench",
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	planID := strings.Repeat("a", 64)
	begin := func() (apply.PlanRecord, error) { return apply.PlanRecord{PlanID: planID, AcceptedAt: time.Now()}, nil }
	if err := j.Accept(ctx, strings.NewReader(strings.Repeat("no plan, and too long for a proof\n", 10_000)), begin); err != nil {
		return err
	}
	var next atomic.Int64
	var g sync.WaitGroup
	var failed atomic.Pointer[error]
	for range 128 {
		g.Go(func() {
			for n := next.Add(1) - 1; n < int64(payments) && failed.Load() == nil; n = next.Add(1) - 1 {
				if err := act(ctx, j, planID, n); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	g.Wait()
	if p := failed.Load(); p != nil {
		return *p
	}
	return nil
}

// act records a call of the n-th payment, with ordinary evidence.
func act(ctx context.Context, j *journal.Journal, planID string, n int64) error {
	payment, now := strconv.FormatInt(firstID+n, 10), time.Now()
	sum := sha256.Sum256([]byte(payment))
	seq, err := j.Intend(ctx, plan.Intent{
		Payment: payment, Op: spec.Capture, Ref: "ship-1", Amount: 1250, Currency: "EUR", Attempt: 1, At: now, PlanID: planID,
		Key: plan.Key(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:24])),
	})
	if err != nil {
		return err
	}
	return j.Conclude(seq, apply.Outcome{
		At: now, State: plan.StateAccepted, OperationID: payment + "_1", Code: 91, Status: 201, BodySHA: sum,
		Sends: []apply.Send{{At: now, Status: 201, ServerDate: now.Truncate(time.Second)}},
	})()
}
