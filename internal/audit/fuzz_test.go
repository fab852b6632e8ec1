package audit_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/audit"
)

// FuzzRead reads files that somebody made. What is taken is written again to the
// same bytes but for the time of its export.
func FuzzRead(f *testing.F) {
	key, _ := mustKey(f, "audit.shop")
	data := newWorld(f, small(), key, 1, 4, 10).exported(f)
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte(`{"type":"header","format":"payreconcile-audit/1","journal":"j","environment":"e","merchant":"m"}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := audit.Read(bytes.NewReader(data))
		if err != nil {
			require.True(t, audit.Altered(err))
			return
		}
		r, err := audit.Verify(s)
		require.NoError(t, err)
		require.LessOrEqual(t, len(r.Faults), 100)
	})
}

// FuzzCheck checks proofs that somebody made: none is taken but for one that is
// written as payreconcile writes it.
func FuzzCheck(f *testing.F) {
	key, public := mustKey(f, "audit.shop")
	data := newWorld(f, small(), key, 10).proof(f)
	f.Add(data)
	f.Add(bytes.Replace(data, []byte(`"amount":300`), []byte(`"amount":301`), 1))
	f.Fuzz(func(t *testing.T, made []byte) {
		x, err := audit.Check(made, audit.Expect{Keys: audit.Keys{public}})
		if err != nil {
			require.True(t, audit.Altered(err))
			return
		}
		require.Equal(t, "audit.shop", x.Head.Signer)
	})
}

// FuzzHead reads heads: one that is taken whole has one text.
func FuzzHead(f *testing.F) {
	key, _ := mustKey(f, "audit.shop")
	w := newWorld(f, small(), key, 10)
	f.Add([]byte(w.heads[0].Note))
	f.Add([]byte(w.heads[0].String()))
	f.Add([]byte("payreconcile: audit head " + w.heads[0].Short() + " unsigned"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := audit.ParseClaim(data)
		if err != nil {
			require.ErrorIs(t, err, audit.ErrFormat)
			return
		}
		require.Positive(t, c.Size)
		if !c.At.IsZero() {
			require.True(t, bytes.HasPrefix(data, []byte(c.String())))
		}
	})
}
