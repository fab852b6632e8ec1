package journal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// An exportHeader is the first line of an export.
type exportHeader struct {
	Type        string `json:"type"`
	Format      string `json:"format"`
	Journal     string `json:"journal"`
	Seq         int64  `json:"seq"`
	Environment string `json:"environment"`
	Merchant    string `json:"merchant"`
	ExportedAt  stamp  `json:"exported_at"`
}

// An exportFooter is the last line of an export.
type exportFooter struct {
	Type      string `json:"type"`
	Records   int64  `json:"records"`
	Intents   int64  `json:"intents"`
	Outcomes  int64  `json:"outcomes"`
	Plans     int64  `json:"plans"`
	Finishes  int64  `json:"finishes"`
	Echoes    int64  `json:"echoes"`
	Approvals int64  `json:"approvals"`
	Events    int64  `json:"events"`
	SHA256    string `json:"sha256"`
}

// count counts a record.
func (f *exportFooter) count(r any) {
	switch r.(type) {
	case *exportIntent:
		f.Intents++
	case *exportOutcome:
		f.Outcomes++
	case *exportPlan:
		f.Plans++
	case *exportFinish:
		f.Finishes++
	case *exportEcho:
		f.Echoes++
	case *exportApproval:
		f.Approvals++
	case *exportEvent:
		f.Events++
	}
}

// An exportRun is the run that wrote a record.
type exportRun struct {
	Actor       string `json:"actor"`
	ToolVersion string `json:"tool_version"`
	At          stamp  `json:"at"`
}

// An exportHead is what all records begin with.
type exportHead struct {
	Type string    `json:"type"`
	Seq  int64     `json:"seq"`
	Run  exportRun `json:"run"`
}

func (h *exportHead) seq() int64 { return h.Seq }

// columns are those of exportedHead, in their order, and what follows them.
func (h *exportHead) columns(more ...any) []any {
	return append([]any{&h.Seq, &h.Run.Actor, &h.Run.ToolVersion, &h.Run.At}, more...)
}

