package render

import (
	"context"
	"io"
	"time"

	"github.com/payreconcile/payreconcile/internal/statement"
)

// A StatementDocument is what "statement --json" prints.
type StatementDocument struct {
	StatementHead
	// The runs, oldest first.
	Runs []StatementRun `json:"runs"`
	StatementTail
}

// A StatementHead is what stands before the runs.
type StatementHead struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=statement"`
	// Name of the environment.
	Environment string `json:"environment"`
	// Merchant id.
	Merchant string `json:"merchant"`
	// The journal, as of this record.
	Journal JournalState `json:"journal"`
	// Prefixes of plan ids that were asked for.
	Plans []string `json:"plans,omitempty"`
	// Plans were asked for that were accepted at this time or later.
	Since time.Time `json:"since,omitzero"`
	// Plans were asked for that were accepted before this time.
	Until time.Time `json:"until,omitzero"`
	// What was read from the platform; absent when it was not asked.
	Reads *StatementReads `json:"reads,omitempty"`
	// What does not simply agree, by agreement, the gravest first; the first movements of each.
	Differences []StatementList `json:"differences"`
}

// StatementReads is what was read from the platform.
type StatementReads struct {
	// Number of payments.
	Payments int64 `json:"payments"`
	// When the first one was read.
	Oldest time.Time `json:"oldest,omitzero"`
	// When the last one was read.
	Newest time.Time `json:"newest,omitzero"`
	// SHA-256 of what was read, in hexadecimal: that in the footer of --save-reads.
	SHA256 string `json:"sha256"`
}

// A StatementList is movements on which journal and platform do not simply
// agree.
type StatementList struct {
	// How they stand to each other: no, by word or further.
	Agree string `json:"agree"`
	// How many there are.
	Count int64 `json:"count"`
	// The first of them.
	Movements []StatementMovement `json:"movements"`
}

// A StatementTail is what stands behind the runs.
type StatementTail struct {
	// Money of all runs.
	Totals []StatementSum `json:"totals"`
	// Number of movements in all runs.
	Movements int64 `json:"movements"`
	// Every sum agrees with its columns, with the footer of its plan and with the journal.
	Agrees bool `json:"sums_agree"`
}

// A StatementRun is a plan that was applied.
type StatementRun struct {
	StatementRunHead
	// What the plan meant to move, in its order.
	Movements []StatementMovement `json:"movements"`
	StatementRunTail
}

// A StatementRunHead is what stands before the movements of a run.
type StatementRunHead struct {
	// Number of the run in this statement, from 1.
	Run int `json:"run"`
	// Id of the plan.
	PlanID string `json:"plan_id"`
	// Number of the journal's record that holds the plan.
	Record int64 `json:"record"`
	// Who made the plan; absent when nobody was named.
	Maker string `json:"maker,omitempty"`
	// When it was made.
	CreatedAt time.Time `json:"created_at"`
	// When it was accepted, and nothing could be changed in it any more.
	AcceptedAt time.Time `json:"accepted_at"`
	// Who ran the process that accepted it.
	AcceptedBy string `json:"accepted_by"`
	// On whose word it ran.
	Approvals []JournalApproval `json:"approvals"`
	// When it ended; absent while it is unfinished.
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// Number of the record that says so.
	FinishRecord int64 `json:"finish_record,omitempty"`
	// How it ended, for people.
	Result string `json:"result,omitempty"`
	// SHA-256 of the policy that was configured; absent when none was.
	Policy string `json:"policy,omitempty"`
	// SHA-256 of the approvers that were configured; absent when none were.
	Approvers string `json:"approvers,omitempty"`
	// Files that it was made from.
	Manifests []ManifestFile `json:"manifests"`
	// Number of its payments.
	Payments int64 `json:"payments"`
	// Money by currency and kind.
	Money []StatementSum `json:"money"`
	// Why the figures cannot be trusted; empty when they can.
	Faults []string `json:"faults"`
}

// A StatementRunTail is what stands behind the movements of a run.
type StatementRunTail struct {
	// Number of movements.
	Count int64 `json:"count"`
	// Movements that were still in progress from earlier runs, and are counted there.
	Pending int64 `json:"pending"`
}

