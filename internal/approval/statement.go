package approval

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// intro is the first line of every statement. It tells the version, and keeps a
// signature from being taken for one of something else.
const intro = "payreconcile approval v1"

// MaxComment is how many characters a comment may have.
const MaxComment = 200

// A Statement is what an approver signs. Everything in it but the last three
// fields is what the plan says.
type Statement struct {
	Plan        string // plan id
	Content     string // content id
	Environment string
	Merchant    string
	Maker       string // "" when the plan names nobody
	Payments    int64
	Calls       int64
	Money       []plan.Sum // in the order of the plan: by currency and action
	PlanExpires time.Time
	Policy      string // SHA-256, "" when there was none
	Approvers   string // SHA-256, "" when there were none
	Signed      time.Time
	Expires     time.Time // never after PlanExpires
	Comment     string
}

// New returns what is to be signed about a plan, now, until it expires. The
// time is cut to seconds. An error says what in the plan no statement can hold.
func New(h plan.Header, f plan.Footer, now time.Time, comment string) (Statement, error) {
	s := of(h, f)
	s.Signed, s.Expires, s.Comment = now.UTC().Truncate(time.Second), s.PlanExpires, tidy(comment)
	if _, err := ParseStatement(s.String()); err != nil {
		return Statement{}, fmt.Errorf("state what the plan does: %w", err)
	}
	return s, nil
}

// of is what a statement about a plan says, without what its signer adds.
func of(h plan.Header, f plan.Footer) Statement {
	return Statement{
		Plan: f.PlanID, Content: f.ContentID, Environment: h.Environment, Merchant: h.Merchant, Maker: h.Maker,
		Payments: f.Counts.Payments, Calls: f.Counts.Calls, Money: slices.Clone(f.Money), PlanExpires: h.Expires.UTC(),
		Policy: h.Policy, Approvers: h.Approvers,
	}
}

// String returns the one text of the statement. Names stand as they are when
// they are plain words, else quoted as in Go, so that no name can begin a line.
func (s Statement) String() string {
	var b strings.Builder
	line := func(name string, words ...string) {
		b.WriteString(name)
		for _, w := range words {
			b.WriteString(" " + w)
		}
		b.WriteByte('\n')
	}
	line(intro)
	line("plan", s.Plan)
	line("content", s.Content)
	line("environment", Word(s.Environment))
	line("merchant", Word(s.Merchant))
	line("maker", Word(s.Maker))
	line("payments", decimal(s.Payments))
	line("calls", decimal(s.Calls))
	for _, m := range s.Money {
		line("money", string(m.Action), string(m.Currency), decimal(m.Amount), decimal(m.Count))
	}
	line("plan-expires", clock(s.PlanExpires))
	line("policy", orNone(s.Policy))
	line("approvers", orNone(s.Approvers))
	line("signed", clock(s.Signed))
	line("expires", clock(s.Expires))
	if s.Comment != "" {
		line("comment", quoteComment(s.Comment))
	}
	return b.String()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func orNone(hash string) string {
	if hash == "" {
		return "none"
	}
	return hash
}

// ParseStatement reads the text of a statement. Anything but what String writes is
// refused, so that one statement has one text.
func ParseStatement(text string) (Statement, error) {
	r := &reader{rest: text}
	var s Statement
	if r.take() != intro {
		return Statement{}, fmt.Errorf("it does not begin with %q", intro)
	}
	s.Plan = r.hash("plan")
	s.Content = r.hash("content")
	s.Environment = r.word("environment")
	s.Merchant = r.word("merchant")
	s.Maker = r.word("maker")
	s.Payments = r.number("payments")
	s.Calls = r.number("calls")
	for r.err == nil && strings.HasPrefix(r.rest, "money ") {
		s.Money = append(s.Money, r.sum())
	}
	s.PlanExpires = r.time("plan-expires")
	s.Policy = r.hashOrNone("policy")
	s.Approvers = r.hashOrNone("approvers")
	s.Signed = r.time("signed")
	s.Expires = r.time("expires")
	if strings.HasPrefix(r.rest, "comment ") {
		s.Comment = r.comment()
	}
	if r.err == nil && r.rest != "" {
		r.fail("something follows its last line")
	}
	if r.err == nil {
		r.err = s.check()
	}
	if r.err == nil && s.String() != text { // after everything with a better message
		r.fail("it is not written as payreconcile approve writes it")
	}
	if r.err != nil {
		return Statement{}, r.err
	}
	return s, nil
}

// check holds a statement against itself.
func (s Statement) check() error {
	var calls int64
	for i, m := range s.Money {
		if m.Count > math.MaxInt64-calls {
			return fmt.Errorf("its calls are more than can be counted")
		}
		calls += m.Count
		if i > 0 && !before(s.Money[i-1], m) {
			return fmt.Errorf("its sums are not in the order of currency and action")
		}
	}
	switch {
	case calls != s.Calls:
		return fmt.Errorf("it says %d calls, and its sums are of %d", s.Calls, calls)
	case s.Expires.After(s.PlanExpires):
		return fmt.Errorf("it expires after its plan")
	case s.Expires.Before(s.Signed):
		return fmt.Errorf("it was signed after it had expired")
	}
	return nil
}

func before(a, b plan.Sum) bool {
	if a.Currency != b.Currency {
		return a.Currency < b.Currency
	}
	return a.Action < b.Action
}

// calling are the kinds of action that sums are of.
var calling = []plan.Kind{plan.Capture, plan.Cancel, plan.Refund}

// sum reads a line such as "money capture EUR 12500 2".
func (r *reader) sum() (m plan.Sum) {
	words := strings.Split(r.value("money"), " ")
	if len(words) != 4 {
		r.fail("a money line has action, currency, minor units and calls")
		return m
	}
	m.Action = plan.Kind(words[0])
	if !slices.Contains(calling, m.Action) {
		r.fail("a money line is about captures, cancels or refunds")
	}
	var err error
	if m.Currency, err = spec.ParseCurrency(words[1]); err != nil {
		r.fail("a money line has no ISO 4217 currency")
	}
	m.Amount = r.integer("money", words[2])
	if m.Count = r.integer("money", words[3]); m.Count == 0 {
		r.fail("a money line is of no call")
	}
	return m
}
