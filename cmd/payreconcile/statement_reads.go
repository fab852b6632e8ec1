package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/inorder"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// statementDays is how far back a statement goes unless it is told.
const statementDays = 30

// period is which plans are asked for. Days are of UTC.
func (o *statementOptions) period(now time.Time) (p statement.Period, err error) {
	if len(o.plans) > 0 {
		for _, prefix := range o.plans {
			if prefix == "" {
				return p, usage("statement: --plan: the beginning of a plan id is missing")
			}
		}
		p.Plans = o.plans
		return p, nil
	}
	p.Since = now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -statementDays)
	if o.since != "" {
		if p.Since, err = dayOf("--since", o.since); err != nil {
			return p, err
		}
	}
	if o.until != "" {
		last, err := dayOf("--until", o.until)
		if err != nil {
			return p, err
		}
		p.Until = last.AddDate(0, 0, 1)
		if o.since == "" {
			p.Since = last.AddDate(0, 0, -statementDays)
		}
		if last.Before(p.Since) {
			return p, usage("statement: --until %s is before --since %s", o.until, o.since)
		}
	}
	return p, nil
}

func dayOf(flag, text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, usage("statement: %s %s: it is a day, such as 2026-11-30", flag, text)
	}
	return t, nil
}

// statementReads chooses the runs and gets the reads of their payments: from
// the platform, from a file, or none at all.
func (e *env) statementReads(ctx context.Context, cfg *config.Config, src *statement.Source, o statementOptions) (runs []journal.Run, closeReads func(), err error) {
	closeReads = func() {}
	if o.reads != "" {
		return e.keptReads(ctx, cfg, src, o.reads)
	}
	if runs, err = statement.Choose(src.Period, src.Journal.RunsAt(ctx, src.Ref.Seq)); err != nil || o.offline {
		var choice *statement.ChoiceError
		if errors.As(err, &choice) {
			err = &codeError{code: exitUsage, err: err, hint: choice.Hint}
		}
		return runs, closeReads, err
	}
	f, closeReads, err := e.freshReads(ctx, cfg, src, runs, o.save)
	if err == nil {
		src.Reads, err = openReads(f)
	}
	if err != nil {
		closeReads()
		return nil, nil, err
	}
	return runs, closeReads, nil
}

// keptReads takes the reads from a file, and with them which runs they are for
// and as of which record.
func (e *env) keptReads(ctx context.Context, cfg *config.Config, src *statement.Source, path string) ([]journal.Run, func(), error) {
	f, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	shut := func() { _ = f.Close() }
	if src.Reads, err = openReads(f); err == nil {
		var runs []journal.Run
		runs, err = src.Reads.ChooseFor(ctx, src.Journal, cfg.Environment, cfg.MerchantID, src.Ref.ID, src.Ref.Seq)
		if err == nil {
			src.Ref, src.Period = src.Reads.Header.Journal, src.Reads.Header.Period
			return runs, shut, nil
		}
	}
	shut()
	if isReadsError(err) {
		err = &codeError{code: exitUsage, err: fmt.Errorf("%s: %w", path, err), hint: "make the statement with reads of its own, or give the file and the journal that belong together"}
	}
	return nil, nil, err
}

func isReadsError(err error) bool {
	return errors.Is(err, statement.ErrReadsAltered) || errors.Is(err, statement.ErrReadsTruncated) ||
		errors.Is(err, statement.ErrReadsFormat) || errors.Is(err, statement.ErrOtherReads)
}

func openReads(f *os.File) (*statement.Reads, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, usage("statement: --reads %s is no file that can be read again and again", f.Name())
	}
	return statement.OpenReads(f, info.Size())
}

// freshReads reads the payments of runs from the platform into a file: a
// temporary one, or the one to be kept, which appears under its name when it is
// complete. The returned function closes it.
func (e *env) freshReads(ctx context.Context, cfg *config.Config, src *statement.Source, runs []journal.Run, save string) (f *os.File, shut func(), err error) {
	f, rename, err := readsFile(save)
	if err != nil {
		return nil, func() {}, err
	}
	temporary := save == "" || rename
	shut = func() {
		_ = f.Close()
		if temporary {
			_ = os.Remove(f.Name())
		}
	}
	gate, pacer, err := e.gateway(ctx, cfg)
	if err != nil {
		return f, shut, err
	}
	h := statement.ReadsHeader{Environment: cfg.Environment, Merchant: cfg.MerchantID, Journal: src.Ref, Period: src.Period}
	for _, r := range runs {
		h.Plans = append(h.Plans, r.PlanID)
	}
	bar := e.progress(0)
	defer bar.Finish()
	reads := inorder.Map(ctx, src.Payments(ctx, runs), cfg.Parallelism, func(ctx context.Context, batch []spec.PaymentID) ([]statement.Read, error) {
		out := make([]statement.Read, len(batch))
		for i, id := range batch {
			have, err := observePaced(ctx, gate, pacer, id)
			if err != nil {
				return nil, err
			}
			out[i] = statement.Read{Payment: id.Base(), Have: have}
		}
		bar.Add(int64(len(batch)), 0)
		return out, nil
	})
	if err := writeReads(f, h, reads); err != nil || !rename {
		return f, shut, err
	}
	if err := f.Sync(); err != nil {
		return f, shut, fmt.Errorf("write --save-reads: %w", err)
	}
	if err := os.Rename(f.Name(), save); err != nil {
		return f, shut, fmt.Errorf("write --save-reads: %w", err)
	}
	temporary = false
	return f, shut, nil
}

func readsFile(save string) (f *os.File, rename bool, err error) {
	if save == "" {
		f, err = os.CreateTemp("", "payreconcile-*.reads")
		if err != nil {
			return nil, false, fmt.Errorf("keep the reads: %w", err)
		}
		return f, false, nil
	}
	if info, err := os.Stat(save); err == nil && !info.Mode().IsRegular() {
		return nil, false, usage("statement: --save-reads %s is no ordinary file", save)
	}
	f, rename, err = beside(save)
	if err != nil {
		return nil, false, fmt.Errorf("write --save-reads: %w", err)
	}
	return f, rename, nil
}

func writeReads(f *os.File, h statement.ReadsHeader, reads iter.Seq2[statement.Read, error]) error {
	return buffered(f, func(w io.Writer) error {
		_, err := statement.WriteReads(w, h, reads)
		return err
	})
}

// observePaced reads one payment when it may.
func observePaced(ctx context.Context, gate apply.Gateway, pacer apply.Pace, id spec.PaymentID) (plan.Observed, error) {
	release, err := pacer.Acquire(ctx)
	if err != nil {
		return plan.Observed{}, err
	}
	defer release()
	if err := pacer.Wait(ctx); err != nil {
		return plan.Observed{}, err
	}
	return gate.Observe(ctx, id)
}
