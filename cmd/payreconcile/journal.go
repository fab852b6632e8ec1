package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func newJournal(e *env, g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "journal",
		Short: "Look into the journal",
		Long:  "The journal holds every call that was decided on, with what became of it and the evidence.",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newJournalShow(e, g), newJournalCheck(e, g), newJournalExport(e, g))
	return c
}

type journalOptions struct {
	payment string
	planID  string
	state   string
	since   time.Duration
	limit   int
	record  int64
	verbose bool
}

func newJournalShow(e *env, g *globals) *cobra.Command {
	var o journalOptions
	c := &cobra.Command{
		Use:   "show [flags]",
		Short: "List what was sent, with what became of it and on whose word",
		Long: "show lists the calls in the journal of the configured environment and merchant, oldest first, and the\n" +
			"plans that they belong to, with who approved them. It may run while a plan is applied." + exits(exitOK, exitError, exitUsage, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runJournalShow(c.Context(), e, g, o) },
	}
	f := c.Flags()
	f.StringVar(&o.payment, "payment", "", "only this payment")
	f.StringVar(&o.planID, "plan", "", "only the plan whose id begins so")
	f.StringVar(&o.state, "state", "", "only calls that stand as intended, accepted, settled, refused, unknown or withdrawn")
	f.DurationVar(&o.since, "since", 0, "only calls of this last time, as 24h")
	f.Int64Var(&o.record, "record", 0, "only what the record of this number is about, with all its evidence")
	f.IntVar(&o.limit, "limit", 0, "at most so many")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also show the evidence of every send, and what was signed")
	return c
}

func (o journalOptions) filter(now time.Time) (journal.Filter, error) {
	f := journal.Filter{PlanID: o.planID, State: plan.State(o.state), Limit: o.limit, Record: o.record}
	switch f.State {
	case "", plan.StateIntended, plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn:
	default:
		return f, usage("--state %s: it is intended, accepted, settled, refused, unknown or withdrawn", o.state)
	}
	if o.payment != "" {
		id, err := spec.ParsePaymentID(o.payment)
		if err != nil {
			return f, usage("--payment: %v", err)
		}
		f.Payment = id.Base()
	}
	if o.since > 0 {
		f.Since = now.Add(-o.since)
	}
	return f, nil
}

func runJournalShow(ctx context.Context, e *env, g *globals, o journalOptions) error {
	filter, err := o.filter(e.now())
	if err != nil {
		return err
	}
	j, err := e.openJournal(ctx, g)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	if err := o.choose(ctx, j, &filter); err != nil {
		return err
	}
	if err := o.find(ctx, j, &filter); err != nil {
		return err
	}
	show := render.IntentOptions{
		Style: e.style(e.stdout), Verbose: o.verbose, Bare: o.record != 0,
		Events:  func(i plan.Intent) ([]render.Event, error) { return eventsOf(ctx, j, i) },
		Notices: func(i plan.Intent) ([]render.Notice, error) { return noticesOf(ctx, j, i) },
		Plans:   func(of map[string]bool) iter.Seq2[apply.PlanRecord, error] { return o.plans(ctx, j, of) },
	}
	if e.json {
		return render.IntentsJSON(e.stdout, j.Ref(), j.List(ctx, filter), show)
	}
	return render.Intents(e.stdout, j.List(ctx, filter), show)
}

// choose finds the plan whose id begins as was asked for.
func (o *journalOptions) choose(ctx context.Context, j *journal.Journal, f *journal.Filter) error {
	if o.planID == "" {
		return nil
	}
	found := map[string]bool{}
	for p, err := range j.Plans(ctx) {
		if err != nil {
			return err
		}
		if strings.HasPrefix(p.PlanID, o.planID) {
			found[p.PlanID] = true
			f.PlanID = p.PlanID
		}
	}
	switch len(found) {
	case 0:
		return &codeError{code: exitUsage, err: fmt.Errorf("--plan %s: no plan whose id begins so was applied with this journal", o.planID), hint: "payreconcile journal show lists the plans"}
	case 1:
		o.planID = f.PlanID
		return nil
	}
	return &codeError{code: exitUsage, err: fmt.Errorf("--plan %s: %d plans have ids that begin so", o.planID, len(found)), hint: "give more of the id"}
}

// find finds out what the record is about that was asked for: a call, also by an
// event about it, or else a plan, without its calls.
func (o *journalOptions) find(ctx context.Context, j *journal.Journal, f *journal.Filter) error {
	if o.record == 0 {
		return nil
	}
	o.verbose = true
	for _, err := range j.List(ctx, *f) {
		return err
	}
	switch call, err := j.CallOf(ctx, o.record); {
	case err != nil:
		return err
	case call != 0:
		f.Record = call
		return nil
	}
	id, err := j.PlanOf(ctx, o.record)
	if errors.Is(err, apply.ErrNoPlan) {
		return &codeError{
			code: exitError, err: fmt.Errorf("record %d is of no call or plan of this environment and merchant", o.record),
			hint: fmt.Sprintf("the journal has records up to number %d; payreconcile journal export has them all", j.Ref().Seq),
		}
	}
	o.planID = id
	return err
}

// plans are those that the calls shown are of; without a choice of calls also
// those of which none was made.
func (o journalOptions) plans(ctx context.Context, j *journal.Journal, of map[string]bool) iter.Seq2[apply.PlanRecord, error] {
	some := o.payment != "" || o.record != 0 && o.planID == "" || o.state != "" || o.since > 0 || o.limit > 0
	return func(yield func(apply.PlanRecord, error) bool) {
		for p, err := range j.Plans(ctx) {
			shown := of[p.PlanID] || !some && (o.planID == "" || o.planID == p.PlanID)
			if (err != nil || shown) && !yield(p, err) {
				return
			}
		}
	}
}

// eventsOf reads what is recorded about an intent.
func eventsOf(ctx context.Context, j *journal.Journal, i plan.Intent) ([]render.Event, error) {
	recorded, err := j.Events(ctx, i.Seq)
	events := make([]render.Event, len(recorded))
	for n, x := range recorded {
		events[n] = render.Event(x)
	}
	return events, err
}

// noticesOf reads the platform's events about an intent.
func noticesOf(ctx context.Context, j *journal.Journal, i plan.Intent) ([]render.Notice, error) {
	recorded, err := j.Notices(ctx, i.Seq)
	notices := make([]render.Notice, len(recorded))
	for n, x := range recorded {
		notices[n] = render.Notice(x)
	}
	return notices, err
}

// openJournal opens the configured journal for reading.
func (e *env) openJournal(ctx context.Context, g *globals) (*journal.Journal, error) {
	cfg, err := e.settings(g)
	if err != nil {
		return nil, err
	}
	if err := cfg.RequireMerchant(); err != nil {
		return nil, err
	}
	return e.existingJournal(ctx, cfg)
}

// existingJournal opens a journal for reading. One that is not there is not
// begun: its name is more likely wrong than its content.
func (e *env) existingJournal(ctx context.Context, cfg *config.Config) (*journal.Journal, error) {
	if _, err := os.Stat(cfg.Journal); errors.Is(err, fs.ErrNotExist) && !strings.Contains(cfg.Journal, "://") {
		return nil, fmt.Errorf("open journal %s: there is none; name another one with --journal or PAYRECONCILE_JOURNAL", cfg.Journal)
	}
	return journal.Open(ctx, e.journalConfig(cfg, journal.ReadOnly))
}