type exportIntent struct {
	exportHead
	At       stamp  `json:"at"`
	Payment  string `json:"payment"`
	Op       string `json:"op"`
	Ref      string `json:"ref"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Final    bool   `json:"final"`
	Attempt  int64  `json:"attempt"`
	Key      string `json:"key"`
	PlanID   string `json:"plan_id"`
}

func (i *exportIntent) fields() []any {
	return i.columns(&i.At, &i.Payment, &i.Op, &i.Ref, &i.Amount, &i.Currency, &i.Final, &i.Attempt, &i.Key, &i.PlanID)
}

type exportOutcome struct {
	exportHead
	Intent      int64    `json:"intent"`
	At          stamp    `json:"at"`
	State       string   `json:"state"`
	OperationID string   `json:"operation_id"`
	Code        int64    `json:"code"`
	Status      int64    `json:"status"`
	ErrorID     string   `json:"error_id"`
	Message     string   `json:"message"`
	BodySHA256  hexes    `json:"body_sha256"`
	Absent      bool     `json:"absent"`
	SentAt      stamp    `json:"sent_at"`
	Evidence    evidence `json:"evidence"`
}

func (o *exportOutcome) fields() []any {
	return o.columns(&o.Intent, &o.At, &o.State, &o.OperationID, &o.Code, &o.Status, &o.ErrorID, &o.Message,
		&o.BodySHA256, &o.Absent, &o.SentAt, &o.Evidence)
}

type exportPlan struct {
	exportHead
	PlanID     string `json:"plan_id"`
	ContentID  string `json:"content_id"`
	AcceptedAt stamp  `json:"accepted_at"`
	Expires    stamp  `json:"expires"`
	Payments   int64  `json:"payments"`
	Calls      int64  `json:"calls"`
	Size       int64  `json:"size"`
	SHA256     string `json:"sha256"`
	Maker      string `json:"maker,omitempty"`
	Policy     string `json:"policy,omitempty"`
	Approvers  string `json:"approvers,omitempty"`
	chunks     int64
}

func (p *exportPlan) fields() []any {
	return p.columns(&p.PlanID, &p.ContentID, &p.AcceptedAt, &p.Expires, &p.Payments, &p.Calls, &p.chunks)
}

type exportFinish struct {
	exportHead
	Plan   int64  `json:"plan"`
	PlanID string `json:"plan_id"`
	At     stamp  `json:"at"`
	Result string `json:"result"`
}

func (f *exportFinish) fields() []any { return f.columns(&f.Plan, &f.PlanID, &f.At, &f.Result) }

type exportEcho struct {
	exportHead
	Op          string `json:"op"`
	OperationID string `json:"operation_id"`
	At          stamp  `json:"at"`
}

func (e *exportEcho) fields() []any { return e.columns(&e.Op, &e.OperationID, &e.At) }

type exportApproval struct {
	exportHead
	Plan      int64  `json:"plan"`
	PlanID    string `json:"plan_id"`
	At        stamp  `json:"at"`
	By        string `json:"by"`
	How       string `json:"how"`
	Statement string `json:"statement"`
}

func (a *exportApproval) fields() []any {
	return a.columns(&a.Plan, &a.PlanID, &a.At, &a.By, &a.How, &a.Statement)
}

// hexes are bytes that are exported in hexadecimal.
type hexes []byte

// MarshalText gives the hexadecimal digits.
func (h hexes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// evidence is a JSON array, stored as text; empty for one without elements.
type evidence string

// MarshalJSON gives the array.
func (e evidence) MarshalJSON() ([]byte, error) {
	if e == "" {
		return []byte("[]"), nil
	}
	if !json.Valid([]byte(e)) {
		return nil, fmt.Errorf("evidence %q is no JSON", string(e))
	}
	return []byte(e), nil
}

// An exportRecord is a record that is exported.
type exportRecord interface {
	seq() int64
	fields() []any // where its columns are read to
}

// exportedHead and exportedOf are around the columns of a table x.
const (
	exportedHead = `SELECT x.seq, r.actor, r.tool_version, r.at, `
	exportedOf   = ` JOIN runs r ON r.run = x.run
		WHERE r.environment = $1 AND r.merchant = $2 AND x.seq > $3 AND x.seq <= $4`
)

// exports are the tables that are exported, as far as there are all of them.
func (j *Journal) exports(ctx context.Context) ([]exportKind, error) {
	head := func(name string) exportHead { return exportHead{Type: name} }
	kinds := []exportKind{
		{
			exportedHead + `x.at, x.payment, x.op, x.ref, x.amount, x.currency, x.final, x.attempt, x.key, x.plan_id
			FROM intents x` + exportedOf,
			func() exportRecord { return &exportIntent{exportHead: head("intent")} },
		},
		{
			exportedHead + `x.intent, x.at, x.state, x.operation_id, x.code, x.status, x.error_id, x.message,
			x.body_sha256, x.absent, x.sent_at, x.evidence FROM outcomes x` + exportedOf,
			func() exportRecord { return &exportOutcome{exportHead: head("outcome")} },
		},
		{
			exportedHead + `x.plan_id, x.content_id, x.accepted_at, x.expires, x.payments, x.calls, x.chunks
			FROM plans x` + exportedOf,
			func() exportRecord { return &exportPlan{exportHead: head("plan")} },
		},
		{
			exportedHead + `x.plan, coalesce((SELECT p.plan_id FROM plans p WHERE p.seq = x.plan), ''), x.at, x.result
			FROM finishes x` + exportedOf,
			func() exportRecord { return &exportFinish{exportHead: head("finish")} },
		},
		{
			exportedHead + `x.op, x.operation_id, x.at FROM echoes x` + exportedOf,
			func() exportRecord { return &exportEcho{exportHead: head("echo")} },
		},
	}
	there, err := j.tables(ctx)
	if there[1] {
		kinds = append(kinds, exportedEvents)
	}
	if err != nil || !there[0] {
		return kinds, err
	}
	return append(kinds, exportKind{
		exportedHead + `x.plan, coalesce((SELECT p.plan_id FROM plans p WHERE p.seq = x.plan), ''), x.at, x."by", x.how, x.statement
		FROM approvals x` + exportedOf,
		func() exportRecord { return &exportApproval{exportHead: head("approval")} },
	}), nil
}

// An exportKind is a table that is exported: how rows between two numbers are
// read, and into what.
type exportKind struct {
	query  string
	record func() exportRecord
}
