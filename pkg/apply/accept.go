package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// Why a plan is not begun.
var (
	// ErrOtherWorld is a plan made for another environment, merchant or
	// journal than the ones at hand.
	ErrOtherWorld = errors.New("this plan was made elsewhere")
	// ErrExpired is a plan whose time is over.
	ErrExpired = errors.New("this plan has expired")
	// ErrUnfinished is a plan that has to be resumed before another one, or
	// before itself, is begun.
	ErrUnfinished = errors.New("a plan is unfinished")
	// ErrInDoubt is an unfinished plan with calls whose outcome nobody knows.
	ErrInDoubt = errors.New("calls of an earlier plan are in doubt")
)

// Accept checks a whole plan file and stores it in the journal, before
// anything is sent. What runs later is what the journal stored: the bytes that
// were checked. A plan is accepted once, and takes the place of one that was
// begun and not finished. Its approvals are stored with it, all or nothing. A
// file that holds another plan than the permit is for wraps plan.ErrAltered: it
// was swapped after the plan was judged.
func Accept(ctx context.Context, j Journal, file io.Reader, env plan.Env, permit Permit, now time.Time) (plan.Header, PlanRecord, error) {
	approvals := permit.stored(now)
	if err := CheckApprovals(approvals); err != nil {
		return plan.Header{}, PlanRecord{}, err
	}
	if err := nothingInDoubt(ctx, j); err != nil {
		return plan.Header{}, PlanRecord{}, err
	}
	v := plan.NewVerifier()
	var h plan.Header
	var rec PlanRecord
	err := j.Accept(ctx, io.TeeReader(file, v), func() (PlanRecord, error) {
		var f plan.Footer
		var err error
		if h, f, err = v.Result(); err != nil {
			return PlanRecord{}, err
		}
		if err = permit.covers(f.PlanID); err != nil {
			return PlanRecord{}, err
		}
		if err = accepts(ctx, j, h, f, env, now); err != nil {
			return PlanRecord{}, err
		}
		rec = PlanRecord{
			PlanID: f.PlanID, ContentID: f.ContentID, AcceptedAt: now, Expires: h.Expires,
			Payments: f.Counts.Payments, Calls: f.Counts.Calls,
			Approvals: approvals,
		}
		return rec, nil
	})
	return h, rec, err
}

// covers refuses another plan than the one that was judged and approved.
func (p Permit) covers(planID string) error {
	if p.PlanID == "" || p.PlanID == planID {
		return nil
	}
	return fmt.Errorf("%w: plan %s was judged and approved, and the file holds plan %s now; nothing was sent; look at that plan before you approve it",
		plan.ErrAltered, p.PlanID, planID)
}

// stored returns the approvals as they are stored: those that do not say when
// are of now, and a name that is no text, as that of a user of this machine may
// be, becomes one.
func (p Permit) stored(now time.Time) []Approval {
	all := slices.Clone(p.Approvals)
	for i := range all {
		a := &all[i]
		if a.At.IsZero() {
			a.At = now
		}
		a.By = strings.ReplaceAll(strings.ToValidUTF8(a.By, "\uFFFD"), "\x00", "\uFFFD")
	}
	return all
}

// nothingInDoubt refuses to begin a plan while the outcome of a call is open:
// what it would move may have been moved already.
func nothingInDoubt(ctx context.Context, j Journal) error {
	open, err := j.Open(ctx, 1)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if len(open) == 0 {
		return nil
	}
	return fmt.Errorf("%w: the %s %s of payment %s, for one; run payreconcile resume first", ErrInDoubt, open[0].Op, open[0].Ref, open[0].Payment)
}

// sameWorld refuses a plan that was made for somewhere else.
func sameWorld(h plan.Header, env plan.Env) error {
	switch {
	case h.Environment != env.Name:
		return fmt.Errorf("%w: for environment %q, and this is %q", ErrOtherWorld, h.Environment, env.Name)
	case h.Merchant != env.Merchant:
		return fmt.Errorf("%w: for merchant %s, and this is %s", ErrOtherWorld, h.Merchant, env.Merchant)
	case h.CaptureUnit != env.CaptureUnit:
		return fmt.Errorf("%w: with captureAmountUnit %q, and here it is %q", ErrOtherWorld, h.CaptureUnit, env.CaptureUnit)
	}
	return nil
}

func accepts(ctx context.Context, j Journal, h plan.Header, f plan.Footer, env plan.Env, now time.Time) error {
	if err := sameWorld(h, env); err != nil {
		return err
	}
	at := j.Ref()
	switch {
	case h.Journal.ID != at.ID:
		return fmt.Errorf("%w: with journal %s, and this is journal %s; use the journal that the plan was made with", ErrOtherWorld, h.Journal.ID, at.ID)
	case h.Journal.Seq > at.Seq:
		return fmt.Errorf("%w: with record %d of journal %s, and this copy of it ends at %d; use the newest state of the journal", ErrOtherWorld, h.Journal.Seq, at.ID, at.Seq)
	case !now.Before(h.Expires):
		return fmt.Errorf("%w: at %s; plan again", ErrExpired, h.Expires.UTC().Format(time.RFC3339))
	}
	switch known, err := j.Plan(ctx, f.PlanID); {
	case errors.Is(err, ErrNoPlan):
		return nil
	case err != nil:
		return fmt.Errorf("read the journal: %w", err)
	case known.FinishedAt.IsZero():
		return fmt.Errorf("%w: this one, begun at %s; run payreconcile resume to finish it", ErrUnfinished, known.AcceptedAt.UTC().Format(time.RFC3339))
	default:
		return fmt.Errorf("%w: at %s (%s); plan again", ErrPlanUsed, known.AcceptedAt.UTC().Format(time.RFC3339), known.Result)
	}
}

// Resume returns the newest unfinished plan with its header; ErrNoPlan when
// there is none.
func Resume(ctx context.Context, j Journal, env plan.Env) (plan.Header, PlanRecord, error) {
	rec, err := j.Unfinished(ctx)
	if err != nil {
		return plan.Header{}, PlanRecord{}, err
	}
	body, err := j.ReadPlan(ctx, rec.PlanID)
	if err != nil {
		return plan.Header{}, PlanRecord{}, fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = body.Close() }()
	h, _, err := plan.Verify(body)
	if err != nil {
		return plan.Header{}, PlanRecord{}, fmt.Errorf("read the plan from the journal: %w", err)
	}
	return h, rec, sameWorld(h, env)
}
