package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// FuzzLoadState changes a state in a few places, works out its checksum again and
// loads it. That fails, or the sandbox does all that it is asked for.
func FuzzLoadState(f *testing.F) {
	w := newWorld(f)
	w.checkout(f, `"returnUrl":"https://shop.example/"`, "")
	w.post(f, "/mandates", mandateBody("SMS", `,"returnUrl":"https://shop.example/"`))
	w.post(f, "/payments", createBody(800, card(challengeNumber, "SALE")))
	w.post(f, "/merchant-batches/batch/process", "")
	lines := strings.SplitAfter(strings.TrimSuffix(string(saved(f, w.sb)), "\n"), "\n")
	lines = lines[:len(lines)-1]
	for seed := range uint64(100) {
		f.Add(seed, uint8(seed))
	}
	f.Add(uint64(0x120), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, changes uint8) {
		draw, state := rand.New(rand.NewPCG(seed, 1)), slices.Clone(lines)
		for range changes%4 + 1 {
			spoil(draw, state)
		}
		text := strings.Join(state, "")
		sum := sha256.Sum256([]byte(text))
		text += `{"lines":` + itoa(strings.Count(text, "\n")) + `,"sha256":"` + hex.EncodeToString(sum[:]) + "\"}\n"
		sb, err := sandbox.New(worldConfig())
		require.NoError(t, err)
		defer sb.Close()
		if sb.LoadState(strings.NewReader(text)) == nil {
			use(t, world{client{sb: sb, now: w.now}, w.names})
		}
	})
}

// use asks for all that a sandbox does.
func use(t *testing.T, w world) {
	t.Helper()
	for round := range 2 {
		for b := range w.sb.Ledger() {
			checkBook(t, b)
			w.get(t, "/payments/"+b.Payment+"/details")
			require.NotEqual(t, 500, w.browse("/payments/"+b.Payment, nil).status)
		}
		for _, path := range []string{"/?totals=1&q=o", "/checkouts", "/links", "/payouts", "/webhooks", "/faults"} {
			view := w.browse(path, nil)
			require.Equal(t, http.StatusOK, view.status)
			for part := range strings.SplitSeq(view.body, `href="`) {
				if to, _, _ := strings.Cut(part, `"`); strings.HasPrefix(to, "/") {
					w.browse(to, nil)
					w.browse(to, cardForm(goodNumber))
				}
			}
		}
		for _, e := range examples() {
			w.do(t, e[0], w.names.Replace(e[1]), w.names.Replace(e[2]), withKey([]string{"used", "new"}[round]))
		}
		_, _ = w.sb.SignMandate(w.names.Replace("{mandate}"))
		w.sb.Advance(40 * 24 * time.Hour)
	}
	require.NoError(t, w.sb.SaveState(&bytes.Buffer{}))
}

// spoil changes one line: a value in it, or the line as a whole.
func spoil(draw *rand.Rand, lines []string) {
	n := draw.IntN(len(lines))
	switch draw.IntN(12) {
	case 0:
		lines[n] = ""
		return
	case 1:
		m := draw.IntN(len(lines))
		lines[n], lines[m] = lines[m], lines[n]
		return
	case 2:
		lines[n] += lines[n]
		return
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(lines[n]))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return
	}
	spoilValue(draw, v)
	text, err := json.Marshal(v)
	if err == nil {
		lines[n] = string(text) + "\n"
	}
}

// spoilValue changes one of the values within v.
func spoilValue(draw *rand.Rand, v any) {
	odd := []any{
		nil, "", "x", "1299", 0, -1, 1, 2, 3, 7, 8, 9, 46, 47, 91, 255, 1 << 31, int64(1) << 62, "9223372036854775807", true,
		[]any{},
		map[string]any{},
		"4100000001_0", "3066177001_0", "redirect", "javascript:alert(1)", "CapturePayment", json.Number("-9223372036854775808"),
	}
	switch v := v.(type) {
	case map[string]any:
		var names []string
		for name := range v {
			names = append(names, name)
		}
		if len(names) == 0 {
			return
		}
		slices.Sort(names)
		name := names[draw.IntN(len(names))]
		if nested(v[name]) && draw.IntN(8) > 0 {
			spoilValue(draw, v[name])
			return
		}
		if draw.IntN(6) == 0 {
			delete(v, name)
			return
		}
		v[name] = odd[draw.IntN(len(odd))]
	case []any:
		if len(v) == 0 {
			return
		}
		n := draw.IntN(len(v))
		if nested(v[n]) {
			spoilValue(draw, v[n])
			return
		}
		v[n] = odd[draw.IntN(len(odd))]
	}
}

func nested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}
