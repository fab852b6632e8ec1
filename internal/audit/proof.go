package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// proofFormat is the name and the major version of a proof.
const proofFormat = "payreconcile-proof/1"

// MaxProof is how many bytes a proof has at most.
const MaxProof = 16 << 20

// MaxPlan is how many bytes a plan has at most that is put into a proof. Of a
// longer one there is the SHA-256 alone: who has its file can show it.
const MaxPlan = 256 << 10

// A Proof is one movement's records with the way from each to the root of a
// head. It stands for itself: whoever trusts the head needs nothing else.
type Proof struct {
	Format   string        `json:"format"`
	Movement string        `json:"movement"`
	Head     string        `json:"head"` // the note
	Records  []ProofRecord `json:"records"`
	Plans    []ProofPlan   `json:"plans"`
	SHA256   string        `json:"sha256"` // of the proof with an empty one
}

// A ProofRecord is a record with its place in the log, from 0, and the hashes
// that lead from it to the root.
type ProofRecord struct {
	N      int64           `json:"n"`
	Path   []string        `json:"path"`
	Record json.RawMessage `json:"record"`
}

// A ProofPlan is the text of a plan.
type ProofPlan struct {
	Record int64  `json:"record"` // number of the plan's record
	Text   string `json:"text"`
}

// A Found is a record of a movement, with its place in the log.
type Found struct {
	N    int64
	Line []byte
}

// Collect finds the records of a movement: its intents with their outcomes and
// what the platform said of them by itself, and the plans that these belong to, with their approvals and how they ended. It
// reads the whole log.
func Collect(s Source, m Movement) ([]Found, error) {
	c := collector{movement: m, plans: map[int64]string{}, wanted: map[string]bool{}, intents: map[int64]bool{}}
	n := int64(0)
	for item, err := range s.Items {
		if err != nil {
			return nil, err
		}
		if item.Head != nil {
			continue
		}
		if err := c.take(n, item.Line); err != nil {
			return nil, err
		}
		n++
	}
	return c.found()
}

// A collector keeps what may belong to a movement.
type collector struct {
	movement Movement
	plans    map[int64]string // ids by number of their records
	wanted   map[string]bool  // ids of plans that have a call of it
	intents  map[int64]bool
	kept     []candidate
}

// A candidate belongs to the movement if its plan does, or if it has none.
type candidate struct {
	Found
	plan string
}

func (c *collector) take(n int64, line []byte) error {
	l, err := ParseLine(line)
	if err != nil {
		return fmt.Errorf("%w: record at place %d: %w", ErrAltered, n, err)
	}
	keep := func(plan string) {
		c.kept = append(c.kept, candidate{Found{n, bytes.Clone(line)}, plan})
	}
	switch {
	case l.Type == "plan":
		c.plans[l.Seq] = l.PlanID
		keep(l.PlanID)
	case l.Type == "approval" || l.Type == "finish":
		keep(c.plans[l.Plan])
	case c.movement.of(&l):
		c.intents[l.Seq] = true
		c.wanted[l.PlanID] = true
		keep("")
	case (l.Type == "outcome" || l.Type == "event") && c.intents[l.Intent]:
		keep("")
	}
	return nil
}

func (c *collector) found() ([]Found, error) {
	if len(c.intents) == 0 {
		return nil, fmt.Errorf("%s: %w", c.movement, errNoMovement)
	}
	var all []Found
	for _, k := range c.kept {
		if k.plan == "" || c.wanted[k.plan] {
			all = append(all, k.Found)
		}
	}
	return all, nil
}

