package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"
)

// exportFormat is the name and the major version of what Export writes.
const exportFormat = "payreconcile-audit/1"

// MaxLine is how many bytes a line of an exported log has at most.
const MaxLine = 8 << 20

// A fileHeader is the first line of an exported log.
type fileHeader struct {
	Type        string    `json:"type"`
	Format      string    `json:"format"`
	Journal     string    `json:"journal"`
	Environment string    `json:"environment"`
	Merchant    string    `json:"merchant"`
	ExportedAt  time.Time `json:"exported_at"`
}

// A fileHead is a head in an exported log.
type fileHead struct {
	Type string `json:"type"`
	Size int64  `json:"size"`
	Note string `json:"note"`
}

// A fileFooter is the last line of an exported log.
type fileFooter struct {
	Type    string `json:"type"`
	Records int64  `json:"records"`
	Heads   int64  `json:"heads"`
	Root    string `json:"root"`
	SHA256  string `json:"sha256"`
}

// Exported says what an exported log holds.
type Exported struct {
	Records int64
	Heads   int64
	Root    string
	SHA256  string // of every byte before the footer
}

// Export writes a log as JSON Lines:
//
//	{"type":"header","format":"payreconcile-audit/1","journal":"j-…","environment":"live","merchant":"shop-eu","exported_at":"…"}
//	{"type":"record","n":0,"hash":"…","record":{…}}
//	{"type":"head","size":1,"note":"payreconcile audit j-… live shop-eu\n1\n…"}
//	{"type":"footer","records":1,"heads":1,"root":"…","sha256":"…"}
//
// A record stands as the journal exports it. Its hash is the one that was stored
// when it was logged, where there is one: it tells which record was altered
// since. A head stands behind the last record that it counts; one that counts
// more than there are stands at the end. The footer's sha256 is that of every
// byte before the footer's line.
func Export(w io.Writer, s Source, now time.Time) (Exported, error) {
	sum := sha256.New()
	e := &logWriter{w: io.MultiWriter(w, sum), sum: sum}
	err := e.line(fileHeader{"header", exportFormat, s.Log.Journal, s.Log.Environment, s.Log.Merchant, now.UTC()})
	if err != nil {
		return Exported{}, err
	}
	heads := bySize(s.Heads)
	for item, err := range s.Items {
		if err != nil {
			return Exported{}, err
		}
		if err := e.record(&item); err != nil {
			return Exported{}, err
		}
		for len(heads) > 0 && heads[0].Size <= e.tree.Size() {
			if err := e.head(heads[0]); err != nil {
				return Exported{}, err
			}
			heads = heads[1:]
		}
	}
	for _, h := range heads {
		if err := e.head(h); err != nil {
			return Exported{}, err
		}
	}
	return e.close()
}

// A logWriter writes the lines of a log.
type logWriter struct {
	w     io.Writer
	sum   hash.Hash
	tree  Tree
	heads int64
	buf   []byte
}

func (e *logWriter) write(b []byte) error {
	if len(b) > MaxLine {
		return fmt.Errorf("a line would have %d bytes, and no reader takes more than %d", len(b), MaxLine)
	}
	_, err := e.w.Write(append(b, '\n'))
	return err
}

func (e *logWriter) line(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write(b)
}

func (e *logWriter) head(c Claim) error {
	e.heads++
	return e.line(fileHead{"head", c.Size, c.Note})
}

func (e *logWriter) record(item *Item) error {
	n := e.tree.Size()
	leaf := e.tree.Add(item.Line)[0]
	if item.Leaf != nil {
		leaf = *item.Leaf
	}
	e.buf = append(e.buf[:0], recordStart...)
	e.buf = strconv.AppendInt(e.buf, n, 10)
	e.buf = append(e.buf, hashStart...)
	e.buf = append(e.buf, leaf.String()...)
	e.buf = append(e.buf, lineStart...)
	e.buf = append(e.buf, item.Line...)
	e.buf = append(e.buf, '}')
	return e.write(e.buf)
}

// What the line of a record is made of, around its number, hash and line.
const (
	recordStart = `{"type":"record","n":`
	hashStart   = `,"hash":"`
	lineStart   = `","record":`
)

func (e *logWriter) close() (Exported, error) {
	root, err := e.tree.Root()
	if err != nil {
		return Exported{}, err
	}
	out := Exported{e.tree.Size(), e.heads, root.String(), hex.EncodeToString(e.sum.Sum(nil))}
	return out, e.line(fileFooter{"footer", out.Records, out.Heads, out.Root, out.SHA256})
}
