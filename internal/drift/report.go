package drift

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Sum is the money that others moved by operations of one kind in one
// currency.
type Sum struct {
	Op       spec.Op
	Currency spec.Currency
	Count    int64
	Amount   int64
}

// A Summary counts what was found.
type Summary struct {
	Payments int64          // that were looked at
	Drifted  int64          // with a finding
	Counts   map[Code]int64 // findings
	Others   []Sum          // by currency and kind
}

// Found is the number of findings.
func (s *Summary) Found() (n int64) {
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// A Report keeps findings in a temporary file, so that they can be gone over
// more than once and do not fill the memory. Close removes the file.
type Report struct {
	Summary
	file *os.File
	out  *bufio.Writer
}

// NewReport returns an empty report.
func NewReport() (*Report, error) {
	f, err := os.CreateTemp("", "payreconcile-*.drift")
	if err != nil {
		return nil, fmt.Errorf("keep what is found: %w", err)
	}
	return &Report{Summary: Summary{Counts: map[Code]int64{}}, file: f, out: bufio.NewWriter(f)}, nil
}

// Close removes what was kept.
func (r *Report) Close() error {
	return errors.Join(r.file.Close(), os.Remove(r.file.Name()))
}

// Add takes in a payment that was looked at.
func (r *Report) Add(c Checked) error {
	r.Payments++
	if len(c.Findings) > 0 {
		r.Drifted++
	}
	for _, f := range c.Findings {
		r.Counts[f.Code]++
		if f.Code == Others {
			if err := r.others(f); err != nil {
				return err
			}
		}
		line, err := json.Marshal(f)
		if err == nil {
			_, err = r.out.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("keep what is found: %w", err)
		}
	}
	return nil
}

// others adds up the money that others moved.
func (r *Report) others(f Finding) error {
	i, found := slices.BinarySearchFunc(r.Others, f, func(s Sum, f Finding) int {
		return cmp.Or(cmp.Compare(s.Currency, f.Currency), cmp.Compare(s.Op, f.Op))
	})
	if !found {
		r.Others = slices.Insert(r.Others, i, Sum{Op: f.Op, Currency: f.Currency})
	}
	s := &r.Others[i]
	sum, err := spec.Money{Minor: s.Amount, Currency: s.Currency}.Add(spec.Money{Minor: f.Amount, Currency: f.Currency})
	if err != nil {
		return fmt.Errorf("add up what others moved: %w", err)
	}
	s.Count, s.Amount = s.Count+1, sum.Minor
	return nil
}

// Findings yields the findings of some codes, or all of them when none are
// named, in the order in which they were added.
func (r *Report) Findings(codes ...Code) iter.Seq2[Finding, error] {
	return func(yield func(Finding, error) bool) {
		if err := r.out.Flush(); err != nil {
			yield(Finding{}, fmt.Errorf("keep what is found: %w", err))
			return
		}
		lines := json.NewDecoder(bufio.NewReader(io.NewSectionReader(r.file, 0, 1<<62)))
		for {
			var f Finding
			switch err := lines.Decode(&f); {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(Finding{}, fmt.Errorf("read what was found: %w", err))
				return
			}
			if (len(codes) == 0 || slices.Contains(codes, f.Code)) && !yield(f, nil) {
				return
			}
		}
	}
}
