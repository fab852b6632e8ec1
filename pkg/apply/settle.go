package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Word is what a person says became of a call in doubt, after looking at the
// payment where this program cannot.
type Word struct {
	Payment spec.PaymentID
	Op      spec.Op
	Ref     string
	Done    bool   // the platform made it; else it did not
	Reason  string // why the person is sure
	By      string // who the person is
}

// ErrWord is a word that is not taken.
var ErrWord = errors.New("this cannot be settled by hand")

// What the message of an outcome begins with that is a person's word.
const (
	saidDone    = "done, by the word of "
	saidNotDone = "not done, by the word of "
)

// WordOf returns who settled an intent by word, and why, as its message says;
// "" and false when the platform did.
func WordOf(in plan.Intent) (word string, is bool) {
	switch in.State {
	case plan.StateSettled:
		word, is = strings.CutPrefix(in.Message, saidDone)
	case plan.StateRefused:
		word, is = strings.CutPrefix(in.Message, saidNotDone)
	default:
	}
	if !is {
		return "", false
	}
	return word, true
}

// ParseWord reads PAYMENT/KIND/REF=done or =not-done.
func ParseWord(text string) (Word, error) {
	call, word, ok := strings.Cut(text, "=")
	parts := strings.Split(call, "/")
	if !ok || len(parts) != 3 || (word != "done" && word != "not-done") {
		return Word{}, fmt.Errorf("%q is not PAYMENT/KIND/REF=done or =not-done", text)
	}
	id, err := spec.ParsePaymentID(parts[0])
	if err != nil {
		return Word{}, err
	}
	op := spec.Op(parts[1])
	if op != spec.Capture && op != spec.Cancel && op != spec.Refund {
		return Word{}, fmt.Errorf("%q is not a kind of call: it is capture, cancel or refund", parts[1])
	}
	return Word{Payment: id, Op: op, Ref: parts[2], Done: word == "done"}, nil
}

// Settle takes a person's word for the outcome of a call in doubt and records
// it, durably, with reason and name. It is refused with ErrWord where no word
// is needed, since the platform shows what became of the call; and a "not done"
// also while the platform may still carry the call out under its key, or shows
// or named an operation that may be it. A "not done" lets the next plan make the call as
// a new attempt; a "done" that is wrong leaves money unmoved, and a "not done"
// that is wrong moves it twice.
func (x *Executor) Settle(ctx context.Context, h plan.Header, rec PlanRecord, word Word) error {
	if strings.TrimSpace(word.Reason) == "" {
		return fmt.Errorf("%w: it needs a reason", ErrWord)
	}
	r := x.newRun(ctx, h, rec)
	if err := r.mayStart(); err != nil {
		return err
	}
	w, in, err := r.inQuestion(ctx, word)
	if err != nil {
		return err
	}
	if err := r.read(ctx, w); err != nil {
		return err
	}
	if what := unsound(w); what != "" {
		return fmt.Errorf("%w: %s", ErrWord, what)
	}
	o, found := r.find(w, in)
	if v := judgeSeen(o); found && isOf(o, *in) && v.state != plan.StateUnknown {
		return fmt.Errorf("%w: the platform shows it as operation %s, %s; run payreconcile resume without --settle", ErrWord, o.ID, o.Standing)
	}
	candidates := likely(w, in)
	if found {
		candidates = []plan.Operation{o}
	}
	v := verdict{state: plan.StateSettled, message: saidDone + word.By + ": " + word.Reason}
	if !word.Done {
		if err := r.mayBeDone(w, in, candidates); err != nil {
			return err
		}
		v = verdict{state: plan.StateRefused, message: saidNotDone + word.By + ": " + word.Reason}
	} else if len(candidates) == 1 {
		v.made = candidates[0]
	}
	r.conclude(w, in, v, Answer{})
	return r.settle(w)
}

// mayBeDone refuses the word that a call was not made: while the platform keeps
// its key, while a byte of it may be on the way, and while anything speaks for
// it, be it an operation or what the platform answered.
func (r *run) mayBeDone(w *work, in *plan.Intent, candidates []plan.Operation) error {
	const may = "%w: the platform may still carry it out under its key, until %s; run payreconcile resume instead, which repeats it safely"
	switch late := r.lastByte(*in).Add(lookupGap); {
	case r.skewed():
		return fmt.Errorf("%w: %s", ErrWord, stopSkew)
	case r.inWindow(*in, r.now()):
		return fmt.Errorf(may, ErrWord, in.At.Add(r.keyWindow()).UTC().Format(time.RFC3339))
	case w.readAt.Before(late):
		return fmt.Errorf("%w: it may have been sent again only just now; look again after %s", ErrWord, late.UTC().Format(time.RFC3339))
	case len(candidates) > 0:
		return fmt.Errorf("%w: operation %s, a %s of %s, may be it", ErrWord, candidates[0].ID, candidates[0].Op, money(w.seen, candidates[0].Amount))
	case in.OperationID != "":
		return fmt.Errorf("%w: the platform named operation %s as it, and does not show it", ErrWord, in.OperationID)
	}
	return nil
}

// inQuestion returns the intent that a word is about, with the payment as the
// plan saw it.
func (r *run) inQuestion(ctx context.Context, word Word) (*work, *plan.Intent, error) {
	base := word.Payment.Base()
	known, err := r.Journal.Known(ctx, []string{base})
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", err)
	}
	w := &work{own: known[base]}
	at := -1
	for i, in := range w.own {
		if in.Op == word.Op && in.Ref == word.Ref && in.Open() {
			at = i
		}
	}
	if at < 0 {
		return nil, nil, fmt.Errorf("%w: no %s %s of payment %s is in doubt", ErrWord, word.Op, word.Ref, word.Payment)
	}
	in := &w.own[at]
	body, err := r.Journal.ReadPlan(ctx, in.PlanID)
	if err != nil {
		return nil, nil, fmt.Errorf("read the plan from the journal: %w", err)
	}
	defer func() { _ = body.Close() }()
	for e, err := range plan.Entries(body) {
		if err != nil {
			return nil, nil, fmt.Errorf("read the plan from the journal: %w", err)
		}
		if e.Content.Payment.Base() == base {
			w.entry = e
			return w, in, nil
		}
	}
	return nil, nil, fmt.Errorf("read the plan from the journal: it does not have payment %s", word.Payment)
}

// likely returns the operations that may be an intent's own: new since the
// plan, of its kind and amount, and nobody else's as far as the journal knows.
func likely(w *work, in *plan.Intent) (out []plan.Operation) {
	for _, o := range w.fresh(in) {
		if isOf(o, *in) && o.Live() {
			out = append(out, o)
		}
	}
	return out
}
