package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A Line is an entry ready to be written: encoded by whoever made it, so that
// encoding runs in parallel and only hashing and writing in order.
type Line struct {
	bytes   []byte // with its newline
	content []byte // what content_id covers
	tally   tally
}

// Encode makes the line of an entry. An entry that a reader would refuse for
// its length, its time or its sums is an error.
func Encode(e *Entry) (Line, error) {
	const head = `{"content":`
	o := object{buf: append(make([]byte, 0, 1024), head...)}
	o.content(&e.Content, true)
	content := o.buf[len(head):len(o.buf):len(o.buf)]
	o.text("kind", "payment")
	if !e.ObservedAt.IsZero() {
		o.name("observed_at")
		var err error
		o.buf = append(o.buf, '"')
		if o.buf, err = e.ObservedAt.UTC().AppendText(o.buf); err != nil {
			return Line{}, fmt.Errorf("encode the plan for %s: %w", e.Content.Payment, err)
		}
		o.buf = append(o.buf, '"')
	}
	o.text("source", e.Source)
	o.buf = append(o.buf, '}', '\n')
	if len(o.buf) > maxLine {
		return Line{}, fmt.Errorf("encode the plan for %s: its line takes %d bytes, more than the %d that are read", e.Content.Payment, len(o.buf), maxLine)
	}
	l := Line{bytes: o.buf, content: content}
	if hasProse(&e.Content) {
		bare := object{buf: make([]byte, 0, len(content))}
		bare.content(&e.Content, false)
		l.content = bare.buf
	}
	return l, l.tally.add(e)
}

// hasProse reports that an entry holds sentences. They are for people, and
// wording them better must not make another plan of the same world: content_id
// does not cover them.
func hasProse(c *Content) bool {
	for i := range c.Actions {
		if c.Actions[i].Message != "" || c.Actions[i].Hint != "" {
			return true
		}
	}
	return c.Have.FaultText != ""
}

// An object appends JSON objects to buf. What it writes equals encoding/json
// without escaping for HTML, byte for byte, at a tenth of the time: this runs
// once for every payment. Like there, empty values of optional fields are left
// out.
type object struct{ buf []byte }

func (o *object) content(c *Content, prose bool) {
	o.open()
	if len(c.Actions) > 0 {
		o.list("actions")
		for i := range c.Actions {
			o.action(&c.Actions[i], prose)
		}
		o.buf = append(o.buf, ']')
	}
	o.text("currency", string(c.Currency))
	if len(c.Drift) > 0 {
		o.list("drift")
		for _, d := range c.Drift {
			o.open()
			o.text("kind", d.Kind)
			o.text("op", string(d.Op))
			o.text("operation", d.Operation)
			o.some("ref", d.Ref)
			o.end()
		}
		o.buf = append(o.buf, ']')
	}
	o.observed(&c.Have, prose)
	if len(c.Labels) > 0 {
		o.name("labels")
		o.open()
		for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
			o.text(name, c.Labels[name])
		}
		o.end()
	}
	o.text("payment", string(c.Payment))
	o.want(&c.Want)
	o.end()
}

func (o *object) action(a *Action, prose bool) {
	o.open()
	o.number("after", a.After)
	o.number("amount", a.Amount)
	o.count("attempt", int64(a.Attempt))
	o.number("before", a.Before)
	o.flag("final", a.Final)
	if prose {
		o.some("hint", a.Hint)
	}
	o.some("key", string(a.Key))
	o.text("kind", string(a.Kind))
	if prose {
		o.some("message", a.Message)
	}
	o.some("note", a.Note)
	o.some("op", string(a.Op))
	o.some("operation", a.Operation)
	o.some("reason", string(a.Reason))
	o.some("ref", a.Ref)
	o.some("undo", string(a.Undo))
	o.end()
}

