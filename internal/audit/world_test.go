package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shop is the log of the tests.
var shop = audit.Log{Journal: "j-1", Environment: "live", Merchant: "shop"}

// ship is the movement of the tests.
var ship = audit.Movement{Payment: "3000000001", Op: spec.Capture, Ref: "ship-1"}

const run = `"run":{"actor":"ada","tool_version":"1.0.0","at":"2026-11-22T12:00:00Z"}`

// A world is a log with its hashes, and heads of it.
type world struct {
	lines  []string
	pieces []audit.Piece
	heads  []audit.Claim
	all    []tlog.Hash // stored, in their order
}

// planText is the text of the plan in the log.
const planText = "no plan\n"

// small is a log of two plans with calls.
func small() []string {
	sum := sha256.Sum256([]byte(planText))
	hash := hex.EncodeToString(sum[:])
	return []string{
		`{"type":"plan","seq":1,` + run + `,"plan_id":"p","accepted_at":"2026-11-22T12:00:00Z","payments":2,"calls":2,"size":300000,"sha256":"` + hash + `","maker":"ada"}`,
		`{"type":"approval","seq":2,` + run + `,"plan":1,"plan_id":"p","at":"2026-11-22T12:00:00Z","by":"ben","how":"terminal","statement":""}`,
		`{"type":"intent","seq":3,` + run + `,"at":"2026-11-22T12:00:01Z","payment":"3000000001","op":"capture","ref":"ship-1","amount":300,"currency":"EUR","final":false,"attempt":1,"key":"K1","plan_id":"p"}`,
		`{"type":"intent","seq":5,` + run + `,"at":"2026-11-22T12:00:01Z","payment":"3000000002","op":"capture","ref":"ship-1","amount":400,"currency":"EUR","final":false,"attempt":1,"key":"K2","plan_id":"p"}`,
		`{"type":"outcome","seq":6,` + run + `,"intent":3,"at":"2026-11-22T12:00:02Z","state":"unknown","operation_id":"","code":0,"status":502,"message":"","sent_at":"2026-11-22T12:00:01Z","evidence":[]}`,
		`{"type":"outcome","seq":7,` + run + `,"intent":5,"at":"2026-11-22T12:00:02Z","state":"settled","operation_id":"3000000002_1","code":9,"status":201,"message":"","sent_at":null,"evidence":[]}`,
		`{"type":"outcome","seq":8,` + run + `,"intent":3,"at":"2026-11-22T13:00:02Z","state":"settled","operation_id":"3000000001_1","code":9,"status":0,"message":"done, by the word of ada: \u003cportal\u003e","sent_at":null,"evidence":[]}`,
		`{"type":"echo","seq":9,` + run + `,"op":"capture","operation_id":"3000000001_1","at":"2026-11-22T12:00:00Z"}`,
		`{"type":"finish","seq":12,` + run + `,"plan":1,"plan_id":"p","at":"2026-11-22T13:00:00Z","result":"2 settled"}`,
		`{"type":"plan","seq":13,` + run + `,"plan_id":"q","accepted_at":"2026-11-22T14:00:00Z","payments":0,"calls":0,"size":0,"sha256":"` + hash + `"}`,
	}
}

// newWorld logs lines, with a head behind each of the sizes, signed by key unless
// it is nil.
func newWorld(t testing.TB, lines []string, key *approval.Key, sizes ...int64) *world {
	t.Helper()
	w := &world{lines: lines}
	var tree audit.Tree
	for _, line := range lines {
		first := tree.Count()
		fresh := tree.Add([]byte(line))
		w.all = append(w.all, fresh...)
		l, err := audit.ParseLine([]byte(line))
		require.NoError(t, err)
		if tree.Size()%8 == 1 {
			w.pieces = append(w.pieces, audit.Piece{First: first})
		}
		p := &w.pieces[len(w.pieces)-1]
		p.Size, p.Seq, p.Hashes = tree.Size(), l.Seq, append(p.Hashes, fresh...)
		for _, size := range sizes {
			if size == tree.Size() {
				w.heads = append(w.heads, headOf(t, shop, &tree, key))
			}
		}
	}
	return w
}

// headOf is a head of a tree, signed by key unless it is nil.
func headOf(t testing.TB, l audit.Log, tree *audit.Tree, key *approval.Key) audit.Claim {
	t.Helper()
	root, err := tree.Root()
	require.NoError(t, err)
	text := audit.Head{Log: l, Size: tree.Size(), Root: root, At: noon}.String()
	if key != nil {
		text, err = key.SignText(text)
		require.NoError(t, err)
	}
	c, err := audit.ParseClaim([]byte(text))
	require.NoError(t, err)
	c.From = "a test"
	return c
}

// source is the log as it can be verified.
func (w *world) source(heads ...audit.Claim) audit.Source {
	return audit.Source{Log: shop, Items: items(w.lines), Stored: each(w.pieces), Heads: append(append([]audit.Claim{}, w.heads...), heads...)}
}

func each[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
	}
}

func items(lines []string) iter.Seq2[audit.Item, error] {
	all := make([]audit.Item, len(lines))
	for i, line := range lines {
		all[i].Line = []byte(line)
	}
	return each(all)
}

// ReadHashes makes a world the storage of its hashes.
func (w *world) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = w.all[index]
	}
	return out, nil
}

// exported is the log as a file.
func (w *world) exported(t testing.TB) []byte {
	t.Helper()
	all := make([]audit.Item, len(w.lines))
	for i, line := range w.lines {
		all[i] = audit.Item{Record: audit.Record{Line: []byte(line)}, Leaf: &w.all[tlog.StoredHashIndex(0, int64(i))]}
	}
	s := w.source()
	s.Items = each(all)
	var out bytes.Buffer
	_, err := audit.Export(&out, s, noon)
	require.NoError(t, err)
	return out.Bytes()
}

// proof is one of the movement ship, under the last head.
func (w *world) proof(t testing.TB) []byte {
	t.Helper()
	found, err := audit.Collect(w.source(), ship)
	require.NoError(t, err)
	b, err := audit.Prove(ship, found, w.heads[len(w.heads)-1], w, nil)
	require.NoError(t, err)
	return b
}

func mustKey(t testing.TB, name string) (*approval.Key, note.Verifier) {
	t.Helper()
	k, _, err := approval.Generate(name)
	require.NoError(t, err)
	v, err := approval.ParsePublic(k.Public())
	require.NoError(t, err)
	return &k, v
}

func verified(t testing.TB, s audit.Source) (text string, r *audit.Report) {
	t.Helper()
	r, err := audit.Verify(s)
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "%d %s\n", f.Seq, f.What)
	}
	return b.String(), r
}

// readFile verifies an exported log, and returns what is wrong with it.
func readFile(t testing.TB, data []byte, heads ...audit.Claim) string {
	t.Helper()
	s, err := audit.Read(bytes.NewReader(data))
	if err != nil {
		require.True(t, audit.Altered(err), "%v", err)
		return err.Error()
	}
	s.Heads = heads
	text, _ := verified(t, s)
	return text
}