// Prove makes a proof of records under a head. The text of a plan, by the number
// of its record, is put in where it is short. What it returns was checked.
func Prove(m Movement, records []Found, head Claim, r tlog.HashReader, text func(Line) ([]byte, error)) ([]byte, error) {
	p := Proof{Format: proofFormat, Movement: m.String(), Head: head.Note, Plans: []ProofPlan{}}
	for _, f := range records {
		if f.N >= head.Size {
			return nil, fmt.Errorf("the newest head is of %d records, and one of this movement comes later", head.Size)
		}
		path, err := tlog.ProveRecord(head.Size, f.N, r)
		if err != nil {
			return nil, fmt.Errorf("prove record at place %d: %w", f.N, err)
		}
		proved := ProofRecord{N: f.N, Path: make([]string, len(path)), Record: f.Line}
		for i, h := range path {
			proved.Path[i] = h.String()
		}
		p.Records = append(p.Records, proved)
		if err := p.plan(f.Line, text); err != nil {
			return nil, err
		}
	}
	b, err := p.seal()
	if err != nil {
		return nil, err
	}
	if _, err := Check(b, Expect{Movement: &m}); err != nil {
		return nil, fmt.Errorf("the proof does not hold: %w", err)
	}
	return b, nil
}

// plan adds the text of a plan, if the record is one of a short one.
func (p *Proof) plan(line []byte, text func(Line) ([]byte, error)) error {
	l, err := ParseLine(line)
	if err != nil || l.Type != "plan" || l.Size > MaxPlan || text == nil {
		return err
	}
	b, err := text(l)
	if err == nil && utf8.Valid(b) {
		p.Plans = append(p.Plans, ProofPlan{l.Seq, string(b)})
	}
	return err
}

// seal returns the one text of a proof.
func (p *Proof) seal() ([]byte, error) {
	p.SHA256 = ""
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode the proof: %w", err)
	}
	sum := sha256.Sum256(b)
	p.SHA256 = hex.EncodeToString(sum[:])
	if b, err = json.Marshal(p); err != nil {
		return nil, fmt.Errorf("encode the proof: %w", err)
	}
	if b = append(b, '\n'); len(b) > MaxProof {
		return nil, fmt.Errorf("the proof would have %d bytes, and no reader takes more than %d", len(b), MaxProof)
	}
	return b, nil
}

// parseProof reads a proof, of which there is one text.
func parseProof(data []byte) (*Proof, error) {
	switch {
	case len(data) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrTruncated)
	case len(data) > MaxProof:
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrFormat, MaxProof)
	case !bytes.HasPrefix(data, []byte(`{"format":"payreconcile-proof/`)):
		return nil, fmt.Errorf("%w: it does not begin as a proof does", ErrFormat)
	case data[len(data)-1] != '\n':
		return nil, fmt.Errorf("%w: it ends in the middle of its line", ErrTruncated)
	}
	var p Proof
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON object, or a part of it is of another type", ErrAltered)
	}
	if p.Format != proofFormat {
		return nil, fmt.Errorf("%w: its format is %.40q, and this version reads %s", ErrFormat, p.Format, proofFormat)
	}
	same := p
	text, err := same.seal()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	case same.SHA256 != p.SHA256:
		return nil, fmt.Errorf("%w: its SHA-256 is of another text", ErrAltered)
	case !bytes.Equal(text, data):
		return nil, fmt.Errorf("%w: it is not written as payreconcile writes it", ErrAltered)
	}
	return &p, nil
}

// included holds a record against the root of a head.
func (r *ProofRecord) included(h Head) error {
	path := make(tlog.RecordProof, len(r.Path))
	for i, text := range r.Path {
		hash, err := tlog.ParseHash(text)
		if err != nil || hash.String() != text {
			return errors.New("its way to the root has something that is no hash")
		}
		path[i] = hash
	}
	if r.N < 0 || r.N >= h.Size {
		return fmt.Errorf("its place %d is not in a log of %d records", r.N, h.Size)
	}
	if tlog.CheckRecord(path, h.Size, h.Root, r.N, tlog.RecordHash(r.Record)) != nil {
		return errors.New("it is not in the log that the head is of")
	}
	return nil
}