// A StatementSum is money of one currency and kind. Planned is the sum of the
// other five.
type StatementSum struct {
	// Kind of the movements.
	Kind string `json:"kind"`
	// Number of the movements.
	Count int64 `json:"count"`
	// What was planned.
	Planned Money `json:"planned"`
	// What the platform carried out.
	Settled Money `json:"settled"`
	// What it took and is working on.
	Accepted Money `json:"accepted"`
	// What it refused: no money moved.
	Refused Money `json:"refused"`
	// Of what nobody knows whether it moved.
	InDoubt Money `json:"in_doubt"`
	// For what no call was made.
	NotSent Money `json:"not_sent"`
	// Planned is the sum of the others.
	Holds bool `json:"holds"`
}

// A StatementMovement is one thing that a plan meant to do with money.
type StatementMovement struct {
	// Number of the run in this statement, from 1.
	Run int `json:"run"`
	// The payment.
	Payment string `json:"payment"`
	// The merchant's reference of the payment.
	MerchantReference string `json:"merchant_reference,omitempty"`
	// Kind: capture, cancel or refund; absent when it concerns the whole payment.
	Kind string `json:"kind,omitempty"`
	// Reference of the movement.
	Ref string `json:"ref,omitempty"`
	// Which attempt it is.
	Attempt int `json:"attempt,omitempty"`
	// What was planned; absent when no money was.
	Planned *Money `json:"planned,omitempty"`
	// What stands in the column.
	Amount *Money `json:"amount,omitempty"`
	// Column: settled, accepted, refused, in doubt or not sent.
	Stands string `json:"stands" jsonschema:"enum=settled,enum=accepted,enum=refused,enum=in doubt,enum=not sent"`
	// Why it was not sent, for programs.
	Why string `json:"why,omitempty"`
	// The same for people.
	Note string `json:"note,omitempty"`
	// What the journal has; absent when it has nothing.
	Journal *StatementRecord `json:"journal,omitempty"`
	// What the platform shows; absent when it was not asked.
	Platform *StatementShown `json:"platform,omitempty"`
	// Whether journal and platform agree: no, by word, further, yes or not compared.
	Agree string `json:"agree" jsonschema:"enum=no,enum=by word,enum=further,enum=yes,enum=not compared"`
	// What differs, for people.
	Difference string `json:"difference,omitempty"`
	// Where it was declared.
	Source string `json:"source,omitempty"`
}

// A StatementRecord is what the journal has of a movement.
type StatementRecord struct {
	// Number of the record that was written before the first byte was sent.
	Intent int64 `json:"intent"`
	// Number of the record that says where it stands; absent when there is none.
	Outcome int64 `json:"outcome,omitempty"`
	// Where it stands.
	State string `json:"state"`
	// Since when.
	StateAt time.Time `json:"state_at,omitzero"`
	// The platform's id of the operation.
	OperationID string `json:"operation_id,omitempty"`
	// What happened, for people.
	Message string `json:"message,omitempty"`
	// Who settled it by word, and why; absent when nobody did.
	Word string `json:"by_word,omitempty"`
	// Idempotence key.
	Key string `json:"key"`
}

// StatementShown is what the platform shows of a movement.
type StatementShown struct {
	// When it was read.
	At time.Time `json:"at,omitzero"`
	// What was seen: shown, not_shown, unknown, unreadable or other_thing.
	Sight string `json:"sight"`
	// The platform's id of the operation.
	OperationID string `json:"operation_id,omitempty"`
	// Its status code.
	StatusCode int `json:"status_code,omitempty"`
	// What the code means.
	Meaning string `json:"meaning,omitempty"`
}

// StatementJSON writes a statement as a StatementDocument, movement by movement.
func StatementJSON(ctx context.Context, w io.Writer, st *statement.Statement) error {
	d := newDocument(w)
	d.open(statementHead(st), "runs")
	for i, r := range st.Runs {
		if i > 0 {
			d.raw(",")
		}
		d.raw("\n")
		d.open(statementRun(i, r), "movements")
		first := true
		for m, err := range st.All(ctx, r) {
			if err != nil {
				_ = d.flush() // what went wrong matters more
				return err
			}
			d.item(statementMovement(i, m), first)
			if first = false; d.err != nil {
				return d.flush()
			}
		}
		d.end(StatementRunTail{Count: r.Movements, Pending: r.Pending})
	}
	d.end(StatementTail{Totals: statementSums(st.Totals), Movements: st.Movements, Agrees: !st.Faulty()})
	return d.flush()
}