func (o *object) observed(h *Observed, prose bool) {
	o.name("have")
	o.open()
	o.number("authorized", h.Authorized)
	o.flag("can_cancel", h.CanCancel)
	o.flag("can_capture", h.CanCapture)
	o.flag("can_refund", h.CanRefund)
	o.number("code", int64(h.Code))
	o.some("currency", string(h.Currency))
	o.name("exists")
	o.buf = strconv.AppendBool(o.buf, h.Exists)
	o.some("fault", string(h.Fault))
	if prose {
		o.some("fault_text", h.FaultText)
	}
	o.some("id", h.ID)
	o.some("merchant_reference", h.MerchantReference)
	if len(h.Operations) > 0 {
		o.list("operations")
		for i := range h.Operations {
			o.operation(&h.Operations[i])
		}
		o.buf = append(o.buf, ']')
	}
	o.count("product", int64(h.Product))
	o.totals(&h.Totals)
	o.end()
}

func (o *object) operation(p *Operation) {
	o.open()
	o.number("amount", p.Amount)
	o.some("category", p.Category)
	o.number("code", int64(p.Code))
	o.text("id", p.ID)
	o.text("op", string(p.Op))
	o.some("ref", p.Ref)
	o.text("standing", string(p.Standing))
	o.flag("unseen", p.Unseen)
	o.end()
}

func (o *object) totals(t *Totals) {
	o.name("totals")
	o.open()
	o.count("cancel_requested", t.CancelRequested)
	o.count("cancelled", t.Cancelled)
	o.count("capture_requested", t.CaptureRequested)
	o.count("captured", t.Captured)
	o.count("refund_requested", t.RefundRequested)
	o.count("refunded", t.Refunded)
	o.count("uncertain", t.Uncertain)
	o.count("uncertain_refund", t.UncertainRefund)
	o.end()
}

func (o *object) want(w *Want) {
	o.name("want")
	o.open()
	o.count("authorized", w.Authorized)
	o.pointer("cancelled", w.Cancelled)
	o.pointer("captured", w.Captured)
	o.some("merchant_reference", w.MerchantReference)
	o.pointer("refunded", w.Refunded)
	o.end()
}

func (o *object) open() {
	o.comma()
	o.buf = append(o.buf, '{')
}

func (o *object) end() { o.buf = append(o.buf, '}') }

// comma separates from what was written before. A value never ends in an
// opening bracket or a colon, so that the last byte tells.
func (o *object) comma() {
	if n := len(o.buf); n > 0 && o.buf[n-1] != '{' && o.buf[n-1] != '[' && o.buf[n-1] != ':' {
		o.buf = append(o.buf, ',')
	}
}

func (o *object) name(name string) {
	o.comma()
	o.buf = append(append(append(o.buf, '"'), name...), '"', ':')
}

func (o *object) list(name string) {
	o.name(name)
	o.buf = append(o.buf, '[')
}

func (o *object) number(name string, v int64) {
	o.name(name)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) count(name string, v int64) {
	if v != 0 {
		o.number(name, v)
	}
}

func (o *object) pointer(name string, v *int64) {
	if v != nil {
		o.number(name, *v)
	}
}

func (o *object) flag(name string, v bool) {
	if v {
		o.name(name)
		o.buf = append(o.buf, "true"...)
	}
}

func (o *object) some(name, v string) {
	if v != "" {
		o.text(name, v)
	}
}

// text writes a string: plain ASCII as it is, anything else as encoding/json
// does. Bytes that are no text become U+FFFD itself and not its escape, so that
// what is read encodes to the same bytes again.
func (o *object) text(name, v string) {
	o.name(name)
	for i := range len(v) {
		if c := v[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			if !utf8.ValidString(v) {
				v = string([]rune(v))
			}
			quoted, _ := marshal(v) // a string always has a form
			o.buf = append(o.buf, quoted...)
			return
		}
	}
	o.buf = append(append(append(o.buf, '"'), v...), '"')
}

// marshal is json.Marshal without escaping for HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'}), nil
}
