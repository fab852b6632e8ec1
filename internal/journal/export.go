package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// exportFormat is the name and the major version of what Export writes. Minor
// versions only add fields, and readers ignore those they do not know.
const exportFormat = "payreconcile-journal/1"

// Export writes all that this journal holds of its environment and merchant,
// up to its newest record now, as JSON Lines:
//
//	{"type":"header","format":"payreconcile-journal/1","journal":"j-…","seq":812,
//	 "environment":"live","merchant":"shop-eu","exported_at":"2026-11-22T12:00:00Z"}
//	{"type":"plan","seq":1,"run":{…},"plan_id":"p-…","content_id":"c-…","accepted_at":"…",
//	 "expires":"…","payments":3,"calls":2,"size":4711,"sha256":"…","maker":"ada","policy":"…","approvers":"…"}
//	{"type":"approval","seq":2,"run":{…},"plan":1,"plan_id":"p-…","at":"…","by":"ben","how":"signature","statement":"…"}
//	{"type":"intent","seq":3,"run":{…},"at":"…","payment":"3066177123","op":"capture",
//	 "ref":"ship-1","amount":8000,"currency":"EUR","final":false,"attempt":1,"key":"…","plan_id":"p-…"}
//	{"type":"outcome","seq":4,"run":{…},"intent":3,"at":"…","state":"accepted",
//	 "operation_id":"3066177123_1","code":91,"status":201,"error_id":"","message":"",
//	 "body_sha256":"…","absent":false,"sent_at":"…","evidence":[{"at":"…","status":201}]}
//	{"type":"finish","seq":5,"run":{…},"plan":1,"plan_id":"p-…","at":"…","result":"1 settled"}
//	{"type":"echo","seq":6,"run":{…},"op":"capture","operation_id":"3066177123_1","at":"…"}
//	{"type":"event","seq":7,"run":{…},"event_id":"…","event_type":"payment.captured","payment":"3066177123",
//	 "operation_id":"3066177123_1","code":9,"received_at":"…","created":"…","body_sha256":"…","facts":{…},
//	 "intent":3,"effect":"settled","message":"settled by webhook …"}
//	{"type":"footer","records":7,"intents":1,"outcomes":1,"plans":1,"finishes":1,"echoes":1,"approvals":1,"events":1,"sha256":"…"}
//
// Records stand in the order of their numbers, of which those that are missing
// belong to other environments and merchants. Each carries the run that wrote
// it: {"actor":"ada","tool_version":"1.0.0","at":"…"}. Times are RFC 3339 in
// UTC, with nanoseconds where there are some; null is none. Amounts are minor
// units. An outcome is of the intent with the number in its field intent; an
// approval is of the plan with the number in its field plan, and its time is by
// the approver's clock. An event is about the intent with the number in its field intent, 0 when
// it is about none; code is -1 when it has none, and facts are what was used of its body. Of a
// plan's bytes there are the number and the SHA-256, and what its header says of
// its maker, policy and approvers, where it does; body_sha256 is that of the
// body that was sent, "" when none was. The footer's sha256 is that of every
// byte before the footer's line. All hashes are in hexadecimal.
//
// The same records give the same bytes, whatever the journal is kept in, and for
// ever: the line of a record is a leaf of the audit log. What a later version
// adds to a kind of records is absent where there is none of it. Export
// reads piece by piece and holds up no writer; what is recorded meanwhile is
// not in it.
func (j *Journal) Export(ctx context.Context, w io.Writer) error {
	sum := sha256.New()
	e := &exporter{j: j, w: io.MultiWriter(w, sum), sum: sum}
	if err := e.run(ctx); err != nil {
		var failed *writeError
		if errors.As(err, &failed) {
			return fmt.Errorf("export journal %s: %w", j.path, failed.error)
		}
		return fmt.Errorf("export journal %s: %w", j.path, j.store.explain(err))
	}
	return nil
}

// An exporter writes an export.
type exporter struct {
	j      *Journal
	w      io.Writer
	sum    hash.Hash // of all that was written
	footer exportFooter
}

// writeError is one of the writer that an export goes to.
type writeError struct{ error }

func (e *exporter) run(ctx context.Context) error {
	seq, _, err := e.j.store.position(ctx)
	if err != nil {
		return err
	}
	c := &e.j.cfg
	err = e.line(exportHeader{
		Type: "header", Format: exportFormat, Journal: e.j.id, Seq: seq,
		Environment: c.Environment, Merchant: c.Merchant, ExportedAt: stamp(c.Now().UTC()),
	})
	if err != nil {
		return err
	}
	r := recordReader{j: e.j, environment: c.Environment, merchant: c.Merchant}
	err = r.each(ctx, 0, seq, func(x exportRecord, line []byte) error {
		e.footer.count(x)
		return e.write(line)
	})
	if err != nil {
		return err
	}
	f := &e.footer
	f.Type, f.SHA256 = "footer", hex.EncodeToString(e.sum.Sum(nil))
	f.Records = f.Intents + f.Outcomes + f.Plans + f.Finishes + f.Echoes + f.Approvals + f.Events
	return e.line(f)
}

// line writes a value on a line of its own.
func (e *exporter) line(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write(b)
}

func (e *exporter) write(line []byte) error {
	if _, err := e.w.Write(append(line, '\n')); err != nil {
		return &writeError{err}
	}
	return nil
}

// stamp is a time as it is exported.
type stamp time.Time

// MarshalJSON gives RFC 3339 with nanoseconds, or null for the zero time.
func (s stamp) MarshalJSON() ([]byte, error) {
	if time.Time(s).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(s).Format(`"` + time.RFC3339Nano + `"`)), nil
}

// Scan reads nanoseconds since 1970.
func (s *stamp) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", v)
	}
	*s = stamp(fromNanos(n))
	return nil
}
