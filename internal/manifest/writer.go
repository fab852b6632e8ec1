package manifest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"os"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Head is what a manifest says beside its payments.
type Head struct {
	Name       string            // metadata.name; "" writes none
	Labels     map[string]string // metadata.labels
	MerchantID string            // spec.merchantId; "" writes none
	Origin     string            // the first line, a comment; "" writes none
}

// A Writer gathers payments, in temporary files that have no name, and writes
// them as manifests: one document for each currency, in the order in which the
// currencies came, each with control totals. It is not safe for concurrent use.
type Writer struct {
	head      Head
	notes     []string
	dropped   int
	documents []*document
	line      []byte
}

// maxNotes bounds the comments on top of a manifest.
const maxNotes = 50

// A document holds the payments of one currency.
type document struct {
	sum  Sum
	file *os.File
	out  *bufio.Writer
	hash hash.Hash // over the lines
}

// NewWriter returns a Writer. Faults of the head are spec.Errors.
func NewWriter(h Head) (*Writer, error) {
	w := &Writer{head: h}
	text := w.headText(&Sum{Currency: "EUR"}, false) + "  payments: []\n"
	for _, err := range spec.Decode(context.Background(), spec.SourcesOf(spec.Inline("", text)), spec.Options{}) {
		if err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Note adds a comment on top of the manifest, for people. Only the first fifty
// are written out.
func (w *Writer) Note(text string) {
	if len(w.notes) == maxNotes {
		w.dropped++
		return
	}
	w.notes = append(w.notes, comment(text))
}

// Add adds a payment. What the rules of manifests forbid is refused with
// spec.Errors, whose paths start at the payment, and nothing is added. That a
// payment was added before is found by WriteTo.
func (w *Writer) Add(p *spec.Payment) error {
	w.line = appendItem(w.line[:0], p)
	read, err := spec.ParseItem(string(w.line), p.Currency)
	if err != nil {
		return err
	}
	if again := appendItem(nil, read); string(again) != string(w.line) {
		return fmt.Errorf("write payment %s: it would be read as another one; this is a fault of payreconcile", p.ID)
	}
	d, err := w.document(p.Currency)
	if err != nil {
		return err
	}
	if err := d.sum.add(p); err != nil {
		return err
	}
	d.hash.Write(w.line)
	_, err = fmt.Fprintf(d.out, "    %s\n", w.line)
	return spooled(err)
}

// document returns that of a currency, which is begun if need be.
func (w *Writer) document(c spec.Currency) (*document, error) {
	if i := slices.IndexFunc(w.documents, func(d *document) bool { return d.sum.Currency == c }); i >= 0 {
		return w.documents[i], nil
	}
	f, err := os.CreateTemp("", "payreconcile-*.yaml")
	if err != nil {
		return nil, spooled(err)
	}
	d := &document{sum: Sum{Currency: c}, file: f, out: bufio.NewWriterSize(f, 64<<10), hash: sha256.New()}
	w.documents = append(w.documents, d)
	return d, spooled(os.Remove(f.Name()))
}

func spooled(err error) error {
	if err != nil {
		return fmt.Errorf("keep the payments in a temporary file: %w", err)
	}
	return nil
}

// Sums returns what the payments come to, a sum for each currency in the order
// in which they came.
func (w *Writer) Sums() []Sum {
	sums := make([]Sum, len(w.documents))
	for i, d := range w.documents {
		sums[i] = d.sum
	}
	return sums
}

// Close releases the temporary files.
func (w *Writer) Close() error {
	var errs []error
	for _, d := range w.documents {
		errs = append(errs, d.file.Close())
	}
	w.documents = nil
	return errors.Join(errs...)
}

// comments are the lines on top of a manifest.
func (w *Writer) comments() string {
	var b strings.Builder
	if w.head.Origin != "" {
		b.WriteString("# " + comment(w.head.Origin) + "\n")
	}
	for _, n := range w.notes {
		b.WriteString("# " + n + "\n")
	}
	if w.dropped > 0 {
		fmt.Fprintf(&b, "# and %d more\n", w.dropped)
	}
	return b.String()
}

// headText is a document up to its list of payments.
func (w *Writer) headText(s *Sum, commented bool) string {
	var b strings.Builder
	if commented {
		b.WriteString(w.comments())
	}
	b.WriteString("apiVersion: payreconcile/v1\nkind: Settlement\n")
	if w.head.Name != "" || len(w.head.Labels) > 0 {
		b.WriteString("metadata:\n")
	}
	if w.head.Name != "" {
		b.Write(append(appendWord([]byte("  name: "), w.head.Name), '\n'))
	}
	if len(w.head.Labels) > 0 {
		b.WriteString("  labels: {" + labels(w.head.Labels) + "}\n")
	}
	b.WriteString("spec:\n")
	if w.head.MerchantID != "" {
		b.Write(append(appendWord([]byte("  merchantId: "), w.head.MerchantID), '\n'))
	}
	return b.String() + "  currency: " + string(s.Currency) + "\n" + s.expect()
}