func statementHead(st *statement.Statement) StatementHead {
	h := StatementHead{
		FormatVersion: FormatVersion, Kind: "statement", Environment: st.Environment, Merchant: st.Merchant,
		Journal: JournalState{ID: st.Ref.ID, Sequence: st.Ref.Seq}, Plans: st.Period.Plans, Since: st.Period.Since, Until: st.Period.Until,
		Differences: []StatementList{},
	}
	if st.Reads != nil {
		f := st.Reads.Footer
		h.Reads = &StatementReads{Payments: f.Payments, Oldest: f.Oldest, Newest: f.Newest, SHA256: f.SHA256}
	}
	for a := range st.Differing {
		l := &st.Differing[a]
		if l.Count == 0 {
			continue
		}
		list := StatementList{Agree: statement.Agreement(a).String(), Count: l.Count}
		for i := range l.First {
			list.Movements = append(list.Movements, statementMovement(l.First[i].Run, &l.First[i].Movement))
		}
		h.Differences = append(h.Differences, list)
	}
	return h
}

func statementRun(i int, r *statement.Run) StatementRunHead {
	h := StatementRunHead{
		Run: i + 1, PlanID: r.PlanID, Record: r.Seq, Maker: r.Header.Maker, CreatedAt: r.Header.Created, AcceptedAt: r.AcceptedAt,
		AcceptedBy: r.Actor, Approvals: []JournalApproval{}, FinishedAt: r.FinishedAt, FinishRecord: r.Finish, Result: r.Result,
		Policy: r.Header.Policy, Approvers: r.Header.Approvers, Manifests: []ManifestFile{}, Payments: r.Footer.Counts.Payments,
		Money: statementSums(r.Sums), Faults: append([]string{}, r.Faults...),
	}
	for _, a := range r.Approvals {
		h.Approvals = append(h.Approvals, JournalApproval{By: a.By, How: a.How, At: a.At})
	}
	for _, m := range r.Header.Manifests {
		h.Manifests = append(h.Manifests, ManifestFile{Name: m.Name, SHA256: m.SHA256})
	}
	return h
}

func statementSums(sums statement.Sums) []StatementSum {
	all := make([]StatementSum, len(sums))
	for i := range sums {
		s := &sums[i]
		of := func(c statement.Column) Money { return moneyOf(s.Amounts[c], s.Currency) }
		all[i] = StatementSum{
			Kind: string(s.Kind), Count: s.Movements(), Planned: moneyOf(s.Planned, s.Currency),
			Settled: of(statement.Settled), Accepted: of(statement.Accepted), Refused: of(statement.Refused),
			InDoubt: of(statement.InDoubt), NotSent: of(statement.NotSent), Holds: s.Holds(),
		}
	}
	return all
}

func statementMovement(run int, m *statement.Movement) StatementMovement {
	out := StatementMovement{
		Run: run + 1, Payment: string(m.Payment), MerchantReference: m.MerchantReference, Kind: string(m.Kind), Ref: m.Ref, Attempt: m.Attempt,
		Planned: moneyOrNil(m.Planned, m.Currency), Amount: moneyOrNil(m.Amount, m.Currency),
		Stands: m.Column.String(), Why: m.Why, Note: m.Note, Agree: m.Agreement.String(), Difference: m.Difference, Source: m.Source,
	}
	if j := &m.Journal; j.Intent != 0 {
		out.Journal = &StatementRecord{
			Intent: j.Intent, Outcome: j.Outcome, State: string(j.State), StateAt: j.StateAt, OperationID: j.OperationID,
			Message: j.Message, Word: j.Word, Key: string(j.Key),
		}
	}
	if p := &m.Platform; p.Sight != statement.SightNone {
		out.Platform = &StatementShown{At: p.At, Sight: string(p.Sight), OperationID: p.OperationID, StatusCode: p.Code}
		if p.Sight == statement.SightShown {
			out.Platform.Meaning = standingMeaning(p.Standing)
		}
	}
	return out
}
