package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// ReadsFormat is the version of the files of reads that this package writes.
// Minor versions only add.
const ReadsFormat = "1.0"

// What a file of reads can be refused for.
var (
	ErrReadsAltered   = errors.New("the file of reads was altered after it was written")
	ErrReadsTruncated = errors.New("the file of reads is not complete")
	ErrReadsFormat    = errors.New("this is not a file of reads that this version knows")
	ErrOtherReads     = errors.New("these reads were made for something else")
)

// A file of reads is JSON Lines: a header, one line a payment in the order in
// which the statement has them, and a footer with the SHA-256 of every byte
// before it. A payment stands in it as plan files hold what was observed.

// A ReadsHeader says what the platform was read for.
type ReadsHeader struct {
	Environment   string          `json:"environment"`
	FormatVersion string          `json:"format_version"`
	Journal       plan.JournalRef `json:"journal"` // as of this record
	Kind          string          `json:"kind"`    // "reads"
	Merchant      string          `json:"merchant"`
	Period        Period          `json:"period"`
	Plans         []string        `json:"plans"` // ids, oldest first
}

// A Period says which plans were asked for.
type Period struct {
	Plans []string  `json:"plans,omitempty"` // by these prefixes of their ids
	Since time.Time `json:"since,omitzero"`  // accepted at or after
	Until time.Time `json:"until,omitzero"`  // accepted before
}

// A ReadsFooter closes a file of reads.
type ReadsFooter struct {
	Kind     string    `json:"kind"` // "footer"
	Newest   time.Time `json:"newest,omitzero"`
	Oldest   time.Time `json:"oldest,omitzero"`
	Payments int64     `json:"payments"`
	SHA256   string    `json:"sha256"`
}

// A readsLine is a payment.
type readsLine struct {
	Have       plan.Observed `json:"have"`
	Kind       string        `json:"kind"` // "payment"
	ObservedAt time.Time     `json:"observed_at,omitzero"`
	Payment    string        `json:"payment"`
}

// prefixes that tell the lines apart: names are sorted.
const (
	readPrefix   = `{"have":{`
	footerPrefix = `{"kind":"footer"`
)

// WriteReads writes a file of reads. An error of the reads ends it, and what
// was written then is no such file.
func WriteReads(w io.Writer, h ReadsHeader, reads iter.Seq2[Read, error]) (ReadsFooter, error) {
	h.Kind, h.FormatVersion = "reads", ReadsFormat
	sum := sha256.New()
	enc := json.NewEncoder(io.MultiWriter(w, sum))
	enc.SetEscapeHTML(false)
	f := ReadsFooter{Kind: "footer"}
	err := enc.Encode(h)
	for r, failed := range reads {
		if err == nil {
			err = failed
		}
		if err != nil {
			return f, err
		}
		err = enc.Encode(readsLine{Have: r.Have, Kind: "payment", ObservedAt: r.Have.At.UTC(), Payment: r.Payment})
		f.count(r.Have.At.UTC())
	}
	if err != nil {
		return f, fmt.Errorf("write the reads: %w", err)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	end := json.NewEncoder(w)
	if err := end.Encode(f); err != nil {
		return f, fmt.Errorf("write the reads: %w", err)
	}
	return f, nil
}

func (f *ReadsFooter) count(at time.Time) {
	f.Payments++
	if at.IsZero() {
		return
	}
	if f.Oldest.IsZero() || at.Before(f.Oldest) {
		f.Oldest = at
	}
	if at.After(f.Newest) {
		f.Newest = at
	}
}
