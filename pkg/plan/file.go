package plan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// FormatVersion is the version of the plan files that this package writes.
// Minor versions only add; a reader ignores what it does not know and refuses
// another major version.
const FormatVersion = "1.1"

// contentVersion is the version of what content_id covers. It stays when a
// format version only adds what is not of the world: the same world gives the
// same id.
const contentVersion = "1.0"

// What a plan file can be refused for.
var (
	ErrAltered   = errors.New("the plan file was altered after it was written")
	ErrTruncated = errors.New("the plan file is not complete")
	ErrFormat    = errors.New("this is not a plan file that this version reads")
)

// A plan file is JSON Lines: a header, one line a payment in manifest order,
// and a footer. Keys are sorted, amounts are integers of minor units.

// A Header says what a plan was made for, from what, and until when it counts.
type Header struct {
	Approvers     string         `json:"approvers,omitempty"` // SHA-256 of the approvers that were configured, in hexadecimal; "" when none were
	CaptureUnit   CaptureUnit    `json:"capture_unit,omitempty"`
	Created       time.Time      `json:"created"`
	Environment   string         `json:"environment"`
	Expires       time.Time      `json:"expires"`
	FormatVersion string         `json:"format_version"`
	Journal       JournalRef     `json:"journal"`
	Kind          string         `json:"kind"`            // "header"
	Maker         string         `json:"maker,omitempty"` // who made the plan, and cannot approve it
	Manifests     []ManifestFile `json:"manifests"`
	Merchant      string         `json:"merchant"`
	Nonce         string         `json:"nonce"`
	Policy        string         `json:"policy,omitempty"` // SHA-256 of the policy that was configured; "" when none was
	RefundOpen    bool           `json:"refund_open,omitempty"`
	Selection     string         `json:"selection,omitempty"`
	Tool          string         `json:"tool"`
}

// A ManifestFile is one input of a plan.
type ManifestFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Env returns what the plan was made for.
func (h Header) Env() Env {
	return Env{Name: h.Environment, Merchant: h.Merchant, CaptureUnit: h.CaptureUnit, RefundOpen: h.RefundOpen}
}

// Newer reports that a newer minor version wrote the file. Its payments may
// hold what this version does not know, so that content_id cannot be computed
// again.
func (h Header) Newer() bool {
	_, minor, _ := strings.Cut(h.FormatVersion, ".")
	_, own, _ := strings.Cut(FormatVersion, ".")
	n, err := strconv.Atoi(minor)
	known, _ := strconv.Atoi(own)
	return err != nil || n > known
}

// world is what content_id covers of a header.
func (h Header) world() []byte {
	b, _ := marshal([]any{contentVersion, h.Environment, h.Merchant, h.CaptureUnit, h.RefundOpen}) // text and a flag always have a form
	return b
}

// A Footer counts and adds up what a plan does, and closes it: ContentID
// covers what is wanted, observed and to be done; PlanID covers every byte of
// the file before it.
type Footer struct {
	ContentID string     `json:"content_id"`
	Counts    Counts     `json:"counts"`
	Judgement *Judgement `json:"judgement,omitempty"` // what the policy said; nil when there was none
	Kind      string     `json:"kind"`                // "footer"
	Money     []Sum      `json:"money"`
	Newest    time.Time  `json:"observed_newest,omitzero"` // when the last payment was read
	Oldest    time.Time  `json:"observed_oldest,omitzero"` // when the first payment was read
	PlanID    string     `json:"plan_id"`
}

// Counts are numbers of payments, except Actions and Calls.
type Counts struct {
	Actions  map[Kind]int64 `json:"actions"`  // actions by kind
	Blocked  int64          `json:"blocked"`  // payments with a blocked action
	Calls    int64          `json:"calls"`    // calls that apply would make
	Changes  int64          `json:"changes"`  // payments with a call
	Drifted  int64          `json:"drifted"`  // payments with a call that was refused after it was accepted
	InDoubt  int64          `json:"in_doubt"` // payments with an action in doubt
	NoOp     int64          `json:"no_op"`    // payments with nothing to do and nothing to wait for
	Payments int64          `json:"payments"`
	Waiting  int64          `json:"waiting"` // payments with something pending or deferred
}

// A Sum is the money that the calls of one kind move in one currency.
type Sum struct {
	Action   Kind          `json:"action"`
	Amount   int64         `json:"amount"`
	Count    int64         `json:"count"`
	Currency spec.Currency `json:"currency"`
}

// HasChanges reports that applying the plan would make a call.
func (f Footer) HasChanges() bool { return f.Counts.Calls > 0 }

// A line is a payment as the file holds it.
type line struct {
	Content    Content   `json:"content"`
	Kind       string    `json:"kind"` // "payment"
	ObservedAt time.Time `json:"observed_at,omitzero"`
	Source     string    `json:"source"`
}

// prefixes that tell the lines of a file apart: keys are sorted, so that a
// line of one kind always starts alike.
const (
	entryPrefix  = `{"content":{`
	footerPrefix = `{"content_id":"`
	planIDMark   = `,"plan_id":"`
)

func checkFormat(version string) error {
	major, _, ok := strings.Cut(version, ".")
	own, _, _ := strings.Cut(FormatVersion, ".")
	switch {
	case !ok:
		return fmt.Errorf("%w: it names no format version", ErrFormat)
	case major != own:
		return fmt.Errorf("%w: its format is %s and this is payreconcile for format %s.x", ErrFormat, version, own)
	}
	return nil
}
