package statement

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/journal"
)

// A ChoiceError is a choice of runs that chooses none, or not clearly.
type ChoiceError struct{ Msg, Hint string }

func (e *ChoiceError) Error() string { return e.Msg }

// Choose returns the runs that a period asks for, oldest first, given all that
// there are. A *ChoiceError says that there are none, or that a prefix is of no
// plan or of several.
func Choose(p Period, runs iter.Seq2[journal.Run, error]) ([]journal.Run, error) {
	var chosen []journal.Run
	var first, last time.Time
	found := make([][]string, len(p.Plans))
	for r, err := range runs {
		if err != nil {
			return nil, err
		}
		if first.IsZero() {
			first = r.AcceptedAt
		}
		last = r.AcceptedAt
		if p.has(&r, found) {
			chosen = append(chosen, r)
		}
	}
	for i, prefix := range p.Plans {
		if err := clearly(prefix, found[i]); err != nil {
			return nil, err
		}
	}
	if len(chosen) == 0 {
		return nil, p.empty(first, last)
	}
	return chosen, nil
}

// has reports that a run is asked for, and notes under which prefixes.
func (p Period) has(r *journal.Run, found [][]string) bool {
	if len(p.Plans) == 0 {
		return !r.AcceptedAt.Before(p.Since) && (p.Until.IsZero() || r.AcceptedAt.Before(p.Until))
	}
	is := false
	for i, prefix := range p.Plans {
		if strings.HasPrefix(r.PlanID, prefix) {
			found[i] = append(found[i], r.PlanID)
			is = true
		}
	}
	return is
}

// maxNamed is how many plans an error names.
const maxNamed = 4

func clearly(prefix string, found []string) error {
	switch {
	case len(found) == 0:
		return &ChoiceError{
			Msg:  fmt.Sprintf("no plan whose id begins with %q was applied with this journal", prefix),
			Hint: "payreconcile journal show lists the plans that were",
		}
	case len(found) > 1 && !slices.Contains(found, prefix):
		named := found[:min(maxNamed, len(found))]
		return &ChoiceError{
			Msg:  fmt.Sprintf("%d plans have an id that begins with %q: %s", len(found), prefix, strings.Join(named, ", ")),
			Hint: "give more letters of the id",
		}
	}
	return nil
}

func (p Period) empty(first, last time.Time) error {
	if first.IsZero() {
		return &ChoiceError{Msg: "no plan was ever applied with this journal for this environment and merchant", Hint: "check --journal, --environment and --merchant-id"}
	}
	return &ChoiceError{
		Msg:  "no plan was accepted " + p.String(),
		Hint: fmt.Sprintf("the first one in this journal was accepted on %s, the last one on %s: choose with --since and --until", day(first), day(last)),
	}
}

// String says which plans are asked for: "from 2026-11-01 to 2026-11-30".
func (p Period) String() string {
	switch {
	case len(p.Plans) > 0:
		return "with an id that begins with " + strings.Join(p.Plans, ", ")
	case p.Since.IsZero() && p.Until.IsZero():
		return "at any time"
	case p.Until.IsZero():
		return "from " + day(p.Since) + " on"
	case p.Since.IsZero():
		return "up to " + day(p.Until.Add(-1))
	}
	return "from " + day(p.Since) + " to " + day(p.Until.Add(-1))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// named returns the runs of these plans, in their order.
func named(plans []string, runs iter.Seq2[journal.Run, error]) ([]journal.Run, error) {
	at := make(map[string]int, len(plans))
	for i, id := range plans {
		at[id] = i
	}
	chosen := make([]journal.Run, len(plans))
	for r, err := range runs {
		if err != nil {
			return nil, err
		}
		if i, is := at[r.PlanID]; is {
			chosen[i] = r
		}
	}
	for i, r := range chosen {
		if r.PlanID == "" {
			return nil, fmt.Errorf("%w: they name plan %s, which is not in this journal", ErrOtherReads, plans[i])
		}
	}
	return chosen, nil
}

// ChooseFor returns the runs that the reads were made for, in a journal that
// ends at its record newest. Reads of another world, or of a later state of the
// journal, wrap ErrOtherReads.
func (r *Reads) ChooseFor(ctx context.Context, j Journal, environment, merchant, id string, newest int64) ([]journal.Run, error) {
	h := &r.Header
	switch {
	case h.Environment != environment || h.Merchant != merchant:
		return nil, fmt.Errorf("%w: for merchant %s in %s, and this is merchant %s in %s", ErrOtherReads, h.Merchant, h.Environment, merchant, environment)
	case h.Journal.ID != id:
		return nil, fmt.Errorf("%w: for journal %s, and this is journal %s", ErrOtherReads, h.Journal.ID, id)
	case h.Journal.Seq > newest:
		return nil, fmt.Errorf("%w: for this journal at record %d, and it ends at record %d: it is an older copy", ErrOtherReads, h.Journal.Seq, newest)
	case len(h.Plans) == 0:
		return nil, fmt.Errorf("%w: they name no plan", ErrReadsFormat)
	}
	return named(h.Plans, j.RunsAt(ctx, h.Journal.Seq))
}
