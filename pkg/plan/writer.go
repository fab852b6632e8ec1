package plan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// A Writer writes a plan file as a stream. It is not safe for concurrent use.
// Its first error is final: what was written until then is not a plan.
type Writer struct {
	out     *bufio.Writer
	plan    hash.Hash
	content hash.Hash
	tally   tally
	err     error
}

// NewWriter writes the header of a plan file. A header that was read keeps the
// format version that it has, so that a file can be written again as it was.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	if h.Kind = "header"; h.FormatVersion == "" {
		h.FormatVersion = FormatVersion
	}
	if h.Manifests == nil {
		h.Manifests = []ManifestFile{}
	}
	pw := &Writer{out: bufio.NewWriterSize(w, 256<<10), plan: sha256.New(), content: sha256.New()}
	pw.content.Write(h.world())
	b, err := marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the plan's header: %w", err)
	}
	return pw, pw.put(append(b, '\n'))
}

// Write appends one entry.
func (w *Writer) Write(l Line) error {
	if w.err != nil {
		return w.err
	}
	w.content.Write(l.content)
	w.content.Write([]byte{'\n'})
	if w.err = w.tally.join(l.tally); w.err != nil {
		return w.err
	}
	return w.put(l.bytes)
}

// Close writes the footer and flushes. It does not close the underlying writer.
func (w *Writer) Close() (Footer, error) { return w.CloseJudged(nil) }

// CloseJudged is Close for a plan under a policy: judge is given what the plan
// comes to, before it has its id, and what it returns becomes part of the
// footer.
func (w *Writer) CloseJudged(judge func(Footer) *Judgement) (Footer, error) {
	if w.err != nil {
		return Footer{}, w.err
	}
	f := Footer{
		ContentID: hex.EncodeToString(w.content.Sum(nil)), Counts: w.tally.counts, Kind: "footer",
		Money: w.tally.sums, Newest: w.tally.newest, Oldest: w.tally.oldest,
	}
	if f.Counts.Actions == nil {
		f.Counts.Actions = map[Kind]int64{}
	}
	if f.Money == nil {
		f.Money = []Sum{}
	}
	if judge != nil {
		f.Judgement = judge(f)
	}
	b, err := marshal(f)
	if err != nil {
		return Footer{}, fmt.Errorf("encode the plan's footer: %w", err)
	}
	head := bytes.TrimSuffix(b, []byte(`"}`))
	if err := w.put(head); err != nil {
		return Footer{}, err
	}
	f.PlanID = hex.EncodeToString(w.plan.Sum(nil))
	if err := w.put([]byte(f.PlanID + "\"}\n")); err != nil {
		return Footer{}, err
	}
	if err := w.out.Flush(); err != nil {
		return Footer{}, fmt.Errorf("write the plan: %w", err)
	}
	w.err = errors.New("write the plan: it is closed")
	return f, nil
}

func (w *Writer) put(b []byte) error {
	w.plan.Write(b)
	if _, err := w.out.Write(b); err != nil {
		w.err = fmt.Errorf("write the plan: %w", err)
	}
	return w.err
}
