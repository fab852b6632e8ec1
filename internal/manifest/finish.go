package manifest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// WriteTo writes everything that was added to out. Before the first byte goes
// there, all of it is read again as a manifest and held against what was added.
// Without payments nothing is written.
func (w *Writer) WriteTo(ctx context.Context, out io.Writer) error {
	if len(w.documents) == 0 {
		return nil
	}
	text, err := w.text()
	if err != nil {
		return err
	}
	srcs, err := spec.OpenSources([]string{"-"}, text)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	defer func() { _ = srcs.Close() }()
	if err := w.verify(ctx, srcs); err != nil {
		return err
	}
	in, err := srcs.List()[0].Open()
	if err != nil {
		return spooled(err)
	}
	defer func() { _ = in.Close() }()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// text is the whole manifest.
func (w *Writer) text() (io.Reader, error) {
	var parts []io.Reader
	for i, d := range w.documents {
		if err := d.out.Flush(); err != nil {
			return nil, spooled(err)
		}
		size, err := d.file.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, spooled(err)
		}
		head := w.headText(&d.sum, i == 0) + "  payments:\n"
		if i > 0 {
			head = "---\n" + head
		}
		parts = append(parts, strings.NewReader(head), io.NewSectionReader(d.file, 0, size))
	}
	return io.MultiReader(parts...), nil
}

// verify reads a manifest again and holds it against what was added.
func (w *Writer) verify(ctx context.Context, srcs *spec.Sources) error {
	read := map[spec.Currency]hash.Hash{}
	var line []byte
	for p, err := range spec.Decode(ctx, srcs, spec.Options{}) {
		if err != nil {
			return fmt.Errorf("read the manifest again: %w", err)
		}
		if read[p.Currency] == nil {
			read[p.Currency] = sha256.New()
		}
		line = appendItem(line[:0], p)
		read[p.Currency].Write(line)
	}
	for _, d := range w.documents {
		if h := read[d.sum.Currency]; h == nil || string(h.Sum(nil)) != string(d.hash.Sum(nil)) {
			return fmt.Errorf("read the manifest again: the payments in %s are not those that were written; this is a fault of payreconcile", d.sum.Currency)
		}
	}
	return nil
}
